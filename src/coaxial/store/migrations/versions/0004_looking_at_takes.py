"""What tells of a recording whether it is cut off, and of a prompt how much it makes a voice say."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # Not known of what is there already: phonemes are counted when they are first asked for.
    op.add_column("prompts", sa.Column("phonemes", sa.Integer(), nullable=True))
    op.create_index("ix_prompts_phonemes", "prompts", ["phonemes"])
    op.add_column("recordings", sa.Column("begins", sa.Double(), nullable=True))
    op.add_column("recordings", sa.Column("ends", sa.Double(), nullable=True))
