"""What planning knows follows the database, and costs one small query while nothing changes."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Plan
from neuralnav.models.vocabulary import UseCase, View
from neuralnav.planning.specification import specify
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.services.surfaces import SurfaceService
from neuralnav.settings import Settings
from tests.doubles.sweeper import InlineSweeper
from tests.neuralnav.planning.small import small

pytestmark = pytest.mark.database


@pytest.fixture
def settings(fresh_database_url: str) -> Settings:
    return Settings(database_url=SecretStr(fresh_database_url), simulation_workers=1)


async def execute(database: Database, statement: str) -> None:
    async with pooled(database.pool) as connection:
        await connection.execute(statement)


async def plan_of(knowledge: Knowledge) -> Plan:
    use_cases = (await knowledge.reference()).use_cases
    intent = DeploymentIntent(use_case=UseCase.CHATBOT, user_count=1000)
    return await PlanningService(knowledge, patience_s=0).plan(specify(intent, use_cases))


def cheapest(plan: Plan) -> float:
    cost = plan.views[View.LOWEST_COST][0].cost
    assert cost is not None
    return cost.per_hour_usd


async def test_a_changed_price_is_seen_by_the_next_plan(database: Database, settings: Settings) -> None:
    async with Knowledge.open(settings, database.pool) as knowledge:
        before = await plan_of(knowledge)
        await execute(database, "UPDATE cost_data SET hourly_usd = hourly_usd * 2")
        after = await plan_of(knowledge)
    assert cheapest(after) == pytest.approx(2 * cheapest(before))
    assert after.price_table != before.price_table


async def test_a_model_that_is_taken_away_is_not_planned_with_any_more(database: Database, settings: Settings) -> None:
    async with Knowledge.open(settings, database.pool) as knowledge:
        before = await plan_of(knowledge)
        leader = before.views[View.LOWEST_COST][0].model
        await execute(database, f"UPDATE model_catalog SET approved_for_production = false WHERE model_id = '{leader}'")
        after = await plan_of(knowledge)
    assert leader not in {option.model for view in after.views.values() for option in view}


async def test_while_nothing_changes_the_planner_is_the_same_one(database: Database, settings: Settings) -> None:
    async with Knowledge.open(settings, database.pool) as knowledge:
        first = await knowledge.planner()
        assert await knowledge.planner() is first
        await execute(database, "DELETE FROM capacity_shapes")
        assert await knowledge.planner() is first


async def test_a_change_that_changes_nothing_keeps_the_planner_and_what_it_knows(
    database: Database, settings: Settings
) -> None:
    async with Knowledge.open(settings, database.pool) as knowledge:
        first = await knowledge.planner()
        await execute(database, "UPDATE cost_data SET hourly_usd = hourly_usd")
        assert await knowledge.planner() is first


@pytest.mark.parametrize("allowed", [False, True])
async def test_whether_code_of_models_may_run_is_as_set_and_stays_so_after_a_change(
    database: Database,
    settings: Settings,
    allowed: bool,  # noqa: FBT001
) -> None:
    settings = settings.model_copy(update={"allow_trust_remote_code": allowed})
    async with Knowledge.open(settings, database.pool) as knowledge:
        old = await knowledge.planner()
        await execute(database, "UPDATE cost_data SET hourly_usd = hourly_usd + 1")
        new = await knowledge.planner()
        assert new is not old
        assert old.trusts_remote_code is new.trusts_remote_code is allowed


async def test_many_who_ask_after_a_change_get_one_new_planner(database: Database, settings: Settings) -> None:
    async with Knowledge.open(settings, database.pool) as knowledge:
        old = await knowledge.planner()
        await execute(database, "UPDATE cost_data SET hourly_usd = hourly_usd + 1")
        found = await asyncio.gather(*(knowledge.planner() for _ in range(5)))
        assert len({id(planner) for planner in found}) == 1
        assert found[0] is not old


async def test_without_a_database_knowledge_is_what_it_was_made_of() -> None:
    reference = small(read_seeds())
    knowledge = Knowledge.of(reference, SurfaceService(None, InlineSweeper(most=0)))
    assert await knowledge.reference() is reference
    assert await knowledge.planner() is await knowledge.planner()
