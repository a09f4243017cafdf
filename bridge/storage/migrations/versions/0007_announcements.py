"""What was announced to a CRM while the call rang, and the handle that came back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_announcements"
down_revision = "0006_incidents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("call_id", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("call", sa.JSON),
        sa.Column("handle", sa.String),
        sa.Column("announced_at", sa.Float(53), nullable=False),
    )
    op.create_index("announcements_by_time", "announcements", ["announced_at"])
