"""Every version of a specification is kept, once, and none is lost."""

from __future__ import annotations

import asyncio

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.specifications import save_version
from neuralnav.models.specification import DeploymentSpecification

pytestmark = pytest.mark.database


def edited(specification: DeploymentSpecification, version: int, peak_qps: float) -> DeploymentSpecification:
    traffic = specification.traffic.model_copy(update={"peak_qps": peak_qps})
    return specification.model_copy(update={"version": version, "traffic": traffic})


async def kept(database: Database, thread_id: str) -> list[DeploymentSpecification]:
    """What the database holds of a conversation, the last version first."""
    async with pooled(database.pool) as connection:
        rows = await connection.fetch(
            "SELECT document FROM specifications WHERE thread_id = $1 ORDER BY version DESC", thread_id
        )
    return [DeploymentSpecification.model_validate_json(row["document"]) for row in rows]


async def test_versions_are_kept_as_they_were(database: Database, specification: DeploymentSpecification) -> None:
    second = edited(specification, 2, 12)
    assert await save_version(database.pool, "thread", specification) == 1
    assert await save_version(database.pool, "thread", second) == 2
    assert await kept(database, "thread") == [second, specification]
    assert await kept(database, "nobody") == []


async def test_same_version_twice_is_kept_once(database: Database, specification: DeploymentSpecification) -> None:
    numbers = await asyncio.gather(*(save_version(database.pool, "thread", specification) for _ in range(5)))
    assert set(numbers) == {1}
    assert await kept(database, "thread") == [specification]


async def test_conversation_that_went_back_keeps_both_versions(
    database: Database, specification: DeploymentSpecification
) -> None:
    before, after = edited(specification, 2, 12), edited(specification, 2, 30)
    numbers = [await save_version(database.pool, "thread", one) for one in (specification, before, after, before)]
    assert numbers == [1, 2, 3, 2]
    assert await kept(database, "thread") == [after, before, specification]


async def test_conversations_do_not_see_each_other(database: Database, specification: DeploymentSpecification) -> None:
    other = edited(specification, 1, 30)
    await save_version(database.pool, "one", specification)
    await save_version(database.pool, "two", other)
    assert await kept(database, "one") == [specification]
    assert await kept(database, "two") == [other]


@pytest.mark.parametrize("thread_id", ["", " ", "x" * 201, "nul\0"])
async def test_thread_id_that_cannot_be_kept_is_refused(
    database: Database, specification: DeploymentSpecification, thread_id: str
) -> None:
    with pytest.raises(InvalidInputError, match="The database refuses a value"):
        await save_version(database.pool, thread_id, specification)
