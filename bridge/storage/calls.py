"""Finished calls: the record, and with it in one transaction its entries for each destination."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Update, and_, func, or_, select, tuple_

from bridge.domain.record import (
    CallRecord,
    Direction,
    Disposition,
    Recording,
    RecordingState,
)
from bridge.outbox.entries import RATING, THE_CALL, NewEntry, entries_for, rating_for
from bridge.outbox.states import EntryState, WriteState
from bridge.storage.tables import calls, commands, deliveries, insert, insert_new, recordings


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which calls; what is None is not asked about. One of `digits` stands somewhere in the
    client's number (E.164); `since` and `until` are about the start; `before` is the call that
    ended the page before this one."""

    client: str | None = None
    digits: tuple[str, ...] = ()
    responsible: str | None = None
    disposition: Disposition | None = None
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None
    needs_review: bool | None = None
    before: str | None = None
    limit: int = 50


def put(conn: Connection, record: CallRecord, destinations: Iterable[str], now: datetime) -> bool:
    """Store the record and what must be delivered of it, once: the same or a lower revision
    changes nothing and returns False. A later revision goes only where the call itself is kept
    as a delivery: where it was purged it has been there long ago."""
    is_new, before = conn.execute(insert_new(conn, calls), _row(record)).rowcount, None
    if not is_new:
        before = get(conn, record.call_id)
        if before is not None and before.revision >= record.revision:
            return False
        record = _keep_delivered(conn, record)
        if before is not None and record.rating is None:
            record = replace(record, rating=before.rating)  # what came later from elsewhere
        conn.execute(calls.update().where(calls.c.call_id == record.call_id).values(_row(record)))
    _put_recordings(conn, record, now)
    known_to = None if is_new else set(destinations_of(conn, record.call_id))
    for destination in destinations:
        if known_to is None or destination in known_to:
            for entry in entries_for(record, destination):
                put_entry(conn, entry, now)
            if before and record.rating and record.rating != before.rating:
                _put_rating(conn, record.call_id, destination, record.rating, now)
    return True


def _put_rating(
    conn: Connection, call_id: str, destination: str, rating: int, now: datetime
) -> None:
    mine = and_(deliveries.c.destination == destination, deliveries.c.call_id == call_id)
    query = select(func.count()).where(mine, deliveries.c.subject.startswith(RATING))
    number = (conn.scalar(query) or 0) + 1
    put_entry(conn, rating_for(call_id, destination, rating, number), now)


def get(conn: Connection, call_id: str) -> CallRecord | None:
    """The record as it is kept; None when the call is not known."""
    data = conn.scalar(select(calls.c.record).where(calls.c.call_id == call_id))
    return None if data is None else CallRecord.from_json(data)


def find(conn: Connection, which: Which) -> list[CallRecord]:
    """The newest first, and last those of which nobody knows when they began."""
    found: list[Any] = []
    for query in _in_order(conn, which):
        if (lacking := which.limit - len(found)) > 0:
            found += conn.scalars(query.limit(lacking))
    return [CallRecord.from_json(data) for data in found]


def _in_order(conn: Connection, which: Which) -> Iterable[Select[Any]]:
    """Two queries, one after the other: databases differ in where they put what is unknown, and an
    index is read in their own order alone."""
    begun, id = calls.c.started_at, calls.c.call_id
    known = _matching(which).where(begun.is_not(None)).order_by(begun.desc(), id.desc())
    unknown = _matching(which).where(begun.is_(None)).order_by(id.desc())
    before = select(begun, id).where(id == which.before)
    last = conn.execute(before).first() if which.before else None
    if last is None:
        return known, unknown
    if last.started_at is None:
        return (unknown.where(id < last.call_id),)
    ended = tuple_(*last, types=(begun.type, id.type))  # what they are kept as is compared
    return known.where(tuple_(begun, id) < ended), unknown


def _matching(which: Which) -> Select[Any]:
    query = select(calls.c.record)
    for column, value in (
        (calls.c.client_number, which.client),
        (calls.c.responsible, which.responsible),
        (calls.c.disposition, which.disposition),
        (calls.c.direction, which.direction),
        (calls.c.needs_review, which.needs_review),
    ):
        if value is not None:
            query = query.where(column == value)
    if which.digits:
        number = calls.c.client_number
        query = query.where(or_(*(number.contains(part, autoescape=True) for part in which.digits)))
    if which.since:
        query = query.where(calls.c.started_at >= which.since)
    if which.until:
        query = query.where(calls.c.started_at < which.until)
    return query


def last_talk(conn: Connection, number: str, since: datetime) -> tuple[str, datetime] | None:
    """The extension that talked with this client (E.164) last, and when that ended, if it was
    after `since`. Whom a record is not sure of, and an outside number, are nobody."""
    query = (
        select(calls.c.responsible, calls.c.ended_at)
        .where(
            calls.c.client_number == number,
            calls.c.started_at >= since,
            calls.c.disposition == Disposition.ANSWERED,
            calls.c.responsible.is_not(None),
            calls.c.responsible.not_like("+%"),
            calls.c.needs_review.is_(False),
            calls.c.ended_at.is_not(None),
        )
        .order_by(calls.c.started_at.desc())
        .limit(1)
    )
    found = conn.execute(query).first()
    return None if found is None else (found.responsible, found.ended_at)


def change_recording(
    conn: Connection, call_id: str, recording: Recording, now: datetime, detail: str = ""
) -> CallRecord | None:
    """A later fact about one recording: raises the revision, queues its attachment when ready.
    `detail` says it in words, and is no fact of the record.

    Returns the record as it is then, None when the call is not known.
    """
    record = get(conn, call_id)
    if record is None:
        return None
    known = {item.id: item for item in record.recordings} | {recording.id: recording}
    changed = replace(record, recordings=tuple(known.values()))
    if changed.to_json() != record.to_json():  # what is stored has milliseconds only
        changed = replace(changed, revision=record.revision + 1)
        put(conn, changed, destinations_of(conn, call_id), now)
    tell_of_recording(conn, call_id, recording.id, detail)
    return get(conn, call_id)


def rate(conn: Connection, call_id: str, rating: int, now: datetime) -> CallRecord | None:
    """The client's rating (1 to 5) of a finished call: raises the revision, and follows the call to
    each destination. None when the call is not known."""
    record = get(conn, call_id)
    if record is None or record.rating == rating:
        return record
    rated = replace(record, rating=rating, revision=record.revision + 1)
    put(conn, rated, destinations_of(conn, call_id), now)
    return rated


def tell_of_recording(conn: Connection, call_id: str, id: str, detail: str) -> None:
    """What a person should know of it, in place of what stood there."""
    conn.execute(_the_recording(call_id, id).values(detail=detail))


def recording_delivered(conn: Connection, call_id: str, id: str, now: datetime) -> None:
    """No destination waits for it any more. No fact of the call: the revision stays."""
    record = get(conn, call_id)
    if record is None:
        return
    marked = tuple(
        replace(item, state=RecordingState.DELIVERED) if item.id == id else item
        for item in record.recordings
    )
    record = replace(record, recordings=marked)
    rewrite(conn, record, now)


def rewrite(conn: Connection, record: CallRecord, now: datetime) -> None:
    """Store what is no fact of the call: the revision stays, and nothing is queued."""
    data = record.to_json()
    conn.execute(calls.update().where(calls.c.call_id == record.call_id).values(record=data))
    _put_recordings(conn, record, now)


def _the_recording(call_id: str, id: str) -> Update:
    return recordings.update().where(recordings.c.call_id == call_id, recordings.c.recording == id)


def _row(record: CallRecord) -> dict[str, Any]:
    return {
        "call_id": record.call_id,
        "pbx": record.pbx,
        "revision": record.revision,
        "direction": record.direction,
        "client_number": record.client.number,
        "did": record.did,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "disposition": record.disposition,
        "responsible": record.responsible,
        "needs_review": record.needs_review,
        "record": record.to_json(),
    }


def _keep_delivered(conn: Connection, record: CallRecord) -> CallRecord:
    """Whoever raises the revision may not know yet that a recording has been delivered."""
    query = select(recordings.c.recording).where(
        recordings.c.call_id == record.call_id, recordings.c.state == RecordingState.DELIVERED
    )
    delivered = set(conn.scalars(query))
    kept = tuple(
        replace(item, state=RecordingState.DELIVERED) if item.id in delivered else item
        for item in record.recordings
    )
    return replace(record, recordings=kept)


def _put_recordings(conn: Connection, record: CallRecord, now: datetime) -> None:
    for item in record.recordings:
        row = {"state": item.state, "changed_at": now}
        told = insert(conn, recordings).values(call_id=record.call_id, recording=item.id, **row)
        elements = ["call_id", "recording"]
        changed = recordings.c.state != item.state
        conn.execute(told.on_conflict_do_update(index_elements=elements, set_=row, where=changed))


def put_entry(conn: Connection, entry: NewEntry, now: datetime) -> None:
    """Queue it, unless it is there already."""
    row = {
        "destination": entry.destination,
        "call_id": entry.call_id,
        "subject": entry.subject,
        "order_key": entry.order,
        "needs": entry.needs,
        "state": _first_state(conn, entry),
        "due_at": now,
        "created_at": now,
    }
    conn.execute(insert_new(conn, deliveries), row)


def _first_state(conn: Connection, entry: NewEntry) -> EntryState:
    if entry.needs is None:
        return EntryState.WAITING
    if _call_dropped(conn, entry):
        return EntryState.DROPPED
    need = conn.scalar(select(commands.c.state).where(commands.c.key == entry.needs))
    return EntryState.WAITING if need == WriteState.DONE else EntryState.HELD_BACK


def _call_dropped(conn: Connection, entry: NewEntry) -> bool:
    rows: list[Row[Any]] = list(
        conn.execute(
            select(deliveries.c.state).where(
                deliveries.c.destination == entry.destination,
                deliveries.c.call_id == entry.call_id,
                deliveries.c.subject == THE_CALL,
            )
        )
    )
    return any(row.state == EntryState.DROPPED for row in rows)


def destinations_of(conn: Connection, call_id: str) -> list[str]:
    """Where this call is kept as a delivery."""
    query = select(deliveries.c.destination).where(
        deliveries.c.call_id == call_id, deliveries.c.subject == THE_CALL
    )
    return list(conn.scalars(query))
