"""How much a template may do: every turn of a loop, item that a filter walks and piece of text that
one makes is a step of the same budget; numbers, texts and lists have a largest size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import TemplateError, pass_context
from jinja2.filters import do_round
from jinja2.runtime import Context, markup_join

MOST_STEPS: Final = 10_000  # of one rendering
STEPS: Final = "steps left"  # no name of a template can be this
_LONGEST_VALUE: Final = 64 * 1024  # characters of what a `set` keeps or a `join` makes
_LARGEST_NUMBER: Final = 2**63
_MOST_ITEMS: Final = 10_000  # of a list or map that a template makes, with those inside its items
_PIECE: Final = 100  # characters, or items of a list that is made, that are one step
_MOST_DIGITS: Final = 9  # of `round`, before or after the point
_WIDEST_INDENT: Final = 8  # of `tojson`

Filter = Callable[..., Any]


class TooMuch(TemplateError):
    """The template does more than a template may."""


def spend(context: Context, steps: int = 1) -> None:
    """Raises TooMuch when none are left."""
    left = context[STEPS]
    left[0] -= steps
    if left[0] < 0:
        raise TooMuch(f"its loops and filters take more than {MOST_STEPS} steps")


def weighed(context: Context, value: Any, piece: int = _PIECE) -> Any:
    """The same value, each so large a piece of it a step."""
    if isinstance(value, str | list | tuple):
        spend(context, len(value) // piece)
    return value


@pass_context
def counted(context: Context, items: Iterable[Any] | None) -> Iterable[Any] | None:
    """The same items, each a step when it is taken."""
    return None if items is None else _turns(context, items)


def _turns(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        spend(context)
        yield item


def walking(known: Filter, by: str | None = None) -> Filter:
    """Jinja2's filter of a sequence, its items counted. Its first argument is the context, or what
    of the context is called `by`."""

    @pass_context
    def walk(context: Context, items: Any, *more: Any, **named: Any) -> Any:
        first = getattr(context, by) if by else context
        return known(first, counted(context, items), *more, **named)

    return walk


def writing(known: Filter, by: str | None = None) -> Filter:
    """A filter that makes text of one value, its characters counted."""

    @pass_context
    def write(context: Context, value: Any, *more: Any, **named: Any) -> Any:
        first = (getattr(context, by),) if by else ()
        made = known(*first, value, *more, **named)
        spend(context, 1 + len(made) // _PIECE)
        return made

    return write


def indented(known: Filter) -> Filter:
    """`tojson` with an indent that people can read."""

    def written(first: Any, value: Any, indent: int | None = None) -> Any:
        if indent is not None and indent not in range(_WIDEST_INDENT + 1):
            raise TooMuch(f"`tojson` takes an indent of 0 to {_WIDEST_INDENT}")
        return known(first, value, indent)

    return written


def rounded(value: Any, precision: int = 0, method: str = "common") -> Any:
    """Jinja2's `round` computes ten to the power of the precision, whatever that is."""
    if not isinstance(precision, int) or abs(precision) > _MOST_DIGITS:
        raise TooMuch(f"`round` takes a precision of -{_MOST_DIGITS} to {_MOST_DIGITS}")
    return do_round(number(value), precision, method)  # type: ignore[arg-type]


def number(value: Any) -> Any:
    """Whatever it is, but no whole number that takes long to compute with."""
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        raise TooMuch("a number is beyond 2 to the power of 63")
    return value


def bounded(value: Any) -> Any:
    """What may be kept: a text, a list or a number that is not too large."""
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        raise TooMuch(f"a value is longer than {_LONGEST_VALUE} characters")
    return number(value)


def added(context: Context, value: Any) -> Any:
    """What `+` made."""
    if not isinstance(value, list | tuple):
        return bounded(weighed(context, value))
    if len(value) > _MOST_ITEMS:
        raise TooMuch(f"a list is longer than {_MOST_ITEMS}")
    spend(context, sum(_held(value)) // _PIECE)
    return value


@pass_context
def built(context: Context, value: Any) -> Any:
    """A list or map written in the template."""
    items, characters = _held(value)
    if items > _MOST_ITEMS:
        raise TooMuch(f"a list is longer than {_MOST_ITEMS}")
    spend(context, (items + characters) // _PIECE)
    return value


def _held(value: Any) -> tuple[int, int]:
    """The items of a list or map and the characters of its texts, as it would be written out: it
    may hold another twice, and that one another. What no rendering may spend is not counted on, and
    nothing by recursion."""
    items, characters, open_ = 0, 0, [value]
    while open_ and items + characters <= MOST_STEPS * _PIECE:
        inner = open_.pop()
        if isinstance(inner, str):
            characters += len(inner)
        elif isinstance(inner, Mapping | list | tuple):
            items += len(inner)
            open_ += [*inner, *inner.values()] if isinstance(inner, Mapping) else inner
    return items, characters


@pass_context
def join(context: Context, items: Iterable[Any], between: str = "") -> str:
    return between.join(_texts(context, items, len(between)))


@pass_context
def concatenated(context: Context, items: Iterable[Any]) -> str:
    """`~`, which keeps what is escaped as it is."""
    items = list(items)
    list(_texts(context, items, 0))
    return markup_join(items)


def _texts(context: Context, items: Iterable[Any], between: int) -> Iterator[str]:
    length = 0
    for item in items:
        text = str(item)
        length += len(text) + between
        if length > _LONGEST_VALUE:
            raise TooMuch(f"a value is longer than {_LONGEST_VALUE} characters")
        spend(context, 1 + len(text) // _PIECE)
        yield text
