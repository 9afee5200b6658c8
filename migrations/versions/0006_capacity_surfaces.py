"""Simulated capacity by configuration and shape of requests."""

from __future__ import annotations

from pathlib import Path

from neuralnav.knowledge.migrations import forward_only, run_sql_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    forward_only()
