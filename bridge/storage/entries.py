"""The outbox's part: what a worker notes of an entry that it has leased, all in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from bridge.domain.commands import Planned
from bridge.outbox.entries import Attempt, Entry, Write, is_recording
from bridge.outbox.ports import Fact, Hold, LeaseLost, Left, NewPlan, Sending, Settled, Tried
from bridge.outbox.retry import Parked
from bridge.outbox.states import (
    ENTRY_MOVES,
    OVER,
    WRITE_MOVES,
    EntryMove,
    EntryState,
    IllegalMove,
    WriteMove,
    WriteState,
    moved,
)
from bridge.rules.case import log_key
from bridge.storage import calls as finished_calls
from bridge.storage.tables import attempts, commands, deliveries, holds, insert, unplaced

_MINE: Final = deliveries.update().where(
    deliveries.c.id == bindparam("entry"),
    deliveries.c.state == EntryState.WORKING,
    deliveries.c.lease_owner == bindparam("worker"),
)
_WRITE: Final = commands.update().where(
    commands.c.key == bindparam("command"), commands.c.state == bindparam("before")
)
_WRITE_STATE: Final = select(commands.c.state).where(commands.c.key == bindparam("command"))
# Every move of a write by a worker begins in one state.
_BEFORE: Final = {move: before for before, move in WRITE_MOVES}
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
    select(deliveries.c.order_key, commands.c.result)
    .join(deliveries, deliveries.c.id == commands.c.delivery_id)
    .where(
        deliveries.c.destination == bindparam("to"),
        deliveries.c.order_key.in_(bindparam("clients", expanding=True)),
        commands.c.key.like(bindparam("made"), escape="\\"),
        commands.c.state == WriteState.DONE,
        commands.c.settled_at >= bindparam("since"),
        commands.c.result.is_not(None),
    )
    .order_by(commands.c.settled_at)
)
_NEW_WRITE: Final = commands.insert()
_NEW_ATTEMPT: Final = attempts.insert()
_OF_RECORDING: Final = (
    select(deliveries.c.id)
    .where(
        deliveries.c.call_id == bindparam("call"),
        deliveries.c.subject == bindparam("recording"),
    )
    .limit(1)
)
_UNFINISHED: Final = _OF_RECORDING.where(deliveries.c.state.not_in(OVER))
_UNPLACED: Final = _OF_RECORDING.where(unplaced())


def writes_of(conn: Connection, entry: int) -> tuple[Write, ...]:
    """The plan of this entry, in its order."""
    return tuple(map(write_of, conn.execute(_WRITES, {"entry": entry})))


def write_of(row: Row[Any]) -> Write:
    """Of a row of `commands`."""
    return Write(
        planned=Planned.from_json(row.planned),
        state=WriteState(row.state),
        result=row.result,
        sent_at=row.sent_at,
        edited=row.edited_at is not None,
    )


def note(
    conn: Connection, entry: Entry, facts: Sequence[Fact], now: datetime, until: datetime | None
) -> None:
    """All of them, in their order. Raises LeaseLost; it does so to the commit then."""
    left = next((fact for fact in facts if isinstance(fact, Left)), None)
    _ours(conn, entry, _leaving(left, now) if left else {"lease_until": until or now})
    for fact in facts:
        match fact:
            case NewPlan(planned, replaces):
                _store_plan(conn, entry, planned, replaces)
            case Sending(key):
                if not _move_write(conn, key, WriteMove.SEND, sent_at=now):
                    raise IllegalMove(f"{key} was sent already, and nobody knows its fate")
            case Tried(attempt, settled):
                if settled and not _settle(conn, entry, settled, attempt.at):
                    return  # a commit of which we were not told: all of this is there already
                add_attempt(conn, entry.id, attempt)
            case Hold(until=end, detail=detail):
                _hold(conn, entry.destination, end, now, detail)
    if left and left.move is EntryMove.FINISH and is_recording(entry.subject):
        _tell_of_recording(conn, entry, left.detail, now)


def _store_plan(
    conn: Connection, entry: Entry, planned: tuple[Planned, ...], replaces: bool
) -> None:
    if replaces:
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


def _settle(conn: Connection, entry: Entry, settled: Settled, at: datetime) -> bool:
    """False: it has been settled so before."""
    values = {"result": settled.result, "settled_at": at}
    new = _move_write(conn, settled.key, settled.move, **values)
    # The call's own id is all that another entry may wait for.
    if settled.move is WriteMove.ACCEPT and settled.key == log_key(
        entry.destination, entry.call_id
    ):
        free(conn, settled.key, at)
    return new


def add_attempt(conn: Connection, entry: int, attempt: Attempt) -> None:
    """Keep one more; none is ever changed."""
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


def _leaving(left: Left, now: datetime) -> dict[str, Any]:
    state = moved(ENTRY_MOVES, EntryState.WORKING, left.move)
    return {
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


def _tell_of_recording(conn: Connection, entry: Entry, words: str, now: datetime) -> None:
    """It is delivered once every destination has it; where one has no place for it, it stays what
    it is and the words say so."""
    of = {"call": entry.call_id, "recording": entry.subject}
    if words:
        told = f"{entry.destination}: {words}"
        finished_calls.tell_of_recording(conn, entry.call_id, entry.subject, told)
    elif conn.scalar(_UNFINISHED, of) is None and conn.scalar(_UNPLACED, of) is None:
        finished_calls.recording_delivered(conn, entry.call_id, entry.subject, now)


def _hold(conn: Connection, destination: str, until: datetime, now: datetime, detail: str) -> None:
    told = insert(conn, holds).values(
        destination=destination, since=now, until=until, detail=detail
    )
    later = {"until": until, "detail": detail}
    conn.execute(told.on_conflict_do_update(index_elements=["destination"], set_=later))


def unhold(conn: Connection, destination: str) -> None:
    """The destination is held no more."""
    conn.execute(holds.delete().where(holds.c.destination == destination))


def recent_leads(
    conn: Connection, destination: str, clients: Collection[str], since: datetime
) -> dict[str, list[str]]:
    """The ids of the leads made since then, by client: by what their entries are ordered by."""
    made = f"{_escaped(destination)}/%/create\\_lead/%"
    of = {"to": destination, "clients": list(clients), "made": made, "since": since}
    found: dict[str, list[str]] = {}
    for client, id in conn.execute(_RECENT_LEADS, of):
        found.setdefault(client, []).append(id)
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def entry_of(row: Row[Any]) -> Entry:
    """Of a row of `deliveries`."""
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


def _ours(conn: Connection, entry: Entry, values: dict[str, Any]) -> None:
    """Set this of the entry. Raises LeaseLost unless this worker holds the lease."""
    of = {"entry": entry.id, "worker": entry.lease_owner}
    if not conn.execute(_MINE, {**of, **values}).rowcount:
        raise LeaseLost(f"entry {entry.id} was taken over")


def _move_write(conn: Connection, key: str, move: WriteMove, **values: Any) -> bool:
    """False: it is there already. Raises IllegalMove."""
    before = _BEFORE[move]
    state = moved(WRITE_MOVES, before, move)
    of = {"command": key, "before": before}
    if conn.execute(_WRITE, {**of, "state": state, **values}).rowcount:
        return True
    now = WriteState(conn.execute(_WRITE_STATE, {"command": key}).scalar_one())
    if now is not state:
        moved(WRITE_MOVES, now, move)
    return False
