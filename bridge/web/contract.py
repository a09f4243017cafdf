"""The OpenAPI document of the HTTP API, with the call record's own schema put in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from bridge.domain.record import json_schema
from bridge.web.port import paths
from bridge.web.rights import asked_for

_OWN: Final = "#/components/schemas/"
_ERROR: Final = "#/components/responses/Error"


@cache
def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 as it is served; a new record field and the right of an address are in it by
    themselves."""
    document: dict[str, Any] = yaml.safe_load((files("bridge.web") / "openapi.yml").read_text())
    document["paths"] |= paths()
    record = json_schema()
    parts = record.pop("$defs")
    record.pop("$schema")
    own = document["components"]["schemas"]
    document["components"]["schemas"] = own | _pointed({**parts, "CallRecord": record})
    for address, operations in document["paths"].items():
        for method, operation in operations.items():
            _guarded(operation, sorted(asked_for(method.upper(), address)))
    return document


def _guarded(operation: dict[str, Any], rights: list[str]) -> None:
    """Say which token may, and how others are answered."""
    if rights:
        operation["security"] = [{"token": rights}]
        refused = {status: {"$ref": _ERROR} for status in ("401", "403", "429")}
        operation["responses"] |= refused


def _pointed(value: Any) -> Any:
    """References inside the record's schema point to where its parts are here."""
    if isinstance(value, dict):
        return {key: _reference(key, _pointed(part)) for key, part in value.items()}
    return [_pointed(part) for part in value] if isinstance(value, list) else value


def _reference(key: str, part: Any) -> Any:
    return part.replace("#/$defs/", _OWN) if key == "$ref" and isinstance(part, str) else part
