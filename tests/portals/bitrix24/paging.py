"""Lists in pages of fifty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from .method import Page

SIZE: Final = 50


def page(rows: Sequence[Any], start: int | None, render: Callable[[list[Any]], Any] = list) -> Page:
    """`start` -1 does not count: neither a total nor a further page is named."""
    if start == -1:
        return Page(render(list(rows[:SIZE])))
    first = start or 0
    after = first + SIZE
    further = after if after < len(rows) else None
    return Page(render(list(rows[first:after])), len(rows), further)
