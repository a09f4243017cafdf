"""Transcriptions of finished calls, each stored with its entries for each destination at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bridge.domain.transcription import Lines, from_json, to_json
from bridge.outbox.entries import transcription_for
from bridge.storage.calls import destinations_of, put_entry
from bridge.storage.tables import calls, insert_new, transcriptions

_ONE: Final = select(transcriptions.c.lines).where(transcriptions.c.call_id == bindparam("call"))
_CALL: Final = select(calls.c.call_id).where(calls.c.call_id == bindparam("call"))


def put(conn: Connection, call_id: str, lines: Lines, now: datetime) -> Lines | None:
    """Store them and what must be delivered of them, once; what is kept of this call then. None
    when the call is not known."""
    if conn.scalar(_CALL, {"call": call_id}) is None:
        return None
    row = {"call_id": call_id, "received_at": now, "lines": to_json(lines)}
    if conn.execute(insert_new(conn, transcriptions), row).rowcount:
        for destination in destinations_of(conn, call_id):
            put_entry(conn, transcription_for(call_id, destination), now)
    return get(conn, call_id)


def get(conn: Connection, call_id: str) -> Lines:
    """Empty where there is none."""
    return from_json(conn.scalar(_ONE, {"call": call_id}) or [])
