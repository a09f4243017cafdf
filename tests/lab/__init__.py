"""The laboratory: a real Asterisk, real softphones and the office of two departments between them.

Nothing here needs pytest, so that `demo` can run the same office.
"""
