"""The capacity planner: evaluates every configuration, ranks, compares and explains from the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.reply import ReplyAction
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.candidates import ModelShortlist
from neuralnav.planning.explain import Comparison
from neuralnav.planning.what_if import WhatIf
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
