"""Retention of calls and applications: what is old enough is erased with all that belongs to it,
and never before every destination has it, or a person dropped it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from bridge.domain.record import RecordingState
from bridge.outbox.states import OVER
from bridge.storage.tables import (
    announcements,
    applications,
    attempts,
    calls,
    commands,
    deliveries,
    recordings,
    transcriptions,
)


@dataclass(frozen=True, slots=True)
class OldCall:
    """A call that may go, and its recordings, of which copies may lie on our disk."""

    call_id: str
    pbx: str
    recordings: tuple[str, ...]


def old_calls(conn: Connection, before: datetime, limit: int) -> list[OldCall]:
    """Those that ended before then and that nothing waits for, the oldest first."""
    query = select(calls.c.call_id, calls.c.pbx).where(_past(before), ~_awaited())
    rows = list(conn.execute(query.order_by(calls.c.started_at).limit(limit)))
    found: dict[str, list[str]] = {row.call_id: [] for row in rows}
    kept = select(recordings.c.call_id, recordings.c.recording)
    for call_id, id in conn.execute(kept.where(recordings.c.call_id.in_(list(found)))):
        found[call_id].append(id)
    return [OldCall(row.call_id, row.pbx, tuple(found[row.call_id])) for row in rows]


def erase_calls(conn: Connection, ids: Sequence[str]) -> int:
    """Erase them with their deliveries, recordings and transcriptions, unless something waits for
    one after all. Returns how many."""
    query = select(calls.c.call_id).where(calls.c.call_id.in_(ids), ~_awaited())
    gone = list(conn.scalars(query))
    _erase_deliveries(conn, gone)
    for table in (announcements, recordings, transcriptions, calls):
        conn.execute(table.delete().where(table.c.call_id.in_(gone)))
    return len(gone)


def erase_applications(conn: Connection, before: datetime, limit: int) -> int:
    """Up to so many that came before then and that nothing waits for, with their deliveries.
    Returns how many."""
    waiting = _unfinished(applications.c.about)
    old = select(applications.c.about).where(applications.c.received_at < before, ~waiting)
    gone = list(conn.scalars(old.order_by(applications.c.received_at).limit(limit)))
    _erase_deliveries(conn, gone)
    conn.execute(applications.delete().where(applications.c.about.in_(gone)))
    return len(gone)


def _past(before: datetime) -> ColumnElement[bool]:
    """A call without a beginning goes by its end; one without both has no age."""
    ended = (calls.c.ended_at.is_(None)) | (calls.c.ended_at < before)
    return ((calls.c.started_at < before) & ended) | (
        calls.c.started_at.is_(None) & (calls.c.ended_at < before)
    )


def _awaited() -> ColumnElement[bool]:
    to_come = (
        select(recordings.c.recording)
        .where(
            recordings.c.call_id == calls.c.call_id,
            recordings.c.state == RecordingState.EXPECTED,
        )
        .exists()
    )
    return _unfinished(calls.c.call_id) | to_come


def _unfinished(about: ColumnElement[Any]) -> ColumnElement[bool]:
    waits = deliveries.c.state.not_in(OVER)
    return select(deliveries.c.id).where(deliveries.c.call_id == about, waits).exists()


def _erase_deliveries(conn: Connection, about: Sequence[str]) -> None:
    ids = list(conn.scalars(select(deliveries.c.id).where(deliveries.c.call_id.in_(about))))
    for table in (attempts, commands):
        conn.execute(table.delete().where(table.c.delivery_id.in_(ids)))
    conn.execute(deliveries.delete().where(deliveries.c.id.in_(ids)))
