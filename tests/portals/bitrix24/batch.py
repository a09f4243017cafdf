"""batch: up to fifty methods in one request, later ones naming results of earlier ones."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

from .envelope import failure
from .errors import Refused
from .method import Page
from .params import Row, flag, from_query, mapping

LONGEST: Final = 50
Call = Callable[[str, Row], Awaitable[Any]]
_REFERENCE: Final = re.compile(r"\$(result|result_error|result_total|result_next)((?:\[[^\]]*\])+)")
_STEP: Final = re.compile(r"\[([^\]]*)\]")


def commands(given: Row) -> dict[str, str]:
    """The sub-calls by key. Raises Refused."""
    cmd = given.get("cmd", given.get("CMD", {}))
    if isinstance(cmd, list):
        cmd = {str(index): each for index, each in enumerate(cmd)}
    known = {str(key): str(value) for key, value in mapping(cmd).items()}
    if len(known) > LONGEST:
        raise Refused(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
    return known


def names(given: Row) -> Iterator[str]:
    """The methods asked for, in lower case."""
    for command in commands(given).values():
        yield method_of(command)


def method_of(command: str) -> str:
    return command.partition("?")[0].strip().lower().removesuffix(".json")


async def run(given: Row, call: Call, time: Callable[[str], Row]) -> Row:
    """Always an answer: what failed stands in `result_error`, empty maps are `[]`."""
    if unknown := {key.lower() for key in given} - {"cmd", "halt", "auth"}:
        raise Refused(400, "INVALID_ARG_VALUE", f"Unknown parameter {sorted(unknown)[0]!r}")
    maps: dict[str, Row] = {
        "result": {},
        "result_error": {},
        "result_total": {},
        "result_next": {},
        "result_time": {},
    }
    halt = flag(given.get("halt", given.get("HALT", 0)))
    for key, command in commands(given).items():
        try:
            _record(maps, key, await _part(command, maps, call))
            maps["result_time"][key] = time(method_of(command))
        except Refused as refusal:
            maps["result_error"][key] = failure(refusal)
            if halt:
                break
    return {name: filled or [] for name, filled in maps.items()}


async def _part(command: str, maps: Mapping[str, Row], call: Call) -> Any:
    name = method_of(command)
    if name == "batch":
        raise Refused(
            405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage"
        )
    given = from_query(command.partition("?")[2])
    return await call(name, resolved(given, maps))


def _record(maps: dict[str, Row], key: str, answer: Any) -> None:
    page = answer if isinstance(answer, Page) else Page(answer)
    maps["result"][key] = page.result
    if page.total is not None:
        maps["result_total"][key] = page.total
    if page.next is not None:
        maps["result_next"][key] = page.next


def resolved(value: Any, maps: Mapping[str, Row]) -> Any:
    """`$result[ent][0][ID]` replaced; a value that is one reference may become a list or a map,
    what does not exist is empty."""
    if isinstance(value, dict):
        return {key: resolved(each, maps) for key, each in value.items()}
    if whole := _REFERENCE.fullmatch(value):
        found = _at(maps, whole)
        return found if isinstance(found, dict | list) else _plain(found)
    return _REFERENCE.sub(lambda match: _plain(_at(maps, match)), value)


def _at(maps: Mapping[str, Row], match: re.Match[str]) -> Any:
    value: Any = maps[match[1]]
    for step in _STEP.findall(match[2]):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _plain(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)
