"""Decisions are kept once for each deployment, and only of deployments that are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge import decisions, deployments
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.reference_state import count_changes
from neuralnav.models.deployment import ChangeKind, Decision, Deployment

pytestmark = pytest.mark.database

FIRST_WORD = datetime(2026, 11, 20, 9, 30, 0, 123_456, tzinfo=UTC)


@pytest.fixture
async def deployment(database: Database, new_deployment: Callable[..., Deployment]) -> Deployment:
    """A deployment that is kept."""
    return await kept(database, new_deployment())


@pytest.fixture
async def shared_deployment(shared_database: Database, new_deployment: Callable[..., Deployment]) -> Deployment:
    """One of the test's own, kept in the database that the tests of this module share."""
    return await kept(shared_database, new_deployment())


async def kept(database: Database, made: Deployment) -> Deployment:
    return await deployments.record(database.pool, made, who="ada", what="written", subject="ns/chatbot", detail={})


def decided(deployment_id: UUID, **changes: Any) -> Decision:
    fields: dict[str, Any] = {
        "deployment_id": deployment_id,
        "thread_id": "thread",
        "change": ChangeKind.DEPLOY,
        "option_number": 2,
        "turns": 7,
        "edits": 3,
        "first_word_at": FIRST_WORD,
        "decided_at": FIRST_WORD + timedelta(minutes=12),
    }
    return Decision.model_validate(fields | changes)


async def rows(database: Database) -> int:
    async with pooled(database.pool) as connection:
        kept: int = await connection.fetchval("SELECT count(*) FROM decisions")
    return kept


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"change": ChangeKind.ROLL_BACK, "option_number": None},
        {"change": ChangeKind.RETIRE, "edits": 0, "turns": 1},
        {"decided_at": FIRST_WORD},
    ],
)
async def test_a_decision_comes_back_as_it_was(
    database: Database, deployment: Deployment, changes: dict[str, Any]
) -> None:
    made = decided(deployment.id, **changes)
    assert await decisions.find(database.pool, deployment.id) is None
    assert await decisions.record(database.pool, made) == made
    assert await decisions.find(database.pool, deployment.id) == made


async def test_the_first_decision_of_a_deployment_stays(database: Database, deployment: Deployment) -> None:
    first = await decisions.record(database.pool, decided(deployment.id))
    assert await decisions.record(database.pool, decided(deployment.id, turns=99)) == first
    assert await rows(database) == 1


async def test_decisions_of_the_same_instant_are_one(database: Database, deployment: Deployment) -> None:
    made = [decided(deployment.id, turns=turns) for turns in range(1, 9)]
    kept = await asyncio.gather(*(decisions.record(database.pool, one) for one in made))
    assert len(set(kept)) == 1
    assert await rows(database) == 1


async def test_a_decision_of_a_deployment_that_is_not_kept_is_refused(database: Database) -> None:
    nobody = uuid4()
    with pytest.raises(NotFoundError, match=f"There is no deployment {nobody}"):
        await decisions.record(database.pool, decided(nobody))
    assert await rows(database) == 0


@pytest.mark.parametrize(
    "changes", [{"turns": 2**31}, {"thread_id": " "}, {"thread_id": 201 * "x"}, {"thread_id": "a\0b"}]
)
async def test_what_the_database_cannot_hold_is_refused_and_said(
    database: Database, deployment: Deployment, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError, match="The database"):
        await decisions.record(database.pool, decided(deployment.id, **changes))
    assert await rows(database) == 0


async def test_a_deployment_with_a_decision_cannot_be_deleted(database: Database, deployment: Deployment) -> None:
    await decisions.record(database.pool, decided(deployment.id))
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute("DELETE FROM deployments")


async def test_planning_does_not_read_decisions(database: Database, deployment: Deployment) -> None:
    before = await count_changes(database.pool)
    await decisions.record(database.pool, decided(deployment.id))
    assert await count_changes(database.pool) == before


async def test_row_that_cannot_be_used_is_named(database: Database, deployment: Deployment) -> None:
    await decisions.record(database.pool, decided(deployment.id))
    async with pooled(database.pool) as connection:
        await connection.execute("ALTER TABLE decisions DROP CONSTRAINT decisions_turns_check")
        await connection.execute("UPDATE decisions SET turns = 0")
    with pytest.raises(InvalidInputError, match="table decisions") as caught:
        await decisions.find(database.pool, deployment.id)
    assert caught.value.problems[0].field == "turns"


@pytest.mark.parametrize(
    "change",
    [
        "deployment_id = gen_random_uuid()",
        "deployment_id = NULL",
        "thread_id = ' '",
        "thread_id = repeat('x', 201)",
        "change = 'scale'",
        "change = NULL",
        "option_number = 0",
        "option_number = 100",
        "turns = 0",
        "turns = NULL",
        "edits = -1",
        "first_word_at = decided_at + interval '1 s'",
        "first_word_at = '2019-12-31'",
        "first_word_at = NULL",
        "decided_at = 'infinity'",
        "decided_at = NULL",
    ],
)
async def test_bad_rows_are_impossible(shared_database: Database, shared_deployment: Deployment, change: str) -> None:
    await decisions.record(shared_database.pool, decided(shared_deployment.id))
    async with shared_database.pool.acquire() as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(f"UPDATE decisions SET {change} WHERE deployment_id = $1", shared_deployment.id)
