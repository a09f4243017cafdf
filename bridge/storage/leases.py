"""Leasing: what is due goes to one worker at a time, in the order of each client.

Of one client's calls at one destination at most one is at work, whoever has it and whatever was
retried or stored meanwhile: two at once would make two leads of one stranger. SQLite has one
writer, so looking is enough. On PostgreSQL two workers may look at once and each not see what the
other is about to commit: so the client is locked first, and looked at again behind the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    Row,
    Select,
    and_,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.sql.selectable import NamedFromClause

from bridge.domain.application import Application
from bridge.domain.record import CallRecord
from bridge.outbox.entries import SEARCH_LAG, Entry, Work
from bridge.outbox.ports import Leased
from bridge.outbox.states import ENTRY_MOVES, EntryMove, EntryState, WriteState, moved
from bridge.storage import announcements
from bridge.storage.entries import entry_of, recent_leads, write_of
from bridge.storage.tables import applications, calls, commands, deliveries, holds

# Whether a worker of this name is still at work somewhere.
Alive = Callable[[Connection, str], bool]

_LONGEST: Final = timedelta(minutes=15)  # that anything waits behind the start of a daemon

_HELD: Final = select(holds.c.until).where(holds.c.destination == bindparam("to"))
_LOCK: Final = func.pg_try_advisory_xact_lock(
    func.hashtextextended(deliveries.c.destination + " " + deliveries.c.order_key, 0)
)
_ID: Final = deliveries.c.id.in_(bindparam("ids", expanding=True))
_LOCKED: Final = select(deliveries.c.id).where(_ID, _LOCK)
_LEASE: Final = (
    deliveries.update()
    .where(_ID)
    .values(
        state=moved(ENTRY_MOVES, EntryState.WAITING, EntryMove.LEASE),
        lease_owner=bindparam("worker"),
        lease_until=bindparam("end"),
    )
)
_RECORDS: Final = select(calls.c.call_id, calls.c.record).where(
    calls.c.call_id.in_(bindparam("calls", expanding=True))
)
_APPLICATIONS: Final = select(applications.c.about, applications.c.application).where(
    applications.c.about.in_(bindparam("calls", expanding=True))
)
_WRITES: Final = (
    select(commands, deliveries.c.call_id)
    .join(deliveries, deliveries.c.id == commands.c.delivery_id)
    .where(
        deliveries.c.destination == bindparam("to"),
        deliveries.c.call_id.in_(bindparam("calls", expanding=True)),
    )
    .order_by(commands.c.delivery_id, commands.c.position)
)
_RECLAIM: Final = (
    deliveries.update()
    .where(_ID, deliveries.c.state == EntryState.WORKING)
    .values(
        state=moved(ENTRY_MOVES, EntryState.WORKING, EntryMove.RECLAIM),
        lease_owner=None,
        lease_until=None,
    )
)
# Queued by one daemon in the moment in which another finished what it needs: neither saw the other.
_OVERTAKEN: Final = (
    deliveries.update()
    .where(
        deliveries.c.destination == bindparam("to"),
        deliveries.c.state == EntryState.HELD_BACK,
        select(commands.c.key)
        .where(commands.c.key == deliveries.c.needs, commands.c.state == WriteState.DONE)
        .exists(),
    )
    .values(state=moved(ENTRY_MOVES, EntryState.HELD_BACK, EntryMove.FREE), due_at=bindparam("now"))
)
_WORKING: Final = (
    select(deliveries.c.id, deliveries.c.lease_owner, deliveries.c.lease_until)
    .where(
        deliveries.c.destination == bindparam("to"),
        deliveries.c.state == EntryState.WORKING,
    )
    .with_for_update(skip_locked=True)
)


def _is_next() -> ColumnElement[bool]:
    """Nothing of the same client is at work, nor waits before it."""
    at_work, before = deliveries.alias("at_work"), deliveries.alias("before")
    return and_(
        ~_of_the_client(at_work, at_work.c.state == EntryState.WORKING).exists(),
        ~_of_the_client(
            before, before.c.state == EntryState.WAITING, before.c.id < deliveries.c.id
        ).exists(),
    )


def _of_the_client(other: NamedFromClause, *so: ColumnElement[bool]) -> Select[Any]:
    """Each question for itself is answered by an index, however many of his are done."""
    return select(other.c.id).where(
        other.c.destination == deliveries.c.destination,
        other.c.order_key == deliveries.c.order_key,
        other.c.id != deliveries.c.id,
        *so,
    )


def _first_of_each_client() -> Select[Any]:
    return (
        select(deliveries)
        .where(
            deliveries.c.destination == bindparam("to"),
            deliveries.c.state == EntryState.WAITING,
            _is_next(),
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=deliveries)
    )


_FIRST: Final = _first_of_each_client()
_STILL_NEXT: Final = select(deliveries.c.id).where(_ID, _is_next())


def lease(
    conn: Connection, destination: str, worker: str, now: datetime, until: datetime, limit: int
) -> Leased:
    """See `outbox.ports.Entries.lease`. A destination that is held past `now` gets nothing, later
    one entry to try its login by."""
    held = conn.scalar(_HELD, {"to": destination})
    if held and held > now:
        return Leased(next_due=held, held=True)
    limit = 1 if held else limit
    rows = list(conn.execute(_FIRST, {"to": destination, "most": limit + 1}))
    due = [row for row in rows[:limit] if row.due_at <= now]
    later = [row.due_at for row in rows[len(due) :]]
    ours = _ours_alone(conn, due)
    if ours:
        conn.execute(_LEASE, {"ids": [row.id for row in ours], "worker": worker, "end": until})
    entries = [replace(entry_of(row), state=EntryState.WORKING, lease_owner=worker) for row in ours]
    clients = [row.order_key for row in ours]
    works = _works(conn, destination, entries, clients, now)
    return Leased(works=works, next_due=min(later, default=None), held=bool(held))


def _ours_alone(conn: Connection, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those of them that nobody else can lease before we commit."""
    if not rows or conn.dialect.name != "postgresql":
        return list(rows)
    locked = list(conn.scalars(_LOCKED, {"ids": [row.id for row in rows]}))
    # A statement of its own: it sees all that was committed before we had the locks.
    still = set(conn.scalars(_STILL_NEXT, {"ids": locked}))
    return [row for row in rows if row.id in still]


def _works(
    conn: Connection, destination: str, entries: list[Entry], clients: list[str], now: datetime
) -> tuple[Work, ...]:
    """Of the entries, each beside what it is ordered by."""
    if not entries:
        return ()
    of = {"calls": list({entry.call_id for entry in entries})}
    records = _records(conn, of["calls"])
    rows = list(conn.execute(_WRITES, {"to": destination, **of}))
    announced = announcements.find(conn, destination, of["calls"])
    recent = recent_leads(conn, destination, clients, now - SEARCH_LAG)
    return tuple(
        Work(
            entry=entry,
            record=records[entry.call_id],
            writes=tuple(write_of(row) for row in rows if row.delivery_id == entry.id),
            results={
                row.key: row.result
                for row in rows
                if row.call_id == entry.call_id and row.state == WriteState.DONE and row.result
            },
            begun=frozenset(
                row.key
                for row in rows
                if row.call_id == entry.call_id and row.state in (WriteState.SENT, WriteState.DONE)
            ),
            announced=announced.get(entry.call_id),
            recent_leads=recent.get(client, ()),
        )
        for entry, client in zip(entries, clients, strict=True)
    )


def _records(conn: Connection, ids: list[str]) -> dict[str, CallRecord | Application]:
    of = {"calls": ids}
    found: dict[str, CallRecord | Application] = {
        row.call_id: CallRecord.from_json(row.record) for row in conn.execute(_RECORDS, of)
    }
    if len(found) < len(ids):
        for row in conn.execute(_APPLICATIONS, of):
            found[row.about] = Application.from_json(row.application)
    return found


def reclaim(
    conn: Connection,
    destination: str,
    worker: str,
    carrying: Collection[int],
    now: datetime,
    alive: Alive,
) -> int:
    """Free what this worker leased and does not carry, and what dead workers did: one is dead whose
    lease is over and whose name nobody holds. Free, too, what waits for nothing any more."""
    conn.execute(_OVERTAKEN, {"to": destination, "now": now})
    rows = list(conn.execute(_WORKING, {"to": destination}))
    dead = {row.lease_owner for row in rows if row.lease_owner != worker}
    dead = {name for name in dead if not alive(conn, name)}
    ids = [
        row.id
        for row in rows
        if (row.lease_owner == worker and row.id not in carrying)
        or (row.lease_owner in dead and row.lease_until < now)
    ]
    return conn.execute(_RECLAIM, {"ids": ids}).rowcount if ids else 0


def start_anew(conn: Connection, now: datetime, alone: bool) -> None:
    """For a daemon that starts: a login may be new, the clock may have been wrong until now, and
    of a store that it has `alone` whoever leased anything is dead."""
    conn.execute(holds.delete())
    latest = now + _LONGEST
    waits = and_(deliveries.c.state == EntryState.WAITING, deliveries.c.due_at > latest)
    conn.execute(deliveries.update().where(waits).values(due_at=latest))
    sent = and_(commands.c.state == WriteState.SENT, commands.c.sent_at > now)
    conn.execute(commands.update().where(sent).values(sent_at=now))
    if alone:
        working = select(deliveries.c.id).where(deliveries.c.state == EntryState.WORKING)
        conn.execute(_RECLAIM, {"ids": list(conn.scalars(working))})


def clock_set_back(conn: Connection, destination: str, by: timedelta) -> None:
    """Every moment that is waited for moves with the clock."""
    seconds = by.total_seconds()
    mine = deliveries.c.destination == destination
    conn.execute(
        deliveries.update()
        .where(mine, deliveries.c.state.in_((EntryState.WAITING, EntryState.WORKING)))
        .values(
            due_at=_earlier(deliveries.c.due_at, seconds),
            lease_until=_earlier(deliveries.c.lease_until, seconds),
            failing_since=_earlier(deliveries.c.failing_since, seconds),
        )
    )
    of = commands.c.delivery_id.in_(select(deliveries.c.id).where(mine))
    conn.execute(
        commands.update()
        .where(of, commands.c.state == WriteState.SENT)
        .values(sent_at=_earlier(commands.c.sent_at, seconds))
    )
    until = _earlier(holds.c.until, seconds)
    conn.execute(holds.update().where(holds.c.destination == destination).values(until=until))


def _earlier(column: Column[Any], seconds: float) -> ColumnElement[Any]:
    return type_coerce(column, Float) - seconds
