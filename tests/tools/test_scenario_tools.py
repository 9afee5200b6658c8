"""The scenario tools keep plans under names, changed or not, and put them beside the present one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Plan
from neuralnav.models.scenario import Scenario
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.specification import specify
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.services.scenarios import NOW, ScenarioComparison, ScenarioService
from tools.calling import Toolbox, call, toolbox
from tools.scenarios import scenario_tools

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def planning() -> PlanningService:
    return PlanningService(Knowledge.of(read_seeds()))


@pytest.fixture(scope="module")
def specification() -> DeploymentSpecification:
    return specify(DeploymentIntent(use_case=UseCase.CHATBOT, user_count=1000), read_seeds().use_cases)


@pytest.fixture(scope="module")
async def present(planning: PlanningService, specification: DeploymentSpecification) -> Plan:
    return await planning.plan(specification)


@pytest.fixture
def tools(planning: PlanningService, database: Database) -> Toolbox:
    return toolbox(scenario_tools(ScenarioService(database.pool), planning))


@pytest.fixture
def good(specification: DeploymentSpecification, present: Plan) -> dict[str, dict[str, Any]]:
    """Arguments that each tool takes, by tool."""
    return {
        "keep_scenario": {
            "thread_id": "thread",
            "name": "fast",
            "specification": specification,
            "changes": {"ttft_p95_ms": 100},
        },
        "compare_scenarios": {"thread_id": "thread", "names": ["fast"], "present": present},
    }


def test_every_tool_says_what_it_is_for_and_what_it_takes(tools: Toolbox, good: dict[str, dict[str, Any]]) -> None:
    assert set(tools) == set(good)
    for tool in tools.values():
        assert tool.description
        assert tool.args


async def test_a_changed_plan_is_kept_and_stands_beside_the_present_one(
    tools: Toolbox, good: dict[str, dict[str, Any]]
) -> None:
    kept = await call(tools, "keep_scenario", Scenario, **good["keep_scenario"])
    assert kept.specification.slo_targets.ttft_p95_ms == 100
    found = await call(tools, "compare_scenarios", ScenarioComparison, **good["compare_scenarios"])
    assert found.names == (NOW, "fast")
    assert any("TTFT" in what or "ttft" in what for what, *_ in found.differences)


async def test_without_changes_the_specification_is_kept_as_it_is(
    tools: Toolbox, good: dict[str, dict[str, Any]], specification: DeploymentSpecification
) -> None:
    kept = await call(tools, "keep_scenario", Scenario, **good["keep_scenario"] | {"changes": {}})
    assert kept.specification == specification


async def test_a_scenario_that_is_kept_again_takes_the_place_of_the_first(
    tools: Toolbox, good: dict[str, dict[str, Any]]
) -> None:
    for changes in ({"ttft_p95_ms": 100}, {"ttft_p95_ms": 90}):
        await call(tools, "keep_scenario", Scenario, **good["keep_scenario"] | {"changes": changes})
    found = await call(tools, "compare_scenarios", ScenarioComparison, **good["compare_scenarios"] | {"names": []})
    assert found.names == (NOW, "fast")


async def test_documents_do_as_well_as_values(tools: Toolbox, good: dict[str, dict[str, Any]]) -> None:
    for name, kind in (("keep_scenario", Scenario), ("compare_scenarios", ScenarioComparison)):
        documents = {
            field: value.model_dump(mode="json") if hasattr(value, "model_dump") else value
            for field, value in good[name].items()
        }
        assert isinstance(await call(tools, name, kind, **documents), kind)


@pytest.mark.parametrize("name", ["keep_scenario", "compare_scenarios"])
async def test_arguments_of_a_wrong_type_or_missing_are_named(
    name: str, tools: Toolbox, good: dict[str, dict[str, Any]]
) -> None:
    for field in good[name]:
        with pytest.raises(ValidationError, match=field):
            await tools[name].ainvoke(good[name] | {field: 7})
        without = {other: value for other, value in good[name].items() if other != field}
        with pytest.raises(ValidationError, match=rf"{field}\n  Field required"):
            await tools[name].ainvoke(without)


async def test_more_scenarios_than_are_compared_at_once_are_refused(
    tools: Toolbox, good: dict[str, dict[str, Any]]
) -> None:
    with pytest.raises(ValidationError, match="names"):
        await tools["compare_scenarios"].ainvoke(good["compare_scenarios"] | {"names": 11 * ["fast"]})


@pytest.mark.parametrize("name", ["", " ", NOW, 81 * "x", "a\0b"])
async def test_a_name_that_cannot_be_one_is_refused(tools: Toolbox, good: dict[str, dict[str, Any]], name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be called"):
        await tools["keep_scenario"].ainvoke(good["keep_scenario"] | {"name": name})


async def test_changes_that_cannot_be_made_are_named_and_nothing_is_kept(
    tools: Toolbox, good: dict[str, dict[str, Any]]
) -> None:
    with pytest.raises(InvalidInputError, match="colour"):
        await tools["keep_scenario"].ainvoke(good["keep_scenario"] | {"changes": {"colour": "red"}})
    with pytest.raises(NotFoundError, match="fast"):
        await tools["compare_scenarios"].ainvoke(good["compare_scenarios"])
