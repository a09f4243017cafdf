"""Short texts of the configuration in which `{word}` stands for a fact: a title, a channel."""

from __future__ import annotations

from collections.abc import Collection
from string import Formatter


def fillable(text: str, words: Collection[str]) -> str:
    """The text, which `str.format` can fill in with these words. Raises ValueError, in words for
    people, for one that asks for others or for more than a word."""
    unknown = {name for _, name, _, _ in Formatter().parse(text)} - {None, *words}
    if unknown:
        known = ", ".join(sorted(f"{{{word}}}" for word in words))
        raise ValueError(f"{{{unknown.pop()}}} is not known here; use {known}")
    try:
        text.format(**dict.fromkeys(words, ""))
    except (ValueError, KeyError) as error:
        raise ValueError(f"{error}: write a word alone between braces, as in {{name}}") from None
    return text
