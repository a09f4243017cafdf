"""What a script sees: the call so far, the client as the CRM knows him, people and queues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bridge.domain.entities import Deal
from bridge.domain.moments import Progress
from bridge.routing.case import Case
from bridge.routing.treatment import company, language, name, priority, rules_that_hold, won

Facts = dict[str, Any]


def facts(
    event: str,
    call: Progress,
    agents: tuple[str, ...],
    case: Case,
    waiting: Mapping[str, int],
    asked: Mapping[str, str] | None = None,
) -> Facts:
    """The object model of docs/scripts.md. `waiting`: clients in each queue; `asked`: the words of
    the dialplan's question."""
    record = call.record
    return {
        "event": event,
        "record": record.to_json(),
        "agents": list(agents),
        "ringing": list(call.ringing),
        "talking": list(call.talking),
        "held": call.held,
        "seconds": _since(record.started_at, case.at),
        "queue": _queue(call, case.at, waiting),
        "queues": dict(waiting),
        "people": {who: str(seen) for who, seen in case.presence.items()},
        "client": client(case),
        "asked": dict(asked or {}),
        "answers": {},
    }


def client(case: Case) -> Facts:
    """The client as the first CRM that knows him has him."""
    chosen, rules = won(case), rules_that_hold(case)
    match = chosen.match if chosen else None
    matches = case.of_client
    deals = {deal.id: deal for one in matches for deal in one.open_deals}
    return {
        "known": match is not None,
        "kind": str(match.entity.kind) if match else None,
        "id": match.entity.id if match else None,
        "name": name(chosen),
        "company": company(chosen, case),
        "owner": case.extension_of(match.owner) if match else None,
        "fields": dict(match.fields) if match else {},
        "deals": [_deal(deal, case) for deal in deals.values()],
        "vip": case.number in case.settings.clients.vip,
        "language": language(case, rules),
        "priority": priority(case, rules),
    }


def _deal(deal: Deal, case: Case) -> Facts:
    return {
        "id": deal.id,
        "title": deal.title,
        "pipeline": deal.pipeline,
        "stage": deal.stage,
        "owner": case.extension_of(deal.owner),
        "fields": dict(deal.fields),
    }


def _queue(call: Progress, now: datetime, waiting: Mapping[str, int]) -> Facts | None:
    if call.queue is None:
        return None
    seconds = _since(call.queued_at, now)
    return {"name": call.queue, "seconds": seconds, "waiting": waiting.get(call.queue, 0)}


def _since(then: datetime | None, now: datetime) -> float | None:
    """Clocks of two machines differ: never negative."""
    return None if then is None else max(0.0, round((now - then).total_seconds(), 1))
