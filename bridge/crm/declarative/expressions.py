"""What a description computes: texts by templates, values by one expression or by JSONPath.

A text that is one `{{ … }}` and nothing else gives the value itself: a number, a flag, a list. Any
other text is a template. Where an answer is read, a text that begins with `$` is JSONPath. What
templates may do is bounded by bridge/texts/templates.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from jinja2 import TemplateError, Undefined, meta, nodes
from jsonpath import JSONPathEnvironment, JSONPathError

from bridge.texts.bounds import TooMuch
from bridge.texts.templates import BoundedEnvironment, Condition, Template

Tree = Any  # texts in lists and maps; pydantic checks the shape

_ALONE: Final = re.compile(r"\s*\{\{((?:(?!\}\}|\{\{).)*)\}\}\s*", re.DOTALL)
_MOST_ITEMS: Final = 10_000
_LONGEST: Final = 64 * 1024
_FOR, _GIVE = "for", "give"
_SLASHES: Final = re.compile("(?<!:)/{2,}")


def _bounded_list(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if len(found) >= _MOST_ITEMS:
            raise TooMuch(f"a list is longer than {_MOST_ITEMS}")
        found.append(item)
    return found


def _plus(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    return {**first, **second}


def _date(value: str | None, form: str, zone: str = "UTC") -> str | None:
    """RFC 3339 in another form, by the clock of `zone`; `%:z` is its offset as `+03:00`."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        there = moment.astimezone(ZoneInfo(zone) if zone != "UTC" else UTC)
        offset = there.strftime("%z")
        return there.strftime(form.replace("%:z", f"{offset[:3]}:{offset[3:]}"))
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise TooMuch(f"no date can be made of this ({error})") from error


def _digits(value: str | None) -> str:
    return re.sub(r"\D", "", value or "")


def _national(value: str | None) -> str:
    """`8 (916) 123-45-67` of E.164."""
    try:
        style = phonenumbers.PhoneNumberFormat.NATIONAL
        return phonenumbers.format_number(phonenumbers.parse(value or ""), style)
    except phonenumbers.NumberParseException:
        return value or ""


def _uuid(value: str) -> str:
    """The same UUID for the same text."""
    return str(uuid5(NAMESPACE_URL, value))


def _words(value: str) -> list[str]:
    return value.split()


def _replace(value: str, old: str, new: str) -> str:
    if len(value) * max(1, len(new)) > _LONGEST:
        raise TooMuch(f"a value is longer than {_LONGEST} characters")
    return value.replace(old, new)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "date": _date,
    "digits": _digits,
    "list": _bounded_list,
    "national": _national,
    "plus": _plus,
    "replace": _replace,
    "uuid": _uuid,
    "words": _words,
}


class _Environment(BoundedEnvironment):
    def __init__(self, finalize: Callable[[Any], Any] | None = None) -> None:
        super().__init__()
        self.filters = {**self.filters, **FILTERS}
        self.finalize = finalize


def _for_a_path(value: Any) -> Any:
    """Nothing and dots alone would be another address."""
    if isinstance(value, Undefined):
        return value
    made = quote(str(value), safe="")
    if not made.strip("."):
        raise TooMuch(f"{made!r} is no part of an address")
    return made


_TEXTS: Final = _Environment()
_PATHS: Final = _Environment(_for_a_path)
_JSON: Final = JSONPathEnvironment(strict=True)


class Expression(Condition):
    """One `{{ … }}` that stands alone: its value as it is."""

    def value(self, facts: Mapping[str, Any]) -> Any:
        """None for what is not there. Raises ValueError in words for people."""
        found = self.evaluated(facts)
        if isinstance(found, Undefined):
            return None
        if not isinstance(found, str | Mapping) and isinstance(found, Iterable):
            return _bounded_list(found)
        return found


@lru_cache(maxsize=4096)
def _compiled(source: str, path: bool = False) -> Template | Expression | None:
    """None for a plain text. Raises jinja2.TemplateError."""
    if "{{" not in source and "{%" not in source and "{#" not in source:
        return None
    if not path and (alone := _ALONE.fullmatch(source)):
        return Expression(alone[1], _TEXTS)
    return Template(source, _PATHS if path else _TEXTS)


@lru_cache(maxsize=4096)
def _json_path(source: str) -> Any:
    return _JSON.compile(source)


def names(source: str) -> set[str]:
    """The names that this text asks for, and what is asked of them: `settings.url`.

    Raises ValueError for what is neither a template nor a JSONPath.
    """
    if is_path(source):
        try:
            _json_path(source)
        except JSONPathError as error:
            raise ValueError(f"this is no JSONPath: {error}") from error
        return set()
    try:
        if _compiled(source) is None:
            return set()
        tree = _TEXTS.parse(source)
    except TemplateError as error:
        filters = (
            f"; there are: {', '.join(sorted(_TEXTS.filters))}" if "filter" in str(error) else ""
        )
        raise ValueError(f"this is no template: {error}{filters}") from error
    asked = {
        f"{node.node.name}.{node.attr}"
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name)
    }
    return asked | meta.find_undeclared_variables(tree)


def is_path(source: str) -> bool:
    return source == "$" or source.startswith(("$.", "$["))


def text(source: str, facts: Mapping[str, Any]) -> str:
    """Raises ValueError, as all of these do."""
    made = value(source, facts)
    return "" if made is None else str(made)


def whole_address(source: str, facts: Mapping[str, Any]) -> str:
    """A text whose setting may end with a slash, as people copy it."""
    return _SLASHES.sub("/", text(source, facts))


def address(source: str, facts: Mapping[str, Any]) -> str:
    """A text whose values cannot leave their place in a path."""
    compiled = _compiled(source, True)
    return source if compiled is None else compiled.render(facts)  # type: ignore[union-attr]


def value(source: str, facts: Mapping[str, Any]) -> Any:
    compiled = _compiled(source)
    if compiled is None:
        return source
    return compiled.value(facts) if isinstance(compiled, Expression) else compiled.render(facts)


def every(source: str, data: Any) -> list[Any]:
    """All that a JSONPath finds in an answer."""
    try:
        return list(_json_path(source).findall(data))
    except (JSONPathError, TypeError, RecursionError) as error:
        raise ValueError(f"{source} cannot be looked for in this answer") from error


def taken(source: str, data: Any, facts: Mapping[str, Any]) -> Any:
    """One value of an answer: the first that a JSONPath finds, or what an expression over `row`
    makes of it; None where there is none."""
    if is_path(source):
        found = every(source, data)
        return found[0] if found else None
    return value(source, {**facts, "row": data})


def all_taken(source: str, data: Any, facts: Mapping[str, Any]) -> list[Any]:
    """Several values of an answer, those that are none left out."""
    found = every(source, data) if is_path(source) else taken(source, data, facts)
    flat = found if isinstance(found, list) else [found]
    if len(flat) == 1 and isinstance(flat[0], list):
        flat = flat[0]
    return [item for item in flat if item not in (None, "")]


def tree(made: Tree, facts: Mapping[str, Any]) -> Any:
    """A tree of texts as data. What comes to nothing is left out of its map or list; a map of
    `for` and `give` is a list, made of each `item` with its `index`."""
    if isinstance(made, str):
        return value(made, facts)
    if isinstance(made, Mapping):
        if set(made) == {_FOR, _GIVE}:
            return _given(made, facts)
        inside = {key: tree(item, facts) for key, item in made.items()}
        return {key: item for key, item in inside.items() if item is not None}
    return [item for each in made if (item := tree(each, facts)) is not None]


def _given(made: Mapping[str, Any], facts: Mapping[str, Any]) -> list[Any]:
    items = tree(made[_FOR], facts)
    if not isinstance(items, list):
        raise ValueError("`for` needs a list")
    return [
        tree(made[_GIVE], {**facts, "item": item, "index": index})
        for index, item in enumerate(items)
    ]
