"""Callback forms: kept until their client was called, or whoever asked was told why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, select

from bridge.dialout.ports import Form, FormState
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.storage.tables import call_requests, callbacks, insert_new

# One form may come by two ways, seconds apart and under two ids.
SAME: Final = timedelta(seconds=30)
# Longer than a form is worth anything, or told: no destination of ours asks for what is older.
KEPT: Final = timedelta(days=2)
_REQUEST: Final[TypeAdapter[CallRequest]] = TypeAdapter(CallRequest)
_OVER: Final = callbacks.c.state == FormState.OVER


def keep(conn: Connection, destination: str, request: CallRequest, now: datetime) -> bool:
    """False: it is kept already, or was called, or is one with another form of this number."""
    conn.execute(callbacks.delete().where(callbacks.c.changed_at < now - KEPT))
    if _is_known(conn, destination, request):
        return False
    row = {
        "destination": destination,
        "id": request.id,
        "number": request.number,
        "request": _REQUEST.dump_python(request, mode="json"),
        "state": FormState.WAITING,
        "asked_at": request.asked_at,
        "changed_at": now,
    }
    return bool(conn.execute(insert_new(conn, callbacks), row).rowcount)


def _is_known(conn: Connection, destination: str, request: CallRequest) -> bool:
    called = and_(call_requests.c.destination == destination, call_requests.c.id == request.id)
    same = and_(
        callbacks.c.destination == destination,
        callbacks.c.number == request.number,
        callbacks.c.asked_at.between(request.asked_at - SAME, request.asked_at + SAME),
    )
    found = (select(call_requests.c.id).where(called), select(callbacks.c.id).where(same))
    return any(conn.execute(query.limit(1)).first() for query in found)


def unfinished(conn: Connection, limit: int) -> list[Form]:
    """The oldest first."""
    query = select(callbacks).where(~_OVER).order_by(callbacks.c.asked_at).limit(limit)
    return [_form(row) for row in conn.execute(query)]


def move(
    conn: Connection,
    destination: str,
    id: str,
    state: FormState,
    now: datetime,
    why: Unfulfilled | None = None,
) -> None:
    """One that is over stays so."""
    mine = and_(callbacks.c.destination == destination, callbacks.c.id == id)
    changed = {"state": state, "why": why, "changed_at": now}
    conn.execute(callbacks.update().where(mine, ~_OVER).values(changed))


def put_back(conn: Connection, destination: str, id: str, now: datetime) -> None:
    """It was not dialled for sure, so that it may be."""
    mine = and_(call_requests.c.destination == destination, call_requests.c.id == id)
    conn.execute(call_requests.delete().where(mine))
    move(conn, destination, id, FormState.WAITING, now)


def _form(row: Row[Any]) -> Form:
    return Form(
        destination=row.destination,
        request=_REQUEST.validate_python(row.request),
        state=FormState(row.state),
        changed_at=row.changed_at,
        why=Unfulfilled(row.why) if row.why else None,
    )
