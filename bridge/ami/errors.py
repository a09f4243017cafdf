"""What is wrong with a request of ours, beside what can go wrong with a link."""

from __future__ import annotations


class BadHeader(ValueError):
    """Ours: a header that cannot be sent as one line (CR, LF or NUL in it: an injection)."""
