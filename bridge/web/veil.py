"""Numbers of clients are veiled wherever a page or the API shows them, unless the owner says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bridge.domain.numbers import masked

# Seven digits are a city number; separators are those that people write between digits.
_NUMBER: Final = re.compile(r"\+?\d(?:[ ()-]{0,2}\d){6,}")

# What names a thing of ours: a company number, an id, a route. Uniqueids look like numbers.
_OURS: Final = frozenset(
    {"did", "id", "result", "call_id", "pbx", "queue", "labels", "inn", "requisites"}
    | {"entities", "recordings", "href", "at"}
)
# Of a segment or a recording `to` is one, of a transfer a number.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:\d\d)")


def veiled(value: Any, name: str = "") -> Any:
    """The same value with every client's number in it masked."""
    if isinstance(value, Mapping):
        return {key: veiled(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [veiled(each, name) for each in value]
    if not isinstance(value, str) or name in _OURS or name.endswith("_at"):
        return value
    return value if _MOMENT.fullmatch(value) else _NUMBER.sub(_masked, value)


def _masked(found: re.Match[str]) -> str:
    return masked(re.sub(r"[^\d+]", "", found[0]))
