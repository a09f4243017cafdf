"""A promise to call back: the company was closed, and the client was told that we call.

The label of the path in the record says so (`routing.after_hours`): whatever happened to the daemon
since, the promise comes with the call.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bridge.domain.commands import CreateTask, LogCall, Planned
from bridge.domain.record import Direction, Disposition
from bridge.domain.routes import CALLBACK
from bridge.rules.case import Case

_WHEN: Final = "%Y-%m-%d %H:%M"


def plan(case: Case, calls: tuple[Planned, ...]) -> tuple[Planned, ...]:
    """A task for whoever the call is listed under, on what it is listed on, due when the company
    number is open again; nothing where nothing was promised or nobody can be called."""
    listed = next((one.command for one in calls if isinstance(one.command, LogCall)), None)
    if listed is None or not _promised(case):
        return ()
    called = case.record.started_at
    opens = case.opens(case.record.did, called) if called else None
    task = CreateTask(
        title=_title(case, opens),
        owner=listed.user,
        entity=next(iter(listed.entities), None),
        fields={"deadline": opens.isoformat(timespec="seconds")} if opens else {},
    )
    why = "The company was closed, and the client was promised a call back."
    return (Planned(case.key("create_task", "callback"), task, why),)


def _promised(case: Case) -> bool:
    record = case.record
    return (
        case.has_tasks
        and record.direction is Direction.INBOUND
        and record.client.number is not None
        and record.disposition is not Disposition.ANSWERED
        and CALLBACK in record.labels
    )


def _title(case: Case, opens: datetime | None) -> str:
    """The time is that of the clock by which the company number opens."""
    record = case.record
    called = record.started_at
    at = called.astimezone(opens.tzinfo if opens else UTC).strftime(_WHEN) if called else ""
    return case.policy.callback_title.format(
        client=record.client.number,
        name=record.client.name or "",
        did=case.did.name or record.did or "",
        department=case.did.department,
        at=at,
    )
