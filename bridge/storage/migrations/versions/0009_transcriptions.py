"""What was said in finished calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_transcriptions"
down_revision = "0008_call_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transcriptions",
        sa.Column("call_id", sa.String, sa.ForeignKey("calls.call_id"), primary_key=True),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("lines", sa.JSON, nullable=False),
    )
