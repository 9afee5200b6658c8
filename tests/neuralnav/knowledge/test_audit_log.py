"""The audit log only grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.audit_log import AuditEntry, entries, record
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database

pytestmark = pytest.mark.database


async def add(database: Database, **line: Any) -> AuditEntry:
    async with pooled(database.pool) as connection:
        return await record(connection, **line)


async def test_lines_come_back_newest_first(database: Database) -> None:
    first = await add(database, who="ada", what="approved", subject="ns/chatbot", detail={"hash": "00", "n": 1})
    second = await add(database, who="ada", what="wrote", subject="ns/chatbot", detail={})
    await add(database, who="grace", what="approved", subject="ns/other", detail={})
    assert await entries(database.pool, subject="ns/chatbot") == (second, first)
    assert await entries(database.pool, subject="ns/chatbot", before=second.id) == (first,)
    assert [entry.who for entry in await entries(database.pool, limit=2)] == ["grace", "ada"]
    assert (first.who, first.what, first.detail) == ("ada", "approved", {"hash": "00", "n": 1})
    assert abs(first.at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_log SET who = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log"],
)
async def test_lines_cannot_be_changed_or_removed(database: Database, statement: str) -> None:
    line = await add(database, who="ada", what="approved", subject="ns/chatbot", detail={})
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.RaiseError, match="audit_log is append-only"):
            await connection.execute(statement)
    assert await entries(database.pool) == (line,)


@pytest.mark.parametrize("who", ["", "x" * 201])
async def test_line_without_a_usable_name_is_refused(database: Database, who: str) -> None:
    with pytest.raises(InvalidInputError, match="refuses a value"):
        await add(database, who=who, what="approved", subject="ns/chatbot", detail={})
    assert await entries(database.pool) == ()
