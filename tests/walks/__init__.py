"""Conversations that nobody thought of: people who do at random what a phone lets them do."""
