"""A link to one Asterisk, whichever way it speaks: kept, followed, and written to a journal."""
