"""A deployment is kept once for each key, and its state is followed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployments import create, find_by_key, get, list_by_thread, set_state
from neuralnav.models.deployment import Deployment, DeploymentState

pytestmark = pytest.mark.database

New = Callable[..., Deployment]


async def test_deployment_comes_back_as_it_was(database: Database, new_deployment: New) -> None:
    made = new_deployment()
    assert await create(database.pool, made) == made
    assert await get(database.pool, made.id) == made
    assert await find_by_key(database.pool, made.idempotency_key) == made
    assert await find_by_key(database.pool, "another") is None


async def test_same_key_gives_the_deployment_that_is_there(database: Database, new_deployment: New) -> None:
    made = [new_deployment(idempotency_key="key") for _ in range(5)]
    kept = await asyncio.gather(*(create(database.pool, one) for one in made))
    assert len({one.id for one in kept}) == 1
    assert len(await list_by_thread(database.pool, "thread")) == 1


async def test_key_of_other_manifests_is_refused(database: Database, new_deployment: New) -> None:
    await create(database.pool, new_deployment(idempotency_key="key"))
    with pytest.raises(InvalidInputError, match="'key' belongs to a deployment of other manifests"):
        await create(database.pool, new_deployment("kind: Service\n", idempotency_key="key"))


async def test_id_of_another_key_is_refused(database: Database, new_deployment: New) -> None:
    made = new_deployment()
    await create(database.pool, made)
    with pytest.raises(InvalidInputError, match=f"{made.id} belongs to a deployment of another key"):
        await create(database.pool, new_deployment(id=made.id))


async def test_approval_of_other_manifests_is_refused(database: Database, new_deployment: New) -> None:
    approval = new_deployment("kind: Service\n").approval
    with pytest.raises(InvalidInputError, match="approval of chatbot is for other manifests"):
        await create(database.pool, new_deployment(approval=approval))


async def test_state_is_followed(database: Database, new_deployment: New) -> None:
    made = await create(database.pool, new_deployment())
    written = await set_state(database.pool, made.id, DeploymentState.WRITTEN, directory="/somewhere")
    assert (written.state, written.directory) == (DeploymentState.WRITTEN, "/somewhere")
    again = await set_state(database.pool, made.id, DeploymentState.WRITTEN)
    assert again == written == await get(database.pool, made.id)
    async with pooled(database.pool) as connection:
        row = await connection.fetchrow("SELECT state, plan_hash, updated_at > created_at AS later FROM deployments")
    assert row is not None
    assert dict(row) == {"state": "written", "plan_hash": made.manifests.sha256, "later": True}


async def test_deployments_of_a_conversation_are_listed_newest_first(database: Database, new_deployment: New) -> None:
    first, second = [await create(database.pool, new_deployment()) for _ in range(2)]
    await create(database.pool, new_deployment(thread_id="other"))
    assert await list_by_thread(database.pool, "thread") == (second, first)
    assert await list_by_thread(database.pool, "thread", limit=1) == (second,)


async def test_deployment_that_does_not_exist_is_said(database: Database) -> None:
    nowhere = uuid4()
    with pytest.raises(NotFoundError, match=str(nowhere)):
        await get(database.pool, nowhere)
    with pytest.raises(NotFoundError, match=str(nowhere)):
        await set_state(database.pool, nowhere, DeploymentState.WRITTEN)


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE deployments SET document = document || \'{"state": "forgotten"}\'',
        'UPDATE deployments SET document = document || \'{"thread_id": ""}\'',
        "UPDATE deployments SET document = document - 'approval'",
        "UPDATE deployments SET document = jsonb_set(document, '{manifests,namespace}', '\"Kube System\"')",
        "UPDATE deployments SET updated_at = created_at - interval '1 s'",
    ],
)
async def test_bad_rows_are_impossible(database: Database, new_deployment: New, statement: str) -> None:
    await create(database.pool, new_deployment())
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(statement)
