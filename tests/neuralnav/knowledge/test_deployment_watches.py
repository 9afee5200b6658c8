"""What is watched: every deployment that runs as it was last approved, whatever is wrong with another's row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from neuralnav.errors import NotFoundError
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployment_watches import find, is_anyone_watching, keep, only_one, remember, watched
from neuralnav.knowledge.deployments import in_place, record
from neuralnav.models.deployment import Delivery, Deployment, DeploymentState
from neuralnav.models.specification import DeploymentSpecification

pytestmark = pytest.mark.database

New = Callable[..., Deployment]
Running = Callable[..., Awaitable[Deployment]]


@pytest.fixture
def running(database: Database, new_deployment: New, specification: DeploymentSpecification) -> Running:
    """Keeps a deployment that runs, and watches it."""

    async def make(name: str = "chatbot", **changes: object) -> Deployment:
        plain = new_deployment()
        fields = {
            "manifests": plain.manifests.model_copy(update={"name": name}),
            "state": DeploymentState.APPLIED,
            "delivery": Delivery.RUN,
        }
        made = new_deployment(**(fields | changes))
        await record(database.pool, made, who="ada", what="applied", subject=made.name, detail={})
        await keep(database.pool, made.id, specification, settled=False)
        return made

    return make


async def names(database: Database) -> list[str]:
    return [one.deployment.manifests.name for one in await watched(database.pool)]


async def spoil(database: Database, deployment: Deployment) -> None:
    """Let the document be none that this release can read."""
    async with pooled(database.pool) as connection:
        await connection.execute(
            "UPDATE deployments SET document = document || '{\"choice\": {}}' WHERE id = $1", deployment.id
        )


async def test_a_deployment_is_watched_until_it_is_retired(database: Database, running: Running) -> None:
    first = await running()
    second = await running()
    assert [one.deployment for one in await watched(database.pool)] == [second]
    assert await find(database.pool, first.id) is not None
    await running(state=DeploymentState.RETIRED)
    assert await watched(database.pool) == ()
    assert await in_place(database.pool) == ()


async def test_one_that_its_conversation_has_let_go_is_still_listed_and_watched(
    database: Database, running: Running
) -> None:
    for name in ("before", "after"):
        await running(name)
    assert await names(database) == ["after", "before"]
    assert [one.manifests.name for one in await in_place(database.pool)] == ["after", "before"]


async def test_a_row_that_cannot_be_read_hides_no_other(
    database: Database, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    spoiled = await running("spoiled")
    await running("whole")
    await spoil(database, spoiled)
    assert await names(database) == ["whole"]
    assert [one.manifests.name for one in await in_place(database.pool)] == ["whole"]
    assert "table deployment_watches" in caplog.text
    assert "table deployments" in caplog.text


async def test_watching_again_changes_whether_it_is_settled_and_keeps_what_is_remembered(
    database: Database, running: Running, specification: DeploymentSpecification, new_deployment: New
) -> None:
    made = await running()
    await remember(database.pool, made.id, '{"seen": 1}')
    await keep(database.pool, made.id, specification, settled=True)
    (kept,) = await watched(database.pool)
    assert (kept.settled, kept.memory, kept.specification) == (True, {"seen": 1}, specification)
    with pytest.raises(NotFoundError, match="There is no deployment"):
        await keep(database.pool, new_deployment().id, specification, settled=True)


async def test_only_one_watches_at_a_time_and_leaves_no_transaction_open(database: Database) -> None:
    assert not await is_anyone_watching(database.pool)
    async with only_one(database.pool) as mine, only_one(database.pool) as others:
        assert (mine, others) == (True, False)
        assert await is_anyone_watching(database.pool)
        async with pooled(database.pool) as connection:
            open_ones = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
            )
        assert open_ones == 0
    assert not await is_anyone_watching(database.pool)
