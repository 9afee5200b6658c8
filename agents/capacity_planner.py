"""The capacity planner: evaluates every configuration, ranks, compares and explains from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.reply import ReplyAction
from neuralnav.models.scenario import Scenario
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.candidates import ModelShortlist
from neuralnav.planning.explain import Comparison
from neuralnav.planning.what_if import WhatIf
from neuralnav.services.scenarios import ScenarioComparison
from tools.calling import Toolbox, call


@dataclass(frozen=True)
class CapacityPlannerAgent:
    """Makes plans, what-ifs and comparisons."""

    tools: Toolbox

    async def shortlist(self, specification: DeploymentSpecification) -> ModelShortlist:
        """The models that can do the task."""
        return await call(self.tools, "suitable_models", ModelShortlist, specification=specification)

    async def plan(self, specification: DeploymentSpecification) -> Plan:
        """Every configuration for ``specification``, ranked."""
        return await call(self.tools, "plan_capacity", Plan, specification=specification)

    async def what_if(self, specification: DeploymentSpecification, action: ReplyAction) -> WhatIf:
        """What the changes of ``action`` would lead to."""
        return await call(
            self.tools,
            "what_if",
            WhatIf,
            specification=specification,
            changes=action.changes,
            evidence=action.evidence,
        )

    async def compare(self, options: Sequence[Recommendation]) -> Comparison:
        """``options``, at least two, side by side."""
        return await call(self.tools, "compare_options", Comparison, options=list(options))

    @property
    def keeps_scenarios(self) -> bool:
        """Whether scenarios can be kept: that takes a database."""
        return "keep_scenario" in self.tools

    async def keep(
        self, thread_id: str, name: str, specification: DeploymentSpecification, changes: Mapping[str, Any]
    ) -> Scenario:
        """The plan for ``specification`` with ``changes``, kept under ``name``."""
        return await call(
            self.tools,
            "keep_scenario",
            Scenario,
            thread_id=thread_id,
            name=name,
            specification=specification,
            changes=dict(changes),
        )

    async def compare_scenarios(self, thread_id: str, names: Sequence[str], present: Plan) -> ScenarioComparison:
        """The scenarios of those names (all without any) beside the ``present`` plan."""
        return await call(
            self.tools, "compare_scenarios", ScenarioComparison, thread_id=thread_id, names=list(names), present=present
        )
