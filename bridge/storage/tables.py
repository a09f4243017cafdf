"""The tables, as the newest migration leaves them."""

from __future__ import annotations

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
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql, sqlite

from bridge.outbox.states import EntryState

metadata: Final = MetaData()


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
    Column("call_id", String, primary_key=True),
    Column("pbx", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("direction", String, nullable=False),
    Column("client_number", String),
    Column("did", String),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("disposition", String),
    Column("responsible", String),
    Column("needs_review", Boolean, nullable=False),
    Column("record", JSON, nullable=False),
    Index("calls_by_start", "started_at"),
    Index("calls_by_client", "client_number", "started_at"),
)

applications: Final = Table(
    "applications",
    metadata,
    Column("about", String, primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("application", JSON, nullable=False),
    Index("applications_by_time", "received_at"),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("destination", String, nullable=False),
    Column("call_id", String, nullable=False),  # of a call, or what an application is named by
    Column("subject", String, nullable=False),
    Column("order_key", String, nullable=False),
    Column("needs", String),
    Column("state", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_owner", String),
    Column("lease_until", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", Instant),
    Column("reason", String),
    Column("detail", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("destination", "call_id", "subject"),
    Index("deliveries_by_due", "destination", "state", "due_at"),
    Index("deliveries_by_order", "destination", "order_key", "id"),
    Index("deliveries_by_call", "call_id"),
    Index("deliveries_by_need", "needs"),
    Index("deliveries_by_settled", "settled_at"),
    sqlite_autoincrement=True,
)

commands: Final = Table(
    "commands",
    metadata,
    Column("key", String, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("planned", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("result", String),
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
    Column("asked", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("verdict", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("attempts_by_delivery", "delivery_id", "id"),
)

holds: Final = Table(
    "holds",
    metadata,
    Column("destination", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("detail", Text, nullable=False),
)

recordings: Final = Table(
    "recordings",
    metadata,
    Column("call_id", String, ForeignKey("calls.call_id"), primary_key=True),
    Column("recording", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("erased_at", Instant),
    Index("recordings_by_state", "state", "changed_at"),
)

transcriptions: Final = Table(
    "transcriptions",
    metadata,
    Column("call_id", String, ForeignKey("calls.call_id"), primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("lines", JSON, nullable=False),
)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("subject", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("what", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("told_at", Instant),
    Column("good_since", Instant),
    Column("acknowledged_by", String, nullable=False),
    Column("closed_at", Instant),
    Index("incidents_by_state", "state"),
    sqlite_autoincrement=True,
)

announcements: Final = Table(
    "announcements",
    metadata,
    Column("destination", String, primary_key=True),
    Column("call_id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("call", JSON(none_as_null=True)),
    Column("handle", String),
    Column("announced_at", Instant, nullable=False),
    Index("announcements_by_time", "announced_at"),
)

call_requests: Final = Table(
    "call_requests",
    metadata,
    Column("destination", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("client", String, nullable=False),
    Column("handle", String),
    Column("taken_at", Instant, nullable=False),
    Index("call_requests_by_time", "taken_at"),
)

callbacks: Final = Table(
    "callbacks",
    metadata,
    Column("destination", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("number", String, nullable=False),
    Column("request", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("why", String),  # it came to nothing, and whoever asked is to be told
    Column("asked_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("callbacks_by_state", "state"),
    Index("callbacks_by_number", "destination", "number", "asked_at"),
)

messages: Final = Table(
    "messages",
    metadata,
    Column("channel", String, primary_key=True),
    Column("id", String, primary_key=True),
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
