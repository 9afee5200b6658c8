"""Scenarios of a conversation: each name once, never more than fifty, none of another conversation."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge import scenarios
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.models.scenario import MOST_SCENARIOS, PlanSummary
from neuralnav.models.specification import DeploymentSpecification

pytestmark = pytest.mark.database

SUMMARY = PlanSummary(peak_qps=9, planned_peak_qps=9, compliant=3, price_table="p", calibration="c")


def edited(specification: DeploymentSpecification, version: int) -> DeploymentSpecification:
    return specification.model_copy(update={"version": version})


async def test_a_scenario_comes_back_as_it_was_kept(database: Database, specification: DeploymentSpecification) -> None:
    kept = await scenarios.keep(database.pool, "thread", "Half the users", specification, SUMMARY)
    assert (kept.name, kept.specification, kept.summary) == ("Half the users", specification, SUMMARY)
    assert await scenarios.find(database.pool, "thread", "half the USERS") == kept
    assert await scenarios.scenarios_of(database.pool, "thread") == (kept,)
    assert await scenarios.scenarios_of(database.pool, "another") == ()
    assert await scenarios.find(database.pool, "another", "Half the users") is None


async def test_a_name_is_taken_once(database: Database, specification: DeploymentSpecification) -> None:
    other = edited(specification, 2)
    await scenarios.keep(database.pool, "thread", "cheap", specification, SUMMARY)
    again = await scenarios.keep(
        database.pool, "thread", "cheap", specification, SUMMARY.model_copy(update={"compliant": 4})
    )
    assert again.summary.compliant == 4
    with pytest.raises(InvalidInputError) as caught:
        await scenarios.keep(database.pool, "thread", "CHEAP", other, SUMMARY)
    assert caught.value.problems[0].field == "scenario"
    replaced = await scenarios.keep(database.pool, "thread", "CHEAP", other, SUMMARY, replace=True)
    assert await scenarios.scenarios_of(database.pool, "thread") == (replaced,)
    await scenarios.keep(database.pool, "another", "cheap", other, SUMMARY)


async def test_a_conversation_keeps_fifty_at_most(database: Database, specification: DeploymentSpecification) -> None:
    names = [f"scenario {number}" for number in range(MOST_SCENARIOS)]
    await asyncio.gather(*(scenarios.keep(database.pool, "thread", name, specification, SUMMARY) for name in names))
    with pytest.raises(InvalidInputError, match="50 scenarios already"):
        await scenarios.keep(database.pool, "thread", "one more", specification, SUMMARY)
    assert await scenarios.remove(database.pool, "thread", "scenario 7")
    assert not await scenarios.remove(database.pool, "thread", "scenario 7")
    await scenarios.keep(database.pool, "thread", "one more", specification, SUMMARY)
    assert len(await scenarios.scenarios_of(database.pool, "thread")) == MOST_SCENARIOS


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("slot", "0"),
        ("slot", "51"),
        ("name", "' '"),
        ("name", "repeat('x', 81)"),
        ("thread_id", "''"),
        ("specification", "'{}'"),
        ("specification", "jsonb_build_object('version', 1, 'pad', repeat('x', 1000000))"),
        ("summary", """'{"compliant": -1}'"""),
    ],
)
async def test_rows_that_cannot_be_are_refused_by_the_database(database: Database, column: str, value: str) -> None:
    values = {
        "thread_id": "'thread'",
        "slot": "1",
        "name": "'name'",
        "specification": """'{"version": 1}'""",
        "summary": """'{"compliant": 1}'""",
    } | {column: value}
    async with pooled(database.pool) as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(
                f"INSERT INTO scenarios ({', '.join(values)}) VALUES ({', '.join(values.values())})"
            )
