"""Calls that people asked for: each is dialled once, even if it is asked for twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_call_requests"
down_revision = "0007_announcements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_requests",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("order_id", sa.String, nullable=False),
        sa.Column("client", sa.String, nullable=False),
        sa.Column("handle", sa.String),
        sa.Column("taken_at", sa.Float(53), nullable=False),
    )
    op.create_index("call_requests_by_time", "call_requests", ["taken_at"])
