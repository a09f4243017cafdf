"""The journal of calls in progress: opaque text for each call, written by the tracker's owner."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bridge.storage.tables import insert
from bridge.storage.tables import journal as table

_DROP: Final = table.delete().where(
    table.c.pbx == bindparam("its_pbx"), table.c.call_id == bindparam("its_call")
)


def put(conn: Connection, pbx: str, call_id: str, blob: str) -> None:
    told = insert(conn, table).values(pbx=pbx, call_id=call_id, blob=blob)
    conn.execute(told.on_conflict_do_update(index_elements=["pbx", "call_id"], set_={"blob": blob}))


def take(conn: Connection, pbx: str) -> dict[str, str]:
    query = select(table.c.call_id, table.c.blob).where(table.c.pbx == pbx)
    return {row.call_id: row.blob for row in conn.execute(query.order_by(table.c.call_id))}


def drop(conn: Connection, pbx: str, call_ids: Iterable[str]) -> None:
    for call_id in call_ids:
        conn.execute(_DROP, {"its_pbx": pbx, "its_call": call_id})
