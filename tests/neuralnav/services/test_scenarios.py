"""Scenarios as the faces use them: over real plans, kept in a real database."""

from __future__ import annotations

import pytest

import neuralnav
from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge.database import Database
from neuralnav.models.plan import Plan
from neuralnav.models.vocabulary import View
from neuralnav.services.scenarios import NOW, ScenarioService

pytestmark = pytest.mark.database

INTENT = {"use_case": "chatbot_conversational", "user_count": 1000}


@pytest.fixture(scope="module")
def present() -> Plan:
    return neuralnav.plan({"intent": INTENT})


@pytest.fixture(scope="module")
def larger() -> Plan:
    return neuralnav.plan({"intent": INTENT | {"user_count": 20_000}, "policy": {"headroom": 0.5}})


@pytest.fixture(scope="module")
def impossible() -> Plan:
    return neuralnav.plan({"intent": INTENT | {"max_monthly_cost_usd": 1}})


async def test_a_kept_scenario_holds_the_specification_and_what_its_plan_came_to(
    database: Database, larger: Plan
) -> None:
    service = ScenarioService(database.pool)
    kept = await service.keep("thread", "  many   users ", larger)
    assert kept.name == "many users"
    assert kept.specification == larger.specification
    assert kept.summary.planned_peak_qps == pytest.approx(270)
    assert kept.summary.leaders[View.LOWEST_COST] == larger.views[View.LOWEST_COST][0]
    assert await service.get("thread", "Many Users") == kept


async def test_scenarios_and_the_present_plan_stand_side_by_side(
    database: Database, present: Plan, larger: Plan, impossible: Plan
) -> None:
    service = ScenarioService(database.pool)
    await service.keep("thread", "larger", larger)
    await service.keep("thread", "one dollar", impossible)
    found = await service.compare("thread", (), present)
    rows = {what: values for what, *values in found.differences}
    assert found.names == (NOW, "larger", "one dollar")
    assert rows["users"] == ["1,000", "20,000", "1,000"]
    assert rows["policy: headroom"] == ["0", "0.5", "0"]
    assert rows["requests/s planned for"] == ["9", "270", "9"]
    assert rows["lowest cost: option"][2] == "none"
    assert found.sentence.startswith("now can be met for least: ")
    assert found.sentence.endswith("nothing meets one dollar.")


async def test_a_name_that_is_not_there_is_answered_with_close_ones(database: Database, larger: Plan) -> None:
    service = ScenarioService(database.pool)
    await service.keep("thread", "larger", larger)
    for ask in (service.get, service.remove):
        with pytest.raises(NotFoundError, match="larger") as caught:
            await ask("thread", "larder")
        assert caught.value.problems[0].allowed == "larger"
    await service.remove("thread", "LARGER")
    assert await service.all_of("thread") == ()
    with pytest.raises(InvalidInputError, match="two or more"):
        await service.compare("thread", ())


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "Now"])
async def test_names_that_cannot_be_are_refused(database: Database, larger: Plan, name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await ScenarioService(database.pool).keep("thread", name, larger)
    assert caught.value.problems[0].field == "scenario"
