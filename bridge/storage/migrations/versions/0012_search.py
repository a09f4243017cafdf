"""Calls are found by who is responsible, and those that somebody should look at at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_search"
down_revision = "0011_order"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("calls_by_responsible", "calls", ["responsible", "started_at"])
    op.create_index(
        "calls_to_review",
        "calls",
        ["started_at"],
        sqlite_where=sa.text("needs_review = 1"),
        postgresql_where=sa.text("needs_review"),
    )
