"""Shapes: what an answer of a CRM must look like to be read.

A shape takes a value as JSON has it and gives it as the rest of a connector reads it, or raises
Odd. `answered` makes Trouble in words of that, before anything reads the answer: so behind it each
described field is there, and is what it is described as. Other fields pass as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

Shape = Callable[[Any], Any]
Row = dict[str, Any]

_LARGEST: Final = 2**53  # of the whole numbers that JSON holds everywhere
_KINDS: Final = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
_ADVICE: Final = "see that its address is the CRM's, and report it where it stays so"


class Odd(Exception):
    """A value of another shape; `path` leads to it."""

    def __init__(self, what: str, *path: str) -> None:
        super().__init__(what)
        self.what = what
        self.path = path

    def under(self, step: str) -> Odd:
        return Odd(self.what, step, *self.path)


def answered(shape: Shape, answer: Any, name: str, *, writes: bool = False) -> Any:
    """What the answer to the request `name` holds. Raises Trouble: what `writes` may be done all
    the same. The words name the place and no value, which may be anybody's."""
    try:
        return shape(answer)
    except Odd as odd:
        where = ".".join(odd.path)
        verdict = Verdict.UNCLEAR if writes else Verdict.TRY_LATER
        detail = f"{name}: the answer is none that we know ({where or 'all of it'}: {odd.what})"
        raise Trouble(verdict, f"{detail}; {_ADVICE}") from None


def identity(value: Any) -> int:
    """An id, which some write as text."""
    found = _whole(value)
    if found is None or not 0 < found < _LARGEST:
        raise Odd(f"{_kind(value)} is no id")
    return found


def reference(value: Any) -> int | None:
    """An id, or None: nobody is null, false, 0 or empty."""
    return None if value in (None, False, 0, "") else identity(value)


def number(value: Any) -> int | None:
    """A whole number; null and false are none."""
    if value is None or value is False:
        return None
    found = _whole(value)
    if found is None or abs(found) >= _LARGEST:
        raise Odd(f"{_kind(value)} is no whole number")
    return found


def text(value: Any) -> str:
    """Null and false are empty; a number is its digits."""
    if value is None or value is False:
        return ""
    if value is True or not isinstance(value, str | int | float):
        raise Odd(f"{_kind(value)} is no text")
    return str(value)


def word(value: Any) -> str:
    """A text that is not empty."""
    if not (found := text(value)):
        raise Odd("it is empty")
    return found


def flag(value: Any) -> bool:
    """Null is false; PHP writes 0 and 1."""
    if value in (None, False, 0, True, 1):
        return bool(value)
    raise Odd(f"{_kind(value)} is neither true nor false")


def anything(value: Any) -> Any:
    return value


def plain(value: Any) -> Row:
    """A map of whatever; null and PHP's empty list are an empty one."""
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise Odd(f"{_kind(value)} is no object")
    return value


def listed(of: Shape) -> Shape:
    """A list; null and false are an empty one, and PHP writes some as maps of places."""

    def read(value: Any) -> list[Any]:
        if value is None or value is False:
            return []
        each = list(value.values()) if _numbered(value) else value
        if not isinstance(each, list):
            raise Odd(f"{_kind(value)} is no list")
        return [_at(str(place), of, one) for place, one in enumerate(each)]

    return read


def mapped(of: Shape) -> Shape:
    """An object whose names are anybody's."""

    def read(value: Any) -> Row:
        if not isinstance(value, dict):
            raise Odd(f"{_kind(value)} is no object")
        return {name: _at(name, of, each) for name, each in value.items()}

    return read


def given(of: Shape) -> Shape:
    """The same, where null and false would say nothing."""

    def read(value: Any) -> Any:
        if value is None or value is False:
            raise Odd(f"{_kind(value)} says nothing")
        return of(value)

    return read


def maybe(of: Shape) -> Shape:
    """The same, or None where there is nothing."""
    return lambda value: None if value is None else of(value)


def row(needs: Mapping[str, Shape], may: Mapping[str, Shape] | None = None) -> Shape:
    """An object with these fields. One that it `may` have is read as null where it is absent."""

    def read(value: Any) -> Row:
        if not isinstance(value, dict):
            raise Odd(f"{_kind(value)} is no object")
        if absent := [name for name in needs if name not in value]:
            raise Odd("missing", absent[0])
        known = {**needs, **(may or {})}
        return {**value, **{name: _at(name, of, value.get(name)) for name, of in known.items()}}

    return read


def part(**may: Shape) -> Shape:
    """An object inside a row, all of which may be absent; PHP's empty list is an empty one."""
    read = row({}, may)
    return lambda value: read(plain(value))


def _at(step: str, of: Shape, value: Any) -> Any:
    try:
        return of(value)
    except Odd as odd:
        raise odd.under(step) from None


def _numbered(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(str.isdecimal, value))


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return _KINDS.get(type(value), "this")
