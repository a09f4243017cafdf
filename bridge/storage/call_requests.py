"""Calls that people asked for: kept before they are dialled, so that none is dialled twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from bridge.dialout.ports import FormState, Kept
from bridge.domain.call_requests import CallRequest, RequestKind
from bridge.storage import callbacks
from bridge.storage.tables import call_requests, insert_new

# Far longer than anybody waits for a call: what comes after that is too late by itself.
KEPT: Final = timedelta(days=2)


def keep(
    conn: Connection,
    destination: str,
    request: CallRequest,
    order: str,
    client: str,
    now: datetime,
) -> bool:
    """False: the same was asked before. A callback form waits no more."""
    conn.execute(call_requests.delete().where(call_requests.c.taken_at < now - KEPT))
    row = {
        "destination": destination,
        "id": request.id,
        "order_id": order,
        "client": client,
        "handle": request.handle,
        "taken_at": now,
    }
    is_new = bool(conn.execute(insert_new(conn, call_requests), row).rowcount)
    if is_new and request.kind is RequestKind.CALLBACK:
        callbacks.move(conn, destination, request.id, FormState.ORDERED, now)
    return is_new


def since(conn: Connection, moment: datetime) -> list[Kept]:
    """The orders that were made of them, from this moment on."""
    rows = conn.execute(select(call_requests).where(call_requests.c.taken_at >= moment))
    return [
        Kept(
            destination=row.destination,
            id=row.id,
            order=row.order_id,
            client=row.client,
            handle=row.handle,
        )
        for row in rows
        if row.client
    ]
