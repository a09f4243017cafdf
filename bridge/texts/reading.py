"""What reads a text or list through without making one: counted as well, by its length
(bridge/texts/bounds.py)."""

from __future__ import annotations

from typing import Any, Final

from jinja2 import pass_context
from jinja2.runtime import Context

from bridge.texts.bounds import Filter, TooMuch, weighed

_COMPARED: Final = 4096  # characters that are compared as fast as others are looked at one by one
COMPARING: Final = (
    "eq", "equalto", "==", "ne", "!=", "gt", "greaterthan", ">", "ge", ">=", "lt", "lessthan", "<",
    "le", "<=",
)  # fmt: skip


def reading(known: Filter) -> Filter:
    """A filter or test that goes through a value as a text."""

    @pass_context
    def read(context: Context, value: Any, *more: Any, **named: Any) -> Any:
        weighed(context, str(value))
        return known(value, *more, **named)

    return read


def comparing(known: Filter) -> Filter:
    """A test that holds two values against each other."""

    @pass_context
    def compare(context: Context, value: Any, other: Any) -> Any:
        return known(compared(context, value), compared(context, other))

    return compare


@pass_context
def compared(context: Context, value: Any) -> Any:
    """One side of `==`, `<` and their like."""
    return weighed(context, value, _COMPARED)


@pass_context
def sliced(context: Context, value: Any) -> Any:
    """What `[1:]` made."""
    return weighed(context, value)


@pass_context
def searched(context: Context, value: Any) -> Any:
    """What `in` looks through."""
    return weighed(context, value)


@pass_context
def contained(context: Context, value: Any, items: Any) -> bool:
    """The test `in`, of `is in` and `select`."""
    return value in searched(context, items)


def divisible(value: Any, by: Any) -> bool:
    """Jinja2's own would put `by` into a text with a `%` in it."""
    if not isinstance(value, int | float):
        raise TooMuch("`divisibleby` is for numbers here")
    return bool(value % by == 0)
