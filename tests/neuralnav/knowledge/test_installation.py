"""Every database is an installation of its own, and says so for as long as it lives."""

from __future__ import annotations

import re

import asyncpg
import pytest
from pydantic import SecretStr

from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.installation import installation_id
from neuralnav.knowledge.migrations import migrate
from neuralnav.settings import Settings

pytestmark = pytest.mark.database


async def test_two_databases_are_two_installations_and_migrating_again_changes_neither(
    database: Database, empty_database_url: str
) -> None:
    first = await installation_id(database.pool)
    assert re.fullmatch("[0-9a-f]{12}", first)
    await migrate(empty_database_url)
    async with Database.open(Settings(database_url=SecretStr(empty_database_url)), prepare=False) as other:
        second = await installation_id(other.pool)
        assert second != first
        assert await migrate(empty_database_url) == []
        assert await installation_id(other.pool) == second


async def test_a_database_has_one_identity_and_no_other_kind(database: Database) -> None:
    for statement in (
        "INSERT INTO installation (id) VALUES ('000000000000')",
        "INSERT INTO installation (only_row, id) VALUES (false, '000000000000')",
        "UPDATE installation SET id = 'another, longer'",
        "UPDATE installation SET id = NULL",
    ):
        async with pooled(database.pool) as connection:
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="installation"):
                await connection.execute(statement)
