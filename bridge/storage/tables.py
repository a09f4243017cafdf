"""The tables, as the newest migration leaves them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from bridge.outbox.states import EntryState

metadata: Final = MetaData()
_UNKEPT: Final = re.compile(r"[\x00\ud800-\udfff]")


class Words(TypeDecorator[str]):
    """A text, whoever wrote it: what no database keeps (NUL, half of a surrogate pair) becomes the
    mark for what cannot be shown, so that it costs nobody a call."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return _UNKEPT.sub("\ufffd", value) if value else value


class Instant(TypeDecorator[datetime]):
    """An aware moment, kept as seconds since 1970 so that every database orders it alike."""

    impl = Float(53)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


calls: Final = Table(
    "calls",
    metadata,
    Column("call_id", Words, primary_key=True),
    Column("pbx", Words, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("direction", Words, nullable=False),
    Column("client_number", Words),
    Column("did", Words),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("disposition", Words),
    Column("responsible", Words),
    Column("needs_review", Boolean, nullable=False),
    Column("record", JSON, nullable=False),
    Index("calls_by_start", "started_at"),
    Index("calls_by_client", "client_number", "started_at"),
    Index("calls_by_responsible", "responsible", "started_at"),
    Index(
        "calls_to_review",
        "started_at",
        sqlite_where=text("needs_review = 1"),
        postgresql_where=text("needs_review"),
    ),
)

applications: Final = Table(
    "applications",
    metadata,
    Column("about", Words, primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("application", JSON, nullable=False),
    Index("applications_by_time", "received_at"),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("destination", Words, nullable=False),
    Column("call_id", Words, nullable=False),  # of a call, or what an application is named by
    Column("subject", Words, nullable=False),
    Column("order_key", Words, nullable=False),
    Column("needs", Words),
    Column("state", Words, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_owner", Words),
    Column("lease_until", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", Instant),
    Column("reason", Words),
    Column("detail", Words, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("destination", "call_id", "subject"),
    Index("deliveries_by_due", "destination", "state", "due_at"),
    Index("deliveries_by_order", "destination", "order_key", "state", "id"),
    Index("deliveries_by_call", "call_id"),
    Index("deliveries_by_need", "needs"),
    Index("deliveries_by_settled", "settled_at"),
    sqlite_autoincrement=True,
)

commands: Final = Table(
    "commands",
    metadata,
    Column("key", Words, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("planned", JSON, nullable=False),
    Column("state", Words, nullable=False),
    Column("result", Words),
    Column("sent_at", Instant),
    Column("settled_at", Instant),
    Column("edited_at", Instant),
    Index("commands_by_delivery", "delivery_id", "position"),
)

attempts: Final = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("asked", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("verdict", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Index("attempts_by_delivery", "delivery_id", "id"),
)

holds: Final = Table(
    "holds",
    metadata,
    Column("destination", Words, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("detail", Words, nullable=False),
)

recordings: Final = Table(
    "recordings",
    metadata,
    Column("call_id", Words, ForeignKey("calls.call_id"), primary_key=True),
    Column("recording", Words, primary_key=True),
    Column("state", Words, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("detail", Words, nullable=False, server_default=""),
    Column("erased_at", Instant),
    Index("recordings_by_state", "state", "changed_at"),
)

transcriptions: Final = Table(
    "transcriptions",
    metadata,
    Column("call_id", Words, ForeignKey("calls.call_id"), primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("lines", JSON, nullable=False),
)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("subject", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("since", Instant, nullable=False),
    Column("what", Words, nullable=False),
    Column("act", Words, nullable=False),
    Column("told_at", Instant),
    Column("good_since", Instant),
    Column("acknowledged_by", Words, nullable=False),
    Column("closed_at", Instant),
    Index("incidents_by_state", "state"),
    sqlite_autoincrement=True,
)

announcements: Final = Table(
    "announcements",
    metadata,
    Column("destination", Words, primary_key=True),
    Column("call_id", Words, primary_key=True),
    Column("key", Words, nullable=False),
    Column("call", JSON(none_as_null=True)),
    Column("handle", Words),
    Column("announced_at", Instant, nullable=False),
    Index("announcements_by_time", "announced_at"),
)

call_requests: Final = Table(
    "call_requests",
    metadata,
    Column("destination", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("order_id", Words, nullable=False),
    Column("client", Words, nullable=False),
    Column("handle", Words),
    Column("taken_at", Instant, nullable=False),
    Index("call_requests_by_time", "taken_at"),
)

callbacks: Final = Table(
    "callbacks",
    metadata,
    Column("destination", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("number", Words, nullable=False),
    Column("request", JSON, nullable=False),
    Column("state", Words, nullable=False),
    Column("why", Words),  # it came to nothing, and whoever asked is to be told
    Column("asked_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("callbacks_by_state", "state"),
    Index("callbacks_by_number", "destination", "number", "asked_at"),
)

messages: Final = Table(
    "messages",
    metadata,
    Column("channel", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("message", JSON, nullable=False),
    Column("told_at", Instant, nullable=False),
)


def unplaced() -> ColumnElement[bool]:
    """Of a delivery of a recording: the CRM has no place for it, and the detail says why."""
    return (deliveries.c.state == EntryState.DONE) & (deliveries.c.detail != "")


def insert(conn: Connection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_…`, in the dialect of this connection."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def insert_new(conn: Connection, table: Table) -> Any:
    """An INSERT of a row that is not there yet; its `rowcount` is 0 where it was. Made once for
    each table: making a statement costs more than running it."""
    return _insert_new(conn.dialect.name, table)


@cache
def _insert_new(dialect: str, table: Table) -> Any:
    found = postgresql if dialect == "postgresql" else sqlite
    return found.insert(table).on_conflict_do_nothing()
