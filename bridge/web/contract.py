"""The OpenAPI document of the HTTP API, with the call record's own schema put in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from bridge.domain.record import json_schema

_OWN: Final = "#/components/schemas/"


@cache
def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 as it is served; a new record field is in it by itself."""
    document: dict[str, Any] = yaml.safe_load((files("bridge.web") / "openapi.yml").read_text())
    record = json_schema()
    parts = record.pop("$defs")
    record.pop("$schema")
    own = document["components"]["schemas"]
    document["components"]["schemas"] = own | _pointed({**parts, "CallRecord": record})
    return document


def _pointed(value: Any) -> Any:
    """References inside the record's schema point to where its parts are here."""
    if isinstance(value, dict):
        return {key: _reference(key, _pointed(part)) for key, part in value.items()}
    return [_pointed(part) for part in value] if isinstance(value, list) else value


def _reference(key: str, part: Any) -> Any:
    return part.replace("#/$defs/", _OWN) if key == "$ref" and isinstance(part, str) else part
