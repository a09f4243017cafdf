"""Care for the outbox: how deep it is, and the removal of what was settled long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Connection, Table, bindparam, func, select

from bridge.outbox.states import OPEN, OVER, EntryState
from bridge.storage.tables import announcements, attempts, commands, deliveries, unplaced

_IDS: Final[BindParameter[list[int]]] = bindparam("ids", expanding=True)
_DEPTH: Final = (
    select(deliveries.c.state, func.count(), func.min(deliveries.c.created_at))
    .where(
        deliveries.c.destination == bindparam("to"),
        deliveries.c.state.in_((*OPEN, EntryState.PARKED)),
    )
    .group_by(deliveries.c.state)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """Of one destination: entries to be delivered, entries that wait for a person, and since when
    the oldest of the former is there."""

    waiting: int = 0
    parked: int = 0
    oldest: datetime | None = None


def depth(conn: Connection, destination: str) -> Depth:
    found = {state: (count, oldest) for state, count, oldest in _depths(conn, destination)}
    waiting = [found[state] for state in OPEN if state in found]
    return Depth(
        waiting=sum(count for count, _ in waiting),
        parked=found.get(EntryState.PARKED, (0, None))[0],
        oldest=min((oldest for _, oldest in waiting), default=None),
    )


def _depths(conn: Connection, destination: str) -> list[tuple[EntryState, int, datetime]]:
    rows = conn.execute(_DEPTH, {"to": destination})
    return [(EntryState(state), count, oldest) for state, count, oldest in rows]


def purge(conn: Connection, before: datetime, most: int) -> int:
    """Remove up to so many entries that were settled before then, with plan and attempts; records
    stay. What belongs to one call goes when all of it is over: a recording that is still to come
    needs the id of the call. What a CRM has no place for stays, for that is what keeps our copy.
    Returns how many."""
    old = (
        select(deliveries.c.id)
        .where(deliveries.c.settled_at < before, deliveries.c.state.in_(OVER))
        .where(~_unfinished(deliveries), ~unplaced())
        .order_by(deliveries.c.settled_at)
        .limit(most)
    )
    ids = {"ids": list(conn.scalars(old))}
    if ids["ids"]:
        conn.execute(attempts.delete().where(attempts.c.delivery_id.in_(_IDS)), ids)
        conn.execute(commands.delete().where(commands.c.delivery_id.in_(_IDS)), ids)
        conn.execute(deliveries.delete().where(deliveries.c.id.in_(_IDS)), ids)
    _purge_announcements(conn, before)
    return len(ids["ids"])


def _purge_announcements(conn: Connection, before: datetime) -> None:
    """Those whose call's log needs them no more."""
    old = announcements.c.announced_at < before
    conn.execute(announcements.delete().where(old, ~_unfinished(announcements)))


def _unfinished(of: Table) -> ColumnElement[bool]:
    """Whether a delivery of the same call to the same destination is not over."""
    other = deliveries.alias("other")
    same = (other.c.call_id == of.c.call_id) & (other.c.destination == of.c.destination)
    return select(other.c.id).where(same, other.c.state.not_in(OVER)).exists()
