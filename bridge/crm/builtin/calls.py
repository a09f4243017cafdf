"""The call list: calls, their entities and recordings, and what is announced while it rings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from bridge.crm.builtin import tables as t
from bridge.crm.builtin.fields import Refusal, existing
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import LiveCall
from bridge.domain.record import CallRecord, Recording, stamp

_LOG: Final = t.put(t.CALLS, "call_id").returning(t.CALLS.c.id)
_SHOW_ON: Final = insert(t.CALL_ENTITIES).on_conflict_do_nothing()
_ATTACH: Final = t.put(t.RECORDINGS, "call", "recording").returning(t.RECORDINGS.c.id)
_ANNOUNCE: Final = insert(t.ANNOUNCEMENTS).on_conflict_do_nothing()
_CARD: Final = select(t.ANNOUNCEMENTS.c.id).where(t.ANNOUNCEMENTS.c.call_id == bindparam("of"))
_SHOW: Final = insert(t.SHOWN_TO).on_conflict_do_nothing()
_HIDE: Final = delete(t.SHOWN_TO).where(
    t.SHOWN_TO.c.announcement == bindparam("of"),
    t.SHOWN_TO.c.user.in_(bindparam("users", expanding=True)),
)
_CLOSE: Final = delete(t.SHOWN_TO).where(t.SHOWN_TO.c.announcement.in_(_CARD))


def log_call(
    connection: Connection,
    record: CallRecord,
    user: str | None,
    entities: tuple[EntityRef, ...],
    now: str,
) -> str:
    """The call's id in the list; logging a call again completes its one row."""
    if user is not None:
        existing(connection, t.USERS, user, "user")
    values = {
        "call_id": record.call_id,
        "direction": record.direction.value,
        "disposition": record.disposition.value if record.disposition else None,
        "phone": record.client.number or record.client.raw,
        "name": record.client.name,
        "did": record.did,
        "user": user,
        "started_at": stamp(record.started_at) if record.started_at else None,
        "talk_seconds": record.talk_seconds,
        "record": record.to_json(),
        "logged_at": now,
    }
    call = connection.execute(_LOG, values).scalar_one()
    for entity in entities:
        _show_on(connection, call, entity)
    connection.execute(_CLOSE, {"of": record.call_id})
    return str(call)


def attach_call(connection: Connection, call: str, entity: EntityRef) -> str:
    """Show the call on the entity; what is returned names the link."""
    _show_on(connection, existing(connection, t.CALLS, call, "call"), entity)
    return f"{call}/{entity.kind.value}/{entity.id}"


def _show_on(connection: Connection, call: int, entity: EntityRef) -> None:
    kind = entity.kind.value
    id = existing(connection, t.ENTITIES[entity.kind], entity.id, kind)
    connection.execute(_SHOW_ON, {"call": call, "kind": kind, "entity": id})


def attach_recording(
    connection: Connection, call: str, recording: Recording, file: Path | str, now: str
) -> str:
    """Keep where the recording lies (a file of ours, or an address), once for each recording."""
    listed = existing(connection, t.CALLS, call, "call")
    if isinstance(file, Path) and not file.is_file():
        raise Refusal(f"there is no file of recording {recording.id}")
    values = {
        "call": listed,
        "recording": recording.id,
        "location": str(file),
        "attached_at": now,
    }
    return str(connection.execute(_ATTACH, values).scalar_one())


def rate_call(connection: Connection, call: str, rating: int) -> str:
    """The record of the call has this rating from now."""
    mine = t.CALLS.c.id == existing(connection, t.CALLS, call, "call")
    record = connection.scalars(select(t.CALLS.c.record).where(mine)).one()
    connection.execute(update(t.CALLS).where(mine).values(record={**record, "rating": rating}))
    return f"{call}/rating"


def entities_of(connection: Connection, call: str) -> list[EntityRef]:
    """Where the call is shown."""
    rows = connection.execute(
        select(t.CALL_ENTITIES.c.kind, t.CALL_ENTITIES.c.entity)
        .where(t.CALL_ENTITIES.c.call == call)
        .order_by(t.CALL_ENTITIES.c.kind, t.CALL_ENTITIES.c.entity)
    )
    return [EntityRef(EntityKind(row.kind), str(row.entity)) for row in rows]


def announce(connection: Connection, call: LiveCall, now: str) -> str:
    """The handle of the card of a call that rings; announcing it again gives the same."""
    values = {
        "call_id": call.call_id,
        "direction": call.direction.value,
        "phone": call.client.number or call.client.raw,
        "name": call.client.name,
        "did": call.did,
        "announced_at": now,
    }
    connection.execute(_ANNOUNCE, values)
    handle = str(connection.execute(_CARD, {"of": call.call_id}).scalar_one())
    if call.user is not None:
        show(connection, handle, (call.user,))
    return handle


def show(connection: Connection, handle: str, users: tuple[str, ...]) -> str:
    """Open the card at these users too."""
    card = existing(connection, t.ANNOUNCEMENTS, handle, "announced call")
    for user in users:
        row = {"announcement": card, "user": existing(connection, t.USERS, user, "user")}
        connection.execute(_SHOW, row)
    return handle


def hide(connection: Connection, handle: str, users: tuple[str, ...]) -> str:
    """Close the card at these users."""
    card = existing(connection, t.ANNOUNCEMENTS, handle, "announced call")
    connection.execute(_HIDE, {"of": card, "users": users})
    return handle
