"""The names that a mask has met, each with its label, found again wherever they stand in a text.

In file names and addresses the words of a name are written otherwise, but for their letters. Names
are looked up by these, so that a text is read once however many there are, and begin alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import quote, unquote_plus

_LONGEST: Final = 200  # of those that are looked for wherever they stand
_SHORTEST: Final = 3  # a shorter one is replaced where it is a name, not wherever it stands
_CHAR: Final = "(?:[^\\W_]|[\udc80-\udcff])"  # what is no UTF-8 may be a letter
_WORD: Final = re.compile(rf"%20|(?P<word>(?:%(?!20)[0-9A-Fa-f]{{2}}|{_CHAR})+)")
_BEGIN: Final = re.compile(f"{_CHAR}*")
_LETTER: Final = re.compile(_CHAR)
_WIDEST: Final = 12  # characters that one of a name takes in an address
_BETWEEN: Final = "(?: |_|%20|\\+|\u00a0)"
_TECHNOLOGIES: Final = "".join(f"(?<!{one}/)" for one in ("PJSIP", "SIP", "Local", "DAHDI", "IAX2"))


class _Alike:
    """The names that begin with one word, by their letters."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._lengths: list[int] = []  # of the letters, the longest first
        self._widest = 0

    def add(self, name: str) -> None:
        letters = _letters(name, _LONGEST)
        same = self._names.setdefault(letters, [])
        same.append(name)
        same.sort(key=len, reverse=True)
        self._lengths = sorted({len(letters), *self._lengths}, reverse=True)
        self._widest = max(self._widest, len(name) * _WIDEST)

    def at(self, text: str, begin: int) -> Iterator[str]:
        """Those that may stand in the text from here on."""
        letters = _letters(text[begin : begin + self._widest], self._lengths[0])
        for length in self._lengths:
            if length <= len(letters):
                yield from self._names.get(letters[:length], ())


class Names:
    """Labels by name, one to one."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._by_word: defaultdict[str, _Alike] = defaultdict(_Alike)

    def __contains__(self, name: str) -> bool:
        return name in self._labels

    def label(self, name: str) -> str:
        """The name's label; a new one where it has none."""
        if name not in self._labels:
            self._labels[name] = f"Person {len(self._labels) + 1}"
            first = next((word for word in _WORD.finditer(name) if word["word"]), None)
            if first is not None and _SHORTEST <= len(name) <= _LONGEST:
                self._by_word[_folded(first[0])].add(name)
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
        alike = self._by_word.get(_folded(word[0]))
        for name in alike.at(text, word.start()) if alike else ():
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
    begin = _BEGIN.match(_unquoted(word))
    return _alike(begin[0]) if begin else ""


def _letters(text: str, most: int) -> str:
    """The first letters and digits of a text, as `_folded` has them; those of a name that had
    some of an address in it, too."""
    plain = _unquoted(_unquoted(text))
    return _alike(letter[0] for letter in islice(_LETTER.finditer(plain), most))


def _unquoted(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape")


def _alike(chars: Iterable[str]) -> str:
    return "".join(char.lower()[0].upper()[0] for char in chars)
