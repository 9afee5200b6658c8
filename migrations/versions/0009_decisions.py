"""Deployments that end, and how conversations came to their decisions."""

from __future__ import annotations

from pathlib import Path

from neuralnav.knowledge.migrations import forward_only, run_sql_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    forward_only()
