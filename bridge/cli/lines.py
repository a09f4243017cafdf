"""Text for a terminal: safe lines, and tables of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any


def one_line(text: object) -> str:
    """Safe for a terminal, whatever a caller or a CRM put into it."""
    return "".join(char if char.isprintable() else " " for char in str(text))


def json_text(data: Any, indent: int | None = None) -> str:
    """JSON that people can read and that is safe for a terminal; see `escaped`."""
    return escaped(json.dumps(data, ensure_ascii=False, indent=indent))


def escaped(text: str) -> str:
    """The same JSON; what a terminal would obey (C1, bidirectional marks) stands as \\uXXXX."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as their widest word; the last one runs free."""
    lines = [list(heads), *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    widths[-1] = 0
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def listed(heads: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> str:
    """A table; the sentence `nothing` in place of one without rows."""
    there = list(rows)
    return table(heads, there) if there else nothing
