"""Calls that people asked for: kept before they are dialled, so that none is dialled twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from bridge.dialout.ports import Kept
from bridge.domain.call_requests import CallRequest
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
    """False: the same was asked before."""
    conn.execute(call_requests.delete().where(call_requests.c.taken_at < now - KEPT))
    row = {
        "destination": destination,
        "id": request.id,
        "order_id": order,
        "client": client,
        "handle": request.handle,
        "taken_at": now,
    }
    return bool(conn.execute(insert_new(conn, call_requests), row).rowcount)


def since(conn: Connection, moment: datetime) -> list[Kept]:
    rows = conn.execute(select(call_requests).where(call_requests.c.taken_at >= moment))
    return [
        Kept(destination=row.destination, order=row.order_id, client=row.client, handle=row.handle)
        for row in rows
        if row.client
    ]
