"""The names that a mask has met, each with its label, found again wherever they stand in a text.

In file names and addresses the words of a name are written otherwise. Names are looked up by their
first word, so that a text is read once however many there are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_plus

_LONGEST: Final = 200  # of those that are looked for wherever they stand
_SHORTEST: Final = 3  # a shorter one is replaced where it is a name, not wherever it stands
_CHAR: Final = "(?:[^\\W_]|[\udc80-\udcff])"  # what is no UTF-8 may be a letter
_WORD: Final = re.compile(rf"%20|(?P<word>(?:%(?!20)[0-9A-Fa-f]{{2}}|{_CHAR})+)")
_BEGIN: Final = re.compile(f"{_CHAR}*")
_BETWEEN: Final = "(?: |_|%20|\\+|\u00a0)"
_TECHNOLOGIES: Final = "".join(f"(?<!{one}/)" for one in ("PJSIP", "SIP", "Local", "DAHDI", "IAX2"))


class Names:
    """Labels by name, one to one."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._by_word: dict[str, list[str]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._labels

    def label(self, name: str) -> str:
        """The name's label; a new one where it has none."""
        if name not in self._labels:
            self._labels[name] = f"Person {len(self._labels) + 1}"
            first = next((word for word in _WORD.finditer(name) if word["word"]), None)
            if first is not None and _SHORTEST <= len(name) <= _LONGEST:
                alike = self._by_word.setdefault(_folded(first[0]), [])
                alike.append(name)
                alike.sort(key=len, reverse=True)
        return self._labels[name]

    def replaced(self, text: str) -> str:
        """The text with every name in it as its label: whole words only, the longest first."""
        if not self._by_word:
            return text
        parts, end = [], 0
        for word in _WORD.finditer(text):
            if word["word"] and word.start() >= end and (found := self._at(text, word)):
                parts += [text[end : word.start()], found[0]]
                end = found[1]
        return "".join([*parts, text[end:]])

    def _at(self, text: str, word: re.Match[str]) -> tuple[str, int] | None:
        """The label of the name that begins with this word, and where the name ends."""
        for name in self._by_word.get(_folded(word[0]), ()):
            if found := _pattern(name).match(text, word.start()):
                return self._labels.get(found[0]) or self._labels[name], found.end()
        return None


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    """The name from its first word on, as whole words, however joined."""
    begin = next(word.start() for word in _WORD.finditer(name) if word["word"])
    words = (
        f"(?:{re.escape(word)}|{re.escape(_quoted(word))})" for word in name[begin:].split(" ")
    )
    before = rf"(?:(?<![^\W_])|(?<=%20)){_TECHNOLOGIES}"
    return re.compile(rf"{before}{_BETWEEN.join(words)}(?![^\W_])", re.IGNORECASE)


def _quoted(word: str) -> str:
    return quote(word, errors="surrogateescape")


def _folded(word: str) -> str:
    """The same for whatever the pattern takes for this word. (`casefold` knows of other pairs.)"""
    begin = _BEGIN.match(unquote_plus(word, errors="surrogateescape"))
    return "".join(char.lower()[0].upper()[0] for char in begin[0]) if begin else ""
