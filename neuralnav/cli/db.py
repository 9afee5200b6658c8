"""``neuralnav db``: the knowledge base's schema and contents."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from neuralnav.cli.output import print_json
from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.migrations import MigrationStatus, migration_status, wipe
from neuralnav.knowledge.reference import count_rows
from neuralnav.settings import get_settings


def upgrade(*, as_json: bool) -> int:
    """Apply what is missing, and say what that was."""
    before, rows = asyncio.run(_prepare())
    if as_json:
        print_json({"applied": list(before.pending), "rows": rows})
    else:
        applied = ", ".join(before.pending) or "nothing, it was current"
        sys.stdout.write(f"Applied: {applied}\n{_listed(rows)}")
    return 0


def status(*, as_json: bool) -> int:
    """Say where the database stands; 1 when migrations are missing."""
    found, rows = asyncio.run(_look())
    if as_json:
        print_json({"current": found.current, "pending": list(found.pending), "rows": rows})
    else:
        pending = ", ".join(found.pending) or "none"
        sys.stdout.write(f"Schema: {found.current or 'none'}; pending: {pending}\n{_listed(rows)}")
    return 0 if found.is_current else 1


def reset(*, confirmed: bool, as_json: bool) -> int:
    """Delete everything and upgrade; asks unless ``confirmed``."""
    if not confirmed and not _agreed():
        raise InvalidInputError("Nothing was deleted. Say 'delete everything' when asked, or give --yes.")
    asyncio.run(_wipe())
    return upgrade(as_json=as_json)


def _agreed() -> bool:
    sys.stderr.write(
        "This deletes every conversation, deployment record and edited figure in the database.\n"
        "Type 'delete everything' to go on: "
    )
    sys.stderr.flush()
    return sys.stdin.readline(100).strip().lower() == "delete everything"


async def _prepare() -> tuple[MigrationStatus, dict[str, int]]:
    async with Database.open(get_settings(), prepare=False) as database:
        before = await migration_status(database.url)
        await database.prepare()
        return before, await count_rows(database.pool)


async def _look() -> tuple[MigrationStatus, dict[str, int]]:
    async with Database.open(get_settings(), prepare=False) as database:
        found = await migration_status(database.url)
        return found, await count_rows(database.pool) if found.is_current else {}


async def _wipe() -> None:
    async with Database.open(get_settings(), prepare=False) as database:
        await wipe(database.url)


def _listed(rows: dict[str, Any]) -> str:
    return "".join(f"{count:>8,}  {table}\n" for table, count in rows.items())
