"""Tools that keep named scenarios of a conversation and put them side by side."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from neuralnav.models.plan import Plan
from neuralnav.models.scenario import Scenario
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.planning import PlanningService
from neuralnav.services.scenarios import ScenarioComparison, ScenarioService


class KeepArguments(BaseModel):
    """Arguments of ``keep_scenario``."""

    thread_id: str
    name: str
    specification: DeploymentSpecification
    changes: dict[str, Any] = Field(description="What the scenario changes; empty: nothing.")


class CompareScenariosArguments(BaseModel):
    """Arguments of ``compare_scenarios``."""

    thread_id: str
    names: list[str] = Field(max_length=10, description="Scenarios; empty: all of the conversation.")
    present: Plan = Field(description="The plan that stands beside them.")


def scenario_tools(scenarios: ScenarioService, planning: PlanningService) -> list[BaseTool]:
    """The scenario tools over both services."""

    async def keep_scenario(
        thread_id: str, name: str, specification: DeploymentSpecification, changes: dict[str, Any]
    ) -> Scenario:
        changed = await planning.edit(specification, changes) if changes else specification
        return await scenarios.keep(thread_id, name, await planning.plan(changed), replace=True)

    async def compare_scenarios(thread_id: str, names: list[str], present: Plan) -> ScenarioComparison:
        return await scenarios.compare(thread_id, names, present)

    return [
        StructuredTool.from_function(
            coroutine=keep_scenario,
            description="Keep a plan, with or without changes, under a name.",
            args_schema=KeepArguments,
        ),
        StructuredTool.from_function(
            coroutine=compare_scenarios,
            description="Put kept scenarios and the present plan side by side.",
            args_schema=CompareScenariosArguments,
        ),
    ]
