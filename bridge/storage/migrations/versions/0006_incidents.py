"""Incidents: what was told to people, and who knows of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_incidents"
down_revision = "0005_recording_details"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("told_at", sa.Float(53)),
        sa.Column("good_since", sa.Float(53)),
        sa.Column("acknowledged_by", sa.String, nullable=False),
        sa.Column("closed_at", sa.Float(53)),
        sqlite_autoincrement=True,
    )
    op.create_index("incidents_by_state", "incidents", ["state"])
