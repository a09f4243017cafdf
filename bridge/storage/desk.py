"""What a person at a terminal sees of the deliveries and may do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from bridge.domain.commands import Planned
from bridge.outbox.edit import CannotEdit, difference
from bridge.outbox.entries import THE_CALL, Attempt, Entry, Write
from bridge.outbox.states import (
    ENTRY_MOVES,
    WRITE_MOVES,
    EntryMove,
    EntryState,
    WriteMove,
    WriteState,
    moved,
)
from bridge.storage.entries import add_attempt, entry_of, free, writes_of
from bridge.storage.tables import attempts, commands, deliveries, holds

# No worker has it now: what is leased is decided.
_AT_REST: Final = (EntryState.PARKED, EntryState.WAITING, EntryState.DROPPED)


class CannotRetry(Exception):
    """The text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One entry with its plan and every attempt."""

    entry: Entry
    writes: tuple[Write, ...]
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A destination that needs a login."""

    destination: str
    since: datetime
    until: datetime
    detail: str


def find(
    conn: Connection,
    states: tuple[EntryState, ...],
    destination: str | None,
    call_id: str | None,
    limit: int,
) -> list[Entry]:
    """The oldest first."""
    query = select(deliveries).order_by(deliveries.c.id).limit(limit)
    if states:
        query = query.where(deliveries.c.state.in_(states))
    if destination:
        query = query.where(deliveries.c.destination == destination)
    if call_id:
        query = query.where(deliveries.c.call_id == call_id)
    return [entry_of(row) for row in conn.execute(query)]


def counts(conn: Connection) -> dict[tuple[str, EntryState], int]:
    """(destination, state) → how many."""
    both = (deliveries.c.destination, deliveries.c.state)
    query = select(*both, func.count()).group_by(*both)
    return {(name, EntryState(state)): number for name, state, number in conn.execute(query)}


def held(conn: Connection) -> list[Held]:
    """Every destination that needs a login."""
    query = select(holds).order_by(holds.c.destination)
    return [Held(**row._mapping) for row in conn.execute(query)]


def show(conn: Connection, id: int) -> Shown | None:
    """The entry of this id; None when there is none."""
    row = conn.execute(select(deliveries).where(deliveries.c.id == id)).one_or_none()
    if row is None:
        return None
    query = select(attempts).where(attempts.c.delivery_id == id).order_by(attempts.c.id)
    kept = tuple(
        Attempt(
            asked=item.asked,
            at=item.at,
            seconds=item.seconds,
            verdict=item.verdict,
            detail=item.detail,
        )
        for item in conn.execute(query)
    )
    return Shown(entry=entry_of(row), writes=writes_of(conn, id), attempts=kept)


def edit(
    conn: Connection, id: int, plan: Mapping[str, Planned], now: datetime, by: str
) -> Entry | None:
    """Put these commands, by their keys, in place of those that are planned. Who changed what, and
    when, is kept as an attempt. Raises CannotEdit where it is too late."""
    shown = show(conn, id)
    if shown is None:
        return None
    if shown.entry.state is EntryState.DONE:
        raise CannotEdit("what is done cannot be edited: correct it in the CRM")
    if shown.entry.state not in _AT_REST:
        raise CannotEdit(f"it is {shown.entry.state} just now; try again")
    for write in shown.writes:
        after = plan.get(write.planned.key)
        if after is None or not (told := difference(write.planned, after)):
            continue
        if write.state not in (WriteState.PLANNED, WriteState.PARKED):
            raise CannotEdit(f"{write.planned.key} was sent: correct it in the CRM")
        values = {"planned": after.to_json(), "edited_at": now}
        mine = commands.c.key == write.planned.key
        conn.execute(commands.update().where(mine).values(values))
        _by_hand(conn, id, f"edit {write.planned.key}", "edited", now, f"{by}: {told}")
    return shown.entry


def _by_hand(
    conn: Connection, id: int, asked: str, verdict: str, now: datetime, detail: str
) -> None:
    attempt = Attempt(asked=asked, at=now, seconds=0.0, verdict=verdict, detail=detail)
    add_attempt(conn, id, attempt)


def retry(
    conn: Connection, id: int, now: datetime, by: str, *, absent: bool, made: Mapping[str, str]
) -> Entry | None:
    """Deliver it again now. `absent`: a person looked, and what was sent is not in the CRM;
    `made`: key → id of what a person found there. Raises CannotRetry for a key whose fate is known,
    or of no write of its own; IllegalMove where it cannot be."""
    shown = show(conn, id)
    if shown is None:
        return None
    _check_made(shown, made)
    for write in shown.writes:
        _correct(conn, write, now, absent=absent, made=made.get(write.planned.key))
    state = moved(ENTRY_MOVES, shown.entry.state, EntryMove.RETRY)
    conn.execute(
        deliveries.update()
        .where(deliveries.c.id == id)
        .values(state=state, due_at=now, failures=0, failing_since=None, reason=None, detail="")
    )
    conn.execute(holds.delete().where(holds.c.destination == shown.entry.destination))
    _by_hand(conn, id, "retry", "retried", now, by)
    return shown.entry


def _check_made(shown: Shown, made: Mapping[str, str]) -> None:
    states = {write.planned.key: write.state for write in shown.writes}
    for key in made:
        if states.get(key) is not WriteState.SENT:
            asked = [each for each, state in states.items() if state is WriteState.SENT]
            known = ", ".join(asked) or "none, for nobody doubts what became of its writes"
            raise CannotRetry(f"{key} is no key that it asks about; those are: {known}")


def drop(conn: Connection, id: int, now: datetime, by: str) -> Entry | None:
    """A person decides that it need not be delivered; the call's recordings go with the call."""
    shown = show(conn, id)
    if shown is None:
        return None
    _drop(conn, shown.entry, now)
    _by_hand(conn, id, "drop", "dropped", now, by)
    if shown.entry.subject == THE_CALL:
        waiting = (EntryState.HELD_BACK,)
        for entry in find(conn, waiting, shown.entry.destination, shown.entry.call_id, 1000):
            _drop(conn, entry, now)
    return shown.entry


def _drop(conn: Connection, entry: Entry, now: datetime) -> None:
    state = moved(ENTRY_MOVES, entry.state, EntryMove.DROP)
    conn.execute(
        deliveries.update().where(deliveries.c.id == entry.id).values(state=state, settled_at=now)
    )


def _correct(
    conn: Connection, write: Write, now: datetime, *, absent: bool, made: str | None
) -> None:
    key = write.planned.key
    if write.state is WriteState.PARKED:
        _set(conn, key, moved(WRITE_MOVES, write.state, WriteMove.RETRY))
    elif write.state is WriteState.SENT and made:
        state = moved(WRITE_MOVES, write.state, WriteMove.ACCEPT)
        conn.execute(
            commands.update()
            .where(commands.c.key == key)
            .values(state=state, result=made, settled_at=now)
        )
        free(conn, key, now)
    elif write.state is WriteState.SENT and absent:
        _set(conn, key, moved(WRITE_MOVES, write.state, WriteMove.UNDO))


def _set(conn: Connection, key: str, state: WriteState) -> None:
    conn.execute(commands.update().where(commands.c.key == key).values(state=state))
