"""A deployment is kept once for each key, with one line in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.audit_log import entries
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployments import find_by_key, is_name_taken, record
from neuralnav.models.deployment import Deployment, DeploymentState

pytestmark = pytest.mark.database

New = Callable[..., Deployment]


async def keep(database: Database, deployment: Deployment, who: str = "ada") -> Deployment:
    return await record(database.pool, deployment, who=who, what="written", subject="ns/chatbot", detail={})


async def test_deployment_comes_back_as_it_was(database: Database, new_deployment: New) -> None:
    made = new_deployment()
    assert await keep(database, made) == made
    assert await find_by_key(database.pool, made.idempotency_key) == made
    assert await find_by_key(database.pool, "another") is None


async def test_same_key_gives_the_deployment_that_is_there(database: Database, new_deployment: New) -> None:
    made = [new_deployment(idempotency_key="key") for _ in range(5)]
    kept = await asyncio.gather(*(keep(database, one) for one in made))
    assert len({one.id for one in kept}) == 1
    assert len(await entries(database.pool)) == 1


async def test_key_of_other_manifests_is_refused(database: Database, new_deployment: New) -> None:
    await keep(database, new_deployment(idempotency_key="key"))
    with pytest.raises(InvalidInputError, match="'key' belongs to a deployment of other manifests"):
        await keep(database, new_deployment("kind: Service\n", idempotency_key="key"))


async def test_id_of_another_key_is_refused(database: Database, new_deployment: New) -> None:
    made = new_deployment()
    await keep(database, made)
    with pytest.raises(InvalidInputError, match=f"{made.id} belongs to a deployment of another key"):
        await keep(database, new_deployment(id=made.id))


async def test_approval_of_other_manifests_is_refused(database: Database, new_deployment: New) -> None:
    approval = new_deployment("kind: Service\n").approval
    with pytest.raises(InvalidInputError, match="approval of chatbot is for other manifests"):
        await keep(database, new_deployment(approval=approval))


async def test_nothing_is_kept_where_the_audit_line_is_refused(database: Database, new_deployment: New) -> None:
    made = new_deployment()
    with pytest.raises(InvalidInputError, match="refuses a value"):
        await keep(database, made, who="")
    assert await find_by_key(database.pool, made.idempotency_key) is None
    assert await entries(database.pool) == ()
    assert await keep(database, made) == made
    assert len(await entries(database.pool)) == 1


async def test_a_name_is_taken_from_the_first_deployment_until_it_is_retired(
    database: Database, new_deployment: New
) -> None:
    async def taken() -> bool:
        return await is_name_taken(database.pool, "neuralnav", "chatbot")

    assert not await taken()
    for state, expected in (
        (DeploymentState.WRITTEN, True),
        (DeploymentState.WRITTEN, True),
        (DeploymentState.RETIRED, False),
        (DeploymentState.WRITTEN, True),
        (DeploymentState.RETIRED, False),
    ):
        await keep(database, new_deployment(state=state))
        assert await taken() is expected


async def test_a_name_of_another_namespace_or_another_name_is_free(database: Database, new_deployment: New) -> None:
    await keep(database, new_deployment(state=DeploymentState.WRITTEN))
    assert not await is_name_taken(database.pool, "elsewhere", "chatbot")
    assert not await is_name_taken(database.pool, "neuralnav", "chatbot-2")


@pytest.mark.parametrize("retires", ["one", "two"])
async def test_a_name_that_two_conversations_have_is_free_once_both_have_retired_it(
    database: Database, new_deployment: New, retires: str
) -> None:
    for thread in ("one", "two"):
        await keep(database, new_deployment(thread_id=thread, state=DeploymentState.WRITTEN))
    for thread, expected in ((retires, True), ({"one": "two", "two": "one"}[retires], False)):
        await keep(database, new_deployment(thread_id=thread, state=DeploymentState.RETIRED))
        assert await is_name_taken(database.pool, "neuralnav", "chatbot") is expected


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
    await keep(database, new_deployment())
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(statement)
