"""The outbox's part: leasing in order of each client, plans, results, every attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, select

from bridge.domain.commands import Planned
from bridge.outbox.entries import THE_CALL, Attempt, Entry, Work, Write
from bridge.outbox.ports import Leased, LeaseLost, Left, Settled
from bridge.outbox.retry import Parked
from bridge.outbox.states import (
    ENTRY_MOVES,
    OPEN,
    WRITE_MOVES,
    EntryMove,
    EntryState,
    WriteMove,
    WriteState,
    moved,
)
from bridge.storage import calls as finished_calls
from bridge.storage.tables import attempts, commands, deliveries, holds, insert

_ENTRY: Final = deliveries.update().where(deliveries.c.id == bindparam("entry"))
_WRITE: Final = commands.update().where(commands.c.key == bindparam("command"))
_WRITE_STATE: Final = select(commands.c.state).where(commands.c.key == bindparam("command"))
_HELD: Final = select(holds.c.until).where(holds.c.destination == bindparam("to"))
_MINE: Final = (
    select(deliveries.c.id)
    .where(
        deliveries.c.id == bindparam("entry"),
        deliveries.c.state == EntryState.WORKING,
        deliveries.c.lease_owner == bindparam("worker"),
    )
    .with_for_update()
)
_FREE: Final = (
    deliveries.update()
    .where(deliveries.c.needs == bindparam("need"), deliveries.c.state == EntryState.HELD_BACK)
    .values(state=moved(ENTRY_MOVES, EntryState.HELD_BACK, EntryMove.FREE))
)
_RESULTS: Final = (
    select(commands.c.key, commands.c.result)
    .join(deliveries, deliveries.c.id == commands.c.delivery_id)
    .where(
        deliveries.c.call_id == bindparam("call"),
        deliveries.c.destination == bindparam("to"),
        commands.c.state == WriteState.DONE,
        commands.c.result.is_not(None),
    )
)
_WRITES: Final = (
    select(commands)
    .where(commands.c.delivery_id == bindparam("entry"))
    .order_by(commands.c.position)
)
_UNPLAN: Final = commands.delete().where(
    commands.c.delivery_id == bindparam("entry"), commands.c.state == WriteState.PLANNED
)
_UNFINISHED: Final = (
    select(deliveries.c.id)
    .where(
        deliveries.c.call_id == bindparam("call"),
        deliveries.c.subject == bindparam("recording"),
        deliveries.c.state.not_in((EntryState.DONE, EntryState.DROPPED)),
    )
    .limit(1)
)


def _first_of_each_client() -> Select[Any]:
    """What waits, without what stands behind an older open entry of the same client."""
    earlier = deliveries.alias("earlier")
    behind = (
        select(earlier.c.id)
        .where(
            earlier.c.destination == bindparam("to"),
            earlier.c.order_key == deliveries.c.order_key,
            earlier.c.id < deliveries.c.id,
            earlier.c.state.in_(OPEN),
        )
        .exists()
    )
    return (
        select(deliveries)
        .where(
            deliveries.c.destination == bindparam("to"),
            deliveries.c.state == EntryState.WAITING,
            ~behind,
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=deliveries)
    )


_FIRST: Final = _first_of_each_client()


def lease(
    conn: Connection, destination: str, worker: str, now: datetime, until: datetime, limit: int
) -> Leased:
    held = conn.scalar(_HELD, {"to": destination})
    if held and held > now:
        return Leased(next_due=held, held=True)
    limit = 1 if held else limit
    first = {"to": destination, "most": limit + 1}
    rows = list(conn.execute(_FIRST, first))
    if len(rows) <= limit and reclaim(conn, now=now, destination=destination):
        rows = list(conn.execute(_FIRST, first))
    due = [row for row in rows[:limit] if row.due_at <= now]
    later = [row.due_at for row in rows[len(due) :]]
    entries = tuple(_leased(conn, row, worker, until) for row in due)
    return Leased(entries=entries, next_due=min(later, default=None), held=bool(held))


def _leased(conn: Connection, row: Row[Any], worker: str, until: datetime) -> Entry:
    state = moved(ENTRY_MOVES, EntryState(row.state), EntryMove.LEASE)
    leased = {"state": state, "lease_owner": worker, "lease_until": until}
    conn.execute(_ENTRY, {"entry": row.id, **leased})
    return replace(entry_of(row), state=state, lease_owner=worker)


def reclaim(conn: Connection, *, now: datetime | None, destination: str | None = None) -> int:
    """Free what dead workers leased: leases that ran out by `now`, or all when it is None. All
    also frees the held destinations: a daemon that starts may have a new login."""
    if now is None:
        conn.execute(holds.delete())
    state = moved(ENTRY_MOVES, EntryState.WORKING, EntryMove.RECLAIM)
    query = deliveries.update().where(deliveries.c.state == EntryState.WORKING)
    if now is not None:
        query = query.where(deliveries.c.lease_until < now)
    if destination is not None:
        query = query.where(deliveries.c.destination == destination)
    return conn.execute(query.values(state=state, lease_owner=None, lease_until=None)).rowcount


def load(conn: Connection, entry: Entry) -> Work:
    record = finished_calls.get(conn, entry.call_id)
    if record is None:
        raise LeaseLost(f"call {entry.call_id} is not in the store")
    of = {"call": entry.call_id, "to": entry.destination}
    results = {row.key: row.result for row in conn.execute(_RESULTS, of)}
    return Work(record=record, writes=writes_of(conn, entry.id), results=results)


def writes_of(conn: Connection, entry: int) -> tuple[Write, ...]:
    return tuple(
        Write(
            planned=Planned.from_json(row.planned),
            state=WriteState(row.state),
            result=row.result,
            sent_at=row.sent_at,
        )
        for row in conn.execute(_WRITES, {"entry": entry})
    )


def store_plan(conn: Connection, entry: Entry, planned: tuple[Planned, ...]) -> None:
    _ours(conn, entry)
    conn.execute(_UNPLAN, {"entry": entry.id})
    rows = [
        {
            "key": item.key,
            "delivery_id": entry.id,
            "position": position,
            "planned": item.to_json(),
            "state": WriteState.PLANNED,
        }
        for position, item in enumerate(planned)
    ]
    if rows:
        conn.execute(commands.insert(), rows)


def sending(conn: Connection, entry: Entry, key: str, now: datetime, until: datetime) -> None:
    _ours(conn, entry)
    _move_write(conn, key, WriteMove.SEND, sent_at=now)
    conn.execute(_ENTRY, {"entry": entry.id, "lease_until": until})


def settle(conn: Connection, entry: Entry, attempt: Attempt, settled: Settled | None) -> None:
    _ours(conn, entry)
    kept = {
        "delivery_id": entry.id,
        "asked": attempt.asked,
        "at": attempt.at,
        "seconds": attempt.seconds,
        "verdict": attempt.verdict,
        "detail": attempt.detail,
    }
    conn.execute(attempts.insert(), kept)
    if settled:
        values = {"result": settled.result, "settled_at": attempt.at}
        state = _move_write(conn, settled.key, settled.move, **values)
        if state is WriteState.DONE:
            free(conn, settled.key, attempt.at)


def free(conn: Connection, key: str, now: datetime) -> None:
    """What waited for this result may go."""
    conn.execute(_FREE, {"need": key, "due_at": now})


def leave(conn: Connection, entry: Entry, left: Left, now: datetime) -> None:
    _ours(conn, entry)
    state = moved(ENTRY_MOVES, EntryState.WORKING, left.move)
    how = {
        "state": state,
        "due_at": left.due_at or now,
        "failures": left.failures,
        "failing_since": left.failing_since,
        "reason": left.reason,
        "detail": left.detail,
        "lease_owner": None,
        "lease_until": None,
        "settled_at": now if state is not EntryState.WAITING else None,
    }
    conn.execute(_ENTRY, {"entry": entry.id, **how})
    if state is EntryState.DONE and entry.subject != THE_CALL:
        _tell_delivered(conn, entry, now)


def _tell_delivered(conn: Connection, entry: Entry, now: datetime) -> None:
    of = {"call": entry.call_id, "recording": entry.subject}
    if conn.scalar(_UNFINISHED, of) is None:
        finished_calls.recording_delivered(conn, entry.call_id, entry.subject, now)


def hold(conn: Connection, destination: str, until: datetime, now: datetime, detail: str) -> None:
    told = insert(conn, holds).values(
        destination=destination, since=now, until=until, detail=detail
    )
    later = {"until": until, "detail": detail}
    conn.execute(told.on_conflict_do_update(index_elements=["destination"], set_=later))


def unhold(conn: Connection, destination: str) -> None:
    conn.execute(holds.delete().where(holds.c.destination == destination))


def recent_leads(conn: Connection, destination: str, client: str, since: datetime) -> list[str]:
    query = (
        select(commands.c.result)
        .join(deliveries, deliveries.c.id == commands.c.delivery_id)
        .where(
            deliveries.c.destination == destination,
            deliveries.c.order_key == client,
            commands.c.key.like(f"{_escaped(destination)}/%/create\\_lead/%", escape="\\"),
            commands.c.state == WriteState.DONE,
            commands.c.settled_at >= since,
            commands.c.result.is_not(None),
        )
        .order_by(commands.c.settled_at)
    )
    return list(conn.scalars(query))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def entry_of(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        destination=row.destination,
        call_id=row.call_id,
        subject=row.subject,
        state=EntryState(row.state),
        due_at=row.due_at,
        lease_owner=row.lease_owner,
        failures=row.failures,
        failing_since=row.failing_since,
        reason=Parked(row.reason) if row.reason else None,
        detail=row.detail,
    )


def _ours(conn: Connection, entry: Entry) -> None:
    """Raises LeaseLost unless this worker holds the lease; it does so to the commit then."""
    if conn.scalar(_MINE, {"entry": entry.id, "worker": entry.lease_owner}) is None:
        raise LeaseLost(f"entry {entry.id} was taken over")


def _move_write(conn: Connection, key: str, move: WriteMove, **values: Any) -> WriteState:
    before = conn.execute(_WRITE_STATE, {"command": key}).scalar_one()
    state = moved(WRITE_MOVES, WriteState(before), move)
    conn.execute(_WRITE, {"command": key, "state": state, **values})
    return state
