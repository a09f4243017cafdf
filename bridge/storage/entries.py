"""The outbox's part: what a worker notes of an entry that it has leased, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from bridge.domain.commands import Planned
from bridge.outbox.entries import THE_CALL, Attempt, Entry, Write
from bridge.outbox.ports import Fact, Hold, LeaseLost, Left, NewPlan, Sending, Settled, Tried
from bridge.outbox.retry import Parked
from bridge.outbox.states import (
    ENTRY_MOVES,
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
_WRITES: Final = (
    select(commands)
    .where(commands.c.delivery_id == bindparam("entry"))
    .order_by(commands.c.position)
)
_UNPLAN: Final = commands.delete().where(
    commands.c.delivery_id == bindparam("entry"), commands.c.state == WriteState.PLANNED
)
_RECENT_LEADS: Final = (
    select(commands.c.result)
    .join(deliveries, deliveries.c.id == commands.c.delivery_id)
    .where(
        deliveries.c.destination == bindparam("to"),
        deliveries.c.order_key == bindparam("client"),
        commands.c.key.like(bindparam("made"), escape="\\"),
        commands.c.state == WriteState.DONE,
        commands.c.settled_at >= bindparam("since"),
        commands.c.result.is_not(None),
    )
    .order_by(commands.c.settled_at)
)
_NEW_WRITE: Final = commands.insert()
_NEW_ATTEMPT: Final = attempts.insert()
_LEADS_TO: Final = {
    move: {after for (_, by), after in WRITE_MOVES.items() if by is move} for move in WriteMove
}
_UNFINISHED: Final = (
    select(deliveries.c.id)
    .where(
        deliveries.c.call_id == bindparam("call"),
        deliveries.c.subject == bindparam("recording"),
        deliveries.c.state.not_in((EntryState.DONE, EntryState.DROPPED)),
    )
    .limit(1)
)


def writes_of(conn: Connection, entry: int) -> tuple[Write, ...]:
    return tuple(map(write_of, conn.execute(_WRITES, {"entry": entry})))


def write_of(row: Row[Any]) -> Write:
    return Write(
        planned=Planned.from_json(row.planned),
        state=WriteState(row.state),
        result=row.result,
        sent_at=row.sent_at,
    )


def note(
    conn: Connection, entry: Entry, facts: Sequence[Fact], now: datetime, until: datetime | None
) -> None:
    """All of them, in their order. Raises LeaseLost; it does so to the commit then."""
    _ours(conn, entry)
    if _told_before(conn, facts):
        return
    for fact in facts:
        match fact:
            case NewPlan(planned):
                _store_plan(conn, entry, planned)
            case Sending(key):
                _move_write(conn, key, WriteMove.SEND, sent_at=now)
                conn.execute(_ENTRY, {"entry": entry.id, "lease_until": until or now})
            case Tried(attempt, settled):
                _settle(conn, entry, attempt, settled)
            case Hold(until=end, detail=detail):
                _hold(conn, entry.destination, end, now, detail)
            case Left() as left:
                _leave(conn, entry, left, now)


def _told_before(conn: Connection, facts: Sequence[Fact]) -> bool:
    """The connection may have been lost after a commit, and all of this is there already."""
    match facts:
        case [Tried(settled=Settled(key=key, move=move)), *_]:
            state = WriteState(conn.execute(_WRITE_STATE, {"command": key}).scalar_one())
            return state is not WriteState.SENT and state in _LEADS_TO[move]
    return False


def _store_plan(conn: Connection, entry: Entry, planned: tuple[Planned, ...]) -> None:
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
        conn.execute(_NEW_WRITE, rows)


def _settle(conn: Connection, entry: Entry, attempt: Attempt, settled: Settled | None) -> None:
    add_attempt(conn, entry.id, attempt)
    if settled:
        values = {"result": settled.result, "settled_at": attempt.at}
        state = _move_write(conn, settled.key, settled.move, **values)
        if state is WriteState.DONE:
            free(conn, settled.key, attempt.at)


def add_attempt(conn: Connection, entry: int, attempt: Attempt) -> None:
    kept = {
        "delivery_id": entry,
        "asked": attempt.asked,
        "at": attempt.at,
        "seconds": attempt.seconds,
        "verdict": attempt.verdict,
        "detail": attempt.detail,
    }
    conn.execute(_NEW_ATTEMPT, kept)


def free(conn: Connection, key: str, now: datetime) -> None:
    """What waited for this result may go."""
    conn.execute(_FREE, {"need": key, "due_at": now})


def _leave(conn: Connection, entry: Entry, left: Left, now: datetime) -> None:
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


def _hold(conn: Connection, destination: str, until: datetime, now: datetime, detail: str) -> None:
    told = insert(conn, holds).values(
        destination=destination, since=now, until=until, detail=detail
    )
    later = {"until": until, "detail": detail}
    conn.execute(told.on_conflict_do_update(index_elements=["destination"], set_=later))


def unhold(conn: Connection, destination: str) -> None:
    conn.execute(holds.delete().where(holds.c.destination == destination))


def recent_leads(conn: Connection, destination: str, client: str, since: datetime) -> list[str]:
    made = f"{_escaped(destination)}/%/create\\_lead/%"
    of = {"to": destination, "client": client, "made": made, "since": since}
    return list(conn.scalars(_RECENT_LEADS, of))


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
    """Raises LeaseLost unless this worker holds the lease."""
    if conn.scalar(_MINE, {"entry": entry.id, "worker": entry.lease_owner}) is None:
        raise LeaseLost(f"entry {entry.id} was taken over")


def _move_write(conn: Connection, key: str, move: WriteMove, **values: Any) -> WriteState:
    before = conn.execute(_WRITE_STATE, {"command": key}).scalar_one()
    state = moved(WRITE_MOVES, WriteState(before), move)
    conn.execute(_WRITE, {"command": key, "state": state, **values})
    return state
