"""Measured benchmarks, with where each comes from."""

from __future__ import annotations

from pathlib import Path

from neuralnav.knowledge.migrations import forward_only, run_sql_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    forward_only()
