"""Short texts of the configuration in which `{word}` stands for a fact: a title, a channel."""

from __future__ import annotations

from collections.abc import Collection
from string import Formatter


def fillable(text: str, words: Collection[str]) -> str:
    """The text, which `str.format` can fill in with these words. Raises ValueError, in words for
    people, for one that asks for others or for more than a word."""
    for _, name, shape, turned in Formatter().parse(text):
        if name is None:
            continue
        if name not in words:
            known = ", ".join(sorted(f"{{{word}}}" for word in words))
            raise ValueError(f"{{{name}}} is not known here; use {known}")
        if shape or turned:
            raise ValueError(f"write {{{name}}} with nothing else between the braces")
    return text
