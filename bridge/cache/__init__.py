"""Whose number is it, answered without asking a CRM: what was learned, and the index of all."""
