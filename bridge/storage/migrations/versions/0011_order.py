"""A client's calls are found by their state: those that are done are not gone through."""

from __future__ import annotations

from alembic import op

revision = "0011_order"
down_revision = "0010_callbacks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("deliveries_by_order", "deliveries")
    op.create_index(
        "deliveries_by_order", "deliveries", ["destination", "order_key", "state", "id"]
    )
