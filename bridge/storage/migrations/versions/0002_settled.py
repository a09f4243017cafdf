"""What was settled long ago is found without looking at everything."""

from __future__ import annotations

from alembic import op

revision = "0002_settled"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("deliveries_by_settled", "deliveries", ["settled_at"])
