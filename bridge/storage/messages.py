"""Messages that a channel has yet to say: quiet hours, a server that is away, a busy hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, select

from bridge.domain.messages import Message, Unsaid
from bridge.storage.tables import insert_new, messages

KEPT: Final = timedelta(days=7)  # a channel that is configured no more says nothing
_MESSAGE: Final[TypeAdapter[Message]] = TypeAdapter(Message)


def keep(conn: Connection, told: Sequence[Unsaid]) -> None:
    """Store what is yet to be said, once, and forget what nobody has said in a week."""
    for position, each in enumerate(told):
        conn.execute(messages.delete().where(messages.c.told_at < each.told_at - KEPT))
        row = {
            "channel": each.channel,
            "id": each.message.id,
            "position": position,
            "message": _MESSAGE.dump_python(each.message, mode="json"),
            "told_at": each.told_at,
        }
        conn.execute(insert_new(conn, messages), row)


def unsaid(conn: Connection, channel: str) -> list[Message]:
    """In the order in which they were to be told."""
    query = select(messages.c.message).where(messages.c.channel == channel)
    rows = conn.scalars(query.order_by(messages.c.told_at, messages.c.position))
    return [_MESSAGE.validate_python(row) for row in rows]


def said(conn: Connection, channel: str, ids: Sequence[str]) -> None:
    """Forget these: they were sent, or given up."""
    mine = and_(messages.c.channel == channel, messages.c.id.in_(ids))
    conn.execute(messages.delete().where(mine))
