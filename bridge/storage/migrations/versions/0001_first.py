"""First schema: calls, deliveries with commands and attempts, holds, recordings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _calls()
    _deliveries()
    _commands()
    _small()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String, primary_key=True),
        sa.Column("pbx", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("client_number", sa.String),
        sa.Column("did", sa.String),
        sa.Column("started_at", sa.Float(53)),
        sa.Column("ended_at", sa.Float(53)),
        sa.Column("disposition", sa.String),
        sa.Column("responsible", sa.String),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
    )
    op.create_index("calls_by_start", "calls", ["started_at"])
    op.create_index("calls_by_client", "calls", ["client_number", "started_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("call_id", sa.String, sa.ForeignKey("calls.call_id"), nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("order_key", sa.String, nullable=False),
        sa.Column("needs", sa.String),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("due_at", sa.Float(53), nullable=False),
        sa.Column("lease_owner", sa.String),
        sa.Column("lease_until", sa.Float(53)),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", sa.Float(53)),
        sa.Column("reason", sa.String),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("settled_at", sa.Float(53)),
        sa.UniqueConstraint("destination", "call_id", "subject"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_by_due", "deliveries", ["destination", "state", "due_at"])
    op.create_index("deliveries_by_order", "deliveries", ["destination", "order_key", "id"])
    op.create_index("deliveries_by_call", "deliveries", ["call_id"])
    op.create_index("deliveries_by_need", "deliveries", ["needs"])


def _commands() -> None:
    delivery = sa.ForeignKey("deliveries.id")
    op.create_table(
        "commands",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("delivery_id", sa.Integer, delivery, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("planned", sa.JSON, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("result", sa.String),
        sa.Column("sent_at", sa.Float(53)),
        sa.Column("settled_at", sa.Float(53)),
    )
    op.create_index("commands_by_delivery", "commands", ["delivery_id", "position"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", sa.Integer, sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("asked", sa.String, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("attempts_by_delivery", "attempts", ["delivery_id", "id"])


def _small() -> None:
    op.create_table(
        "holds",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "recordings",
        sa.Column("call_id", sa.String, sa.ForeignKey("calls.call_id"), primary_key=True),
        sa.Column("recording", sa.String, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("changed_at", sa.Float(53), nullable=False),
    )
    op.create_index("recordings_by_state", "recordings", ["state", "changed_at"])
