"""Outcomes are kept once for each deployment and window, never two of one time, and found by deployment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge import deployment_outcomes, deployments
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import Deployment
from neuralnav.models.outcome import Outcome
from tests.neuralnav.models.test_outcome import NOTHING_ANSWERED, START, outcome

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)


@pytest.fixture
async def deployment(database: Database, new_deployment: Callable[..., Deployment]) -> Deployment:
    """Qwen2.5 7B in bf16 on one L4 a replica, recorded."""
    return await kept(database, new_deployment())


@pytest.fixture
async def shared_deployment(shared_database: Database, new_deployment: Callable[..., Deployment]) -> Deployment:
    """One of the test's own, recorded in the database that the tests of this module share."""
    return await kept(shared_database, new_deployment())


async def kept(database: Database, made: Deployment) -> Deployment:
    return await deployments.record(database.pool, made, who="ada", what="written", subject="ns/chatbot", detail={})


def seen(deployment: Deployment, hour: int = 0, **changes: Any) -> Outcome:
    start = START + hour * HOUR
    window = {"window_from": start, "window_to": start + HOUR, "recorded_at": start + 2 * HOUR}
    return outcome(deployment_id=deployment.id, **(window | changes))


async def count(database: Database) -> int:
    async with pooled(database.pool) as connection:
        rows: int = await connection.fetchval("SELECT count(*) FROM deployment_outcomes")
        return rows


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"requests": 5, "errors": 5, **NOTHING_ANSWERED},
        {"itl_mean_ms": None, "itl_p95_ms": None},
        {"gpu_memory_utilisation": None, "compute_utilisation": None, "cost_usd": None, "engine_version": None},
        {"requests": 10**12 // 10**6, "peak_qps": 1000.0, "ttft_p95_ms": 0.1 + 0.2},
    ],
)
async def test_an_outcome_comes_back_as_it_was_recorded(
    shared_database: Database, shared_deployment: Deployment, changes: dict[str, Any]
) -> None:
    made = seen(shared_deployment, **changes)
    assert await deployment_outcomes.record(shared_database.pool, made) == made
    assert await deployment_outcomes.latest_of(shared_database.pool, shared_deployment.id) == made


async def test_the_same_window_is_recorded_once(database: Database, deployment: Deployment) -> None:
    made = seen(deployment)
    again = made.model_copy(update={"recorded_by": "another", "recorded_at": made.recorded_at + HOUR})
    found = await asyncio.gather(*(deployment_outcomes.record(database.pool, one) for one in (made, again, again)))
    assert found[0] == found[1] == found[2]
    assert await count(database) == 1


async def test_other_figures_of_a_window_that_is_kept_are_refused(database: Database, deployment: Deployment) -> None:
    made = await deployment_outcomes.record(database.pool, seen(deployment))
    with pytest.raises(InvalidInputError, match="Other figures of deployment") as caught:
        await deployment_outcomes.record(database.pool, seen(deployment, requests=7199))
    assert caught.value.problems[0].field == "window"
    assert await deployment_outcomes.latest_of(database.pool, deployment.id) == made


async def test_an_outcome_of_no_deployment_is_refused(shared_database: Database) -> None:
    with pytest.raises(NotFoundError, match="There is no deployment"):
        await deployment_outcomes.record(shared_database.pool, outcome(deployment_id=uuid4()))


async def test_the_latest_outcome_is_the_one_whose_window_ended_last(
    database: Database, deployment: Deployment
) -> None:
    assert await deployment_outcomes.latest_of(database.pool, deployment.id) is None
    for hour in (2, 3, 1):
        await deployment_outcomes.record(database.pool, seen(deployment, hour))
    latest = await deployment_outcomes.latest_of(database.pool, deployment.id)
    assert latest == seen(deployment, 3)


@pytest.mark.parametrize(("start", "end"), [(0.5, 1.5), (-0.5, 0.5), (0.25, 0.75), (-1, 2), (0, 2), (-1, 1)])
async def test_a_window_that_overlaps_another_of_the_deployment_is_refused_with_the_one_that_is_kept(
    database: Database, deployment: Deployment, start: float, end: float
) -> None:
    await deployment_outcomes.record(database.pool, seen(deployment))
    window = {"window_from": START + start * HOUR, "window_to": START + end * HOUR}
    with pytest.raises(InvalidInputError, match="2026-11-01T00:00:00") as caught:
        await deployment_outcomes.record(database.pool, seen(deployment, **window, requests=3600))
    assert caught.value.problems[0].field == "window"
    assert await count(database) == 1


async def test_windows_that_touch_and_those_of_other_deployments_are_kept(
    database: Database, deployment: Deployment, new_deployment: Callable[..., Deployment]
) -> None:
    other = await kept(database, new_deployment())
    for made in (seen(deployment, 0), seen(deployment, 1), seen(deployment, -1), seen(other, 0)):
        assert await deployment_outcomes.record(database.pool, made) == made
    assert await count(database) == 4


async def test_of_windows_that_overlap_and_come_at_once_one_is_kept(database: Database, deployment: Deployment) -> None:
    half = HOUR / 2
    windows = [{"window_from": START + n * half, "window_to": START + n * half + HOUR} for n in range(2)]
    made = [seen(deployment, **window) for window in windows]
    found = await asyncio.gather(
        *(deployment_outcomes.record(database.pool, one) for one in made), return_exceptions=True
    )
    assert sum(isinstance(one, InvalidInputError) for one in found) == 1
    assert await count(database) == 1


@pytest.mark.parametrize(
    ("changes", "verdicts"),
    [
        ({}, (True, True, True, True)),
        ({"ttft_p95_ms": 151.0}, (False, True, True, False)),
        ({"itl_mean_ms": None, "itl_p95_ms": None}, (True, None, True, None)),
        ({"itl_mean_ms": None, "itl_p95_ms": None, "e2e_p95_ms": 7001.0}, (True, None, False, False)),
    ],
)
async def test_the_database_judges_as_the_type_does(
    database: Database, deployment: Deployment, changes: dict[str, Any], verdicts: tuple[bool | None, ...]
) -> None:
    made = await deployment_outcomes.record(database.pool, seen(deployment, **changes))
    assert (*(verdict.met for verdict in made.verdicts), made.slo_met) == verdicts
    async with pooled(database.pool) as connection:
        row = await connection.fetchrow(
            "SELECT ttft_met, itl_met, e2e_met, slo_met, average_qps FROM deployment_outcomes"
        )
    assert row is not None
    assert tuple(row) == (*verdicts, made.average_qps)


@pytest.mark.parametrize(
    "change",
    [
        "window_to = window_from",
        "window_to = window_from + interval '32 days', recorded_at = window_from + interval '40 days'",
        "window_from = '2019-12-31 00:00:00+00'",
        "window_from = '-infinity'",
        "window_to = 'infinity', recorded_at = 'infinity'",
        "recorded_at = window_to - interval '1 s'",
        "source = 'guessed'",
        "engine_version = '0.31; rm'",
        "replicas = 0",
        "requests = -1, errors = -1",
        "errors = requests + 1",
        "errors = requests",
        "peak_qps = average_qps / 2",
        "peak_qps = 'NaN'",
        "ttft_p95_ms = NULL",
        "ttft_p95_ms = 0",
        "e2e_mean_ms = 'Infinity'",
        "itl_mean_ms = NULL",
        "prompt_tokens_mean = 0",
        "target_ttft_p95_ms = 0",
        "target_e2e_p95_ms = NULL",
        "gpu_memory_utilisation = 86",
        "compute_utilisation = 'NaN'",
        "cost_usd = -1",
        "recorded_by = ' '",
        "deployment_id = gen_random_uuid()",
        "slo_met = true",
    ],
)
async def test_bad_rows_are_impossible(shared_database: Database, shared_deployment: Deployment, change: str) -> None:
    await deployment_outcomes.record(shared_database.pool, seen(shared_deployment))
    async with shared_database.pool.acquire() as connection:
        with pytest.raises(
            (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.GeneratedAlwaysError)
        ):
            await connection.execute(
                f"UPDATE deployment_outcomes SET {change} WHERE deployment_id = $1", shared_deployment.id
            )


async def test_a_deployment_with_outcomes_cannot_be_deleted(database: Database, deployment: Deployment) -> None:
    await deployment_outcomes.record(database.pool, seen(deployment))
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute("DELETE FROM deployments")


@pytest.mark.parametrize(
    "arguments",
    [
        '[]', '1', '{"chat_template": "x"}', '{"tokenize": true}', '{"A": true}', '{"a": 1}', '{"a": null}',
        '{"a": {"b": true}}', '{"a": "$(X)"}', '{"a": true, "b": true, "c": true, "d": true}',
    ],
)  # fmt: skip
async def test_a_model_of_the_catalogue_tells_its_chat_template_nothing_odd(
    shared_database: Database, arguments: str
) -> None:
    async with shared_database.pool.acquire() as connection:
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("UPDATE model_catalog SET chat_template_kwargs = $1::jsonb", arguments)
