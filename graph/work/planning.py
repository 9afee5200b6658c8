"""``recommend_models`` and ``plan_capacity``: every configuration, evaluated and ranked."""

from __future__ import annotations

from typing import Any

from langgraph.types import Command

from graph import wording
from graph.state import ConversationState, dump, load
from graph.work.step import step
from graph.work.work_node import WorkNode
from neuralnav.models.specification import DeploymentSpecification


class RecommendModels(WorkNode):
    """Finds the models that can do the task."""

    leads_to = ("plan_capacity",)

    async def run(self, state: ConversationState) -> Command[Any]:
        """How many models there are to plan with."""
        with step("recommend_models") as found:
            specification = load(state, "specification", DeploymentSpecification)
            shortlist = await self.agents.planner.shortlist(specification)
            found.append(wording.shortlist(shortlist))
        return Command(goto="plan_capacity")


class PlanCapacity(WorkNode):
    """Evaluates and ranks every configuration."""

    leads_to = ("present_options",)

    async def run(self, state: ConversationState) -> Command[Any]:
        """The plan for the confirmed specification."""
        with step("plan_capacity") as found:
            plan = await self.agents.planner.plan(load(state, "specification", DeploymentSpecification))
            found.append(wording.planned(plan))
        outdated = dict.fromkeys(("supposed", "explored", "choice", "manifests", "approval"))
        update = {"plan": dump(plan), **outdated}
        return Command(goto="present_options", update=update)
