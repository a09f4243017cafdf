"""Recordings across calls: which are in what state, in words too, and which copies may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.outbox.states import OVER
from bridge.recordings.erasing import Copy
from bridge.storage import calls as finished_calls
from bridge.storage.tables import calls, deliveries, recordings, unplaced

_OURS = (RecordingState.READY, RecordingState.DELIVERED)  # a copy of these is on our disk


def find(
    conn: Connection,
    states: Sequence[RecordingState],
    after: tuple[str, str] | None,
    ended_since: datetime | None,
    limit: int,
) -> list[tuple[CallRecord, Recording]]:
    """In order of call and recording; `after` is where the page before ended."""
    place = (recordings.c.call_id, recordings.c.recording)
    query = (
        select(calls.c.record, recordings.c.recording)
        .join(calls, calls.c.call_id == recordings.c.call_id)
        .where(recordings.c.state.in_(states))
        .order_by(*place)
        .limit(limit)
    )
    if after:
        query = query.where(tuple_(*place) > tuple_(*after))
    if ended_since:
        query = query.where(calls.c.ended_at >= ended_since)
    rows = [(CallRecord.from_json(data), id) for data, id in conn.execute(query)]
    return [(call, item) for call, id in rows for item in call.recordings if item.id == id]


def details(conn: Connection, call_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """(call, recording) → what a person should know of it, where there is anything."""
    query = select(recordings.c.call_id, recordings.c.recording, recordings.c.detail).where(
        recordings.c.call_id.in_(call_ids), recordings.c.detail != ""
    )
    return {(call_id, id): detail for call_id, id, detail in conn.execute(query)}


def undemanded(conn: Connection, limit: int) -> list[Copy]:
    """Copies that every destination has, or that none needs, the oldest first. One that a CRM has
    no place for is the only one there is."""
    wanted = (
        select(deliveries.c.id)
        .where(
            deliveries.c.call_id == recordings.c.call_id,
            deliveries.c.subject == recordings.c.recording,
            deliveries.c.state.not_in(OVER) | unplaced(),
        )
        .exists()
    )
    query = (
        select(calls.c.pbx, recordings.c.call_id, recordings.c.recording, recordings.c.changed_at)
        .join(calls, calls.c.call_id == recordings.c.call_id)
        .where(recordings.c.state.in_(_OURS), recordings.c.erased_at.is_(None), ~wanted)
        .order_by(recordings.c.changed_at)
        .limit(limit)
    )
    return [
        Copy(pbx=pbx, call_id=call_id, id=id, since=since)
        for pbx, call_id, id, since in conn.execute(query)
    ]


def erased(conn: Connection, call_id: str, id: str, now: datetime, detail: str) -> None:
    """Our copy is gone. No fact of the call: the revision stays."""
    record = finished_calls.get(conn, call_id)
    if record is None:
        return
    items = tuple(replace(item, file=None) if item.id == id else item for item in record.recordings)
    finished_calls.rewrite(conn, replace(record, recordings=items), now)
    conn.execute(
        recordings.update()
        .where(recordings.c.call_id == call_id, recordings.c.recording == id)
        .values(erased_at=now, detail=detail)
    )
