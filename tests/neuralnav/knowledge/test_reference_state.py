"""The count of changes: it moves with every collection that planning reads, and with nothing else."""

from __future__ import annotations

import asyncio

import pytest

from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.reference_state import count_changes

pytestmark = pytest.mark.database

READ_BY_PLANNING = (
    "model_architectures",
    "model_catalog",
    "hardware_profiles",
    "cost_data",
    "slo_templates",
    "quality_scores",
    "deployment_templates",
    "model_benchmarks",
)


async def execute(database: Database, statement: str) -> None:
    async with pooled(database.pool) as connection:
        await connection.execute(statement)


@pytest.mark.parametrize("table", READ_BY_PLANNING)
async def test_a_change_of_any_collection_that_planning_reads_is_counted(table: str, database: Database) -> None:
    before = await count_changes(database.pool)
    await execute(database, f"DELETE FROM {table} WHERE false")
    deleted = await count_changes(database.pool)
    assert deleted > before


async def test_what_planning_does_not_read_is_not_counted(database: Database) -> None:
    before = await count_changes(database.pool)
    await execute(database, "DELETE FROM capacity_shapes")
    await execute(database, "INSERT INTO calibrations (edition, document) SELECT edition, document FROM calibrations")
    assert await count_changes(database.pool) == before


async def test_a_change_that_is_taken_back_is_not_counted(database: Database) -> None:
    before = await count_changes(database.pool)
    async with pooled(database.pool) as connection:
        change = connection.transaction()
        await change.start()
        await connection.execute("UPDATE cost_data SET hourly_usd = hourly_usd + 1")
        await change.rollback()
    assert await count_changes(database.pool) == before


async def test_changes_at_the_same_time_are_all_counted(database: Database) -> None:
    before = await count_changes(database.pool)
    await asyncio.gather(*(execute(database, "UPDATE cost_data SET hourly_usd = hourly_usd") for _ in range(6)))
    assert await count_changes(database.pool) == before + 6


async def test_there_is_one_count_and_it_cannot_be_negative(database: Database) -> None:
    for statement in (
        "INSERT INTO reference_state (changes) VALUES (0)",
        "INSERT INTO reference_state (only_row, changes) VALUES (false, 0)",
        "UPDATE reference_state SET changes = -1",
    ):
        with pytest.raises(Exception, match="reference_state"):
            await execute(database, statement)
