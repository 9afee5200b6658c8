"""What planning reads: architectures, catalogue, GPUs, prices, use cases, quality scores, and their seeds."""

from __future__ import annotations

from pathlib import Path

from neuralnav.knowledge.migrations import forward_only, run_sql_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    forward_only()
