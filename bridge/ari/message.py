"""Messages of ARI's WebSocket: which are worth reading, and how one is read.

Field names are those of rest-api/api-docs/events.json and channels.json in Asterisk 16 to 22.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from bridge.link.damage import Malformed

Body = Mapping[str, Any]

LINKEDID: Final = "CHANNEL(linkedid)"

_TYPE: Final = re.compile(r'"type"\s*:\s*"(\w{1,64})"')
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")  # of a surrogate pair, or a whole one
_VARIABLE: Final = re.compile(r'"variable"\s*:\s*"([^"]{1,256})"')


class Message(NamedTuple):
    """One event as it came."""

    kind: str
    text: str


def message(text: str) -> Message:
    """The event with its kind; "" for a text that has none."""
    found = _TYPE.search(text)
    return Message(found[1] if found else "", text)


def variable(text: str) -> str:
    """Which variable a ChannelVarset tells of, found without reading the rest."""
    found = _VARIABLE.search(text)
    return found[1] if found else ""


def body(text: str) -> Body:
    """The event's fields. Raises Malformed for what is no JSON object. Half of a surrogate pair is
    a question mark: no database, no CRM and no address takes one."""
    try:
        found = read(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Malformed("no JSON object")
    return found


def read(text: str) -> Any:
    """The JSON in it, halves of surrogate pairs as question marks. Raises ValueError and
    RecursionError."""
    found = json.loads(text)
    if not _HALF.search(text):
        return found
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def moment(told: object) -> datetime | None:
    """ARI's time (ISO 8601 with milliseconds) in UTC; None for anything else."""
    try:
        return datetime.fromisoformat(str(told)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def part(fields: Body, name: str) -> Body:
    """The object under this name; empty where there is none."""
    inner = fields.get(name)
    return inner if isinstance(inner, dict) else {}


def word(fields: Body, name: str) -> str:
    """The text under this name; "" where there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
