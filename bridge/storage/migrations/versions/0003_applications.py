"""Applications; an entry of the outbox may be about one, and no longer only about a call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_applications"
down_revision = "0002_settled"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("about", sa.String, primary_key=True),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("application", sa.JSON, nullable=False),
    )
    op.create_index("applications_by_time", "applications", ["received_at"])
    names = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}
    autoincrement = {"sqlite_autoincrement": True}
    with op.batch_alter_table(
        "deliveries", naming_convention=names, table_kwargs=autoincrement
    ) as deliveries:
        deliveries.drop_constraint("deliveries_call_id_fkey", type_="foreignkey")
