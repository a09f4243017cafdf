"""What templates and conditions of a webhook know of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.domain.moments import Event, Happened


def facts(event: Event, record: Mapping[str, Any], agents: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"event": str(event), "record": record, "agents": list(agents)}


def facts_of(happened: Happened) -> dict[str, Any]:
    return facts(happened.event, happened.record.to_json(), happened.agents)
