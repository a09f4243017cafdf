"""A planned command that a person has changed is not planned anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_edited"
down_revision = "0003_applications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commands", sa.Column("edited_at", sa.Float(53)))
