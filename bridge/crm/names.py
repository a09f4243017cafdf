"""Names as people compare them, and the part of one that every CRM's search finds."""

from __future__ import annotations

import re


def searchable(text: str) -> str:
    """A name as it is compared: without case, without ё, single spaces."""
    return " ".join(text.split()).casefold().replace("ё", "е")


def piece(name: str) -> str:
    """The longest part of a name that is written one way only: a CRM may not know that е and ё are
    one letter."""
    return max(re.split(r"[её\s]+", name.casefold()), key=len)


def printable(text: str) -> str:
    """Without what a caller's name may hold that is no text: some CRMs refuse the whole of it."""
    return "".join(char for char in text if char.isprintable())
