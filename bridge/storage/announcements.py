"""What was announced to each CRM: kept before it is sent, completed by the handle it gets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, select

from bridge.domain.ports import Announced, LiveCall
from bridge.storage.tables import announcements, insert_new

_CALL: Final[TypeAdapter[LiveCall]] = TypeAdapter(LiveCall)
_FIND: Final = select(announcements).where(
    announcements.c.destination == bindparam("to"),
    announcements.c.call_id.in_(bindparam("calls", expanding=True)),
)
_ANSWER: Final = announcements.update().where(
    announcements.c.destination == bindparam("to"), announcements.c.call_id == bindparam("of")
)


def keep(
    conn: Connection, destination: str, call_id: str, announced: Announced, now: datetime
) -> bool:
    """False: there is one already, and it stands as it was."""
    row: dict[str, Any] = {
        "destination": destination,
        "call_id": call_id,
        "key": announced.key,
        "call": _CALL.dump_python(announced.call, mode="json") if announced.call else None,
        "handle": announced.handle,
        "announced_at": now,
    }
    return bool(conn.execute(insert_new(conn, announcements), row).rowcount)


def answer(conn: Connection, destination: str, call_id: str, handle: str) -> None:
    """Complete what was kept by the handle that the CRM gave."""
    conn.execute(_ANSWER, {"to": destination, "of": call_id, "handle": handle})


def find(conn: Connection, destination: str, calls: list[str]) -> dict[str, Announced]:
    """By call; those that were not announced are missing."""
    rows = conn.execute(_FIND, {"to": destination, "calls": calls})
    return {row.call_id: _announced(row) for row in rows}


def _announced(row: Row[Any]) -> Announced:
    call = _CALL.validate_python(row.call) if row.call else None
    return Announced(key=row.key, call=call, handle=row.handle)
