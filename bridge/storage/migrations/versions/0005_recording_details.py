"""What a person should know of a recording, and when our copy was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_recording_details"
down_revision = "0004_edited"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("detail", sa.Text, nullable=False, server_default=""))
    op.add_column("recordings", sa.Column("erased_at", sa.Float(53)))
