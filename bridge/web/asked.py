"""Requests to the port over HTTP, read into what the port is asked with. All raise KeyError,
TypeError or ValueError for what is not as it must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from bridge.domain.commands import CreateLead
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import LiveCall, Search
from bridge.domain.record import Client, Direction
from bridge.web.port import KEY, WORDS

_OF_A_LEAD: Final = ("phone", "did", "owner", "contact", "company", "pipeline", "stage")


def search(query: Mapping[str, str]) -> Search:
    if strangers := sorted(set(query) - set(WORDS)):
        raise ValueError(f"there is no search by {strangers[0]}")
    words: dict[str, Any] = {
        word: query[word] for word in WORDS if word != "open_only" and query.get(word)
    }
    return Search(**words, open_only=query.get("open_only") == "true")


def lead(given: Mapping[str, Any]) -> CreateLead:
    fields = texts(given)
    taken: dict[str, Any] = {word: fields.pop(word, None) for word in _OF_A_LEAD}
    repeat = fields.pop("repeat", "false") in ("true", "1")
    return CreateLead(title=fields.pop("title", ""), repeat=repeat, fields=fields, **taken)


def live_call(given: Mapping[str, Any]) -> LiveCall:
    client = part(given, "client") if given.get("client") else {}
    return LiveCall(
        call_id=str(given["call_id"]),
        direction=Direction(given["direction"]),
        client=Client(number=word(client, "number"), name=word(client, "name")),
        did=word(given, "did"),
        user=word(given, "user"),
    )


def part(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = given[name]
    if not isinstance(part, dict):
        raise ValueError(f"{name} must be an object")
    return part


def word(given: Mapping[str, Any], name: str) -> str | None:
    """A text, or a whole number as one."""
    found = given.get(name)
    if found is not None and (isinstance(found, bool) or not isinstance(found, str | int)):
        raise ValueError(f"{name} must be a text")
    return None if found is None else str(found)


def texts(given: Mapping[str, Any]) -> dict[str, str]:
    """A flag as its word; null is not written."""
    return {
        str(name): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items()
        if value is not None
    }


def entity(given: Any) -> EntityRef:
    if not isinstance(given, dict):
        raise ValueError("an entity must be an object with kind and id")
    return EntityRef(EntityKind(given["kind"]), str(given["id"]))


def key(request: web.Request) -> str:
    if not (key := request.headers.get(KEY, "")):
        raise ValueError(f"a write needs the header {KEY}")
    return key
