"""Applications as they came, each stored with its entries for each destination at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bridge.domain.application import Application
from bridge.outbox.entries import entry_for
from bridge.storage.calls import put_entry
from bridge.storage.tables import applications, insert_new

_ONE: Final = select(applications.c.application).where(applications.c.about == bindparam("about"))


def put(
    conn: Connection, application: Application, destinations: Iterable[str], now: datetime
) -> bool:
    """Store it and what must be delivered of it, once: an id that is known changes nothing and
    returns False."""
    row = {
        "about": application.about,
        "received_at": application.received_at,
        "application": application.to_json(),
    }
    if not conn.execute(insert_new(conn, applications), row).rowcount:
        return False
    for destination in destinations:
        put_entry(conn, entry_for(application, destination), now)
    return True


def get(conn: Connection, about: str) -> Application | None:
    """The application of this name in the outbox; None when it never came."""
    data = conn.scalar(_ONE, {"about": about})
    return None if data is None else Application.from_json(data)
