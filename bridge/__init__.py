"""Follows every call on Asterisk and brings it to the CRM, once, credited to the right person."""
