"""Outcomes of deployments, and how models are told to answer as they are rated."""

from __future__ import annotations

from pathlib import Path

from neuralnav.knowledge.migrations import forward_only, run_sql_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    forward_only()
