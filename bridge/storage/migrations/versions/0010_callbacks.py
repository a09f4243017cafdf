"""Callback forms that wait for a PBX, and messages that wait for their channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_callbacks"
down_revision = "0009_transcriptions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("why", sa.String),
        sa.Column("asked_at", sa.Float(53), nullable=False),
        sa.Column("changed_at", sa.Float(53), nullable=False),
    )
    op.create_index("callbacks_by_state", "callbacks", ["state"])
    op.create_index("callbacks_by_number", "callbacks", ["destination", "number", "asked_at"])
    op.create_table(
        "messages",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("told_at", sa.Float(53), nullable=False),
    )
