"""Planning as the faces use it: off the event loop, over one set of reference data."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from neuralnav.models.intent import IntentReading
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.candidates import ModelShortlist
from neuralnav.planning.explain import Comparison, compare
from neuralnav.planning.specification import edit_specification, specify
from neuralnav.planning.what_if import WhatIf, what_if
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.records import Records


@dataclass(frozen=True)
class PlanningService:
    """Specifications, plans and comparisons."""

    knowledge: Knowledge
    records: Records | None = None

    async def specify(self, reading: IntentReading) -> DeploymentSpecification:
        """The specification that follows from what was said.

        Raises:
            QuestionPendingError: the use case or the load is missing.
        """
        return specify(reading, (await self.knowledge.reference()).use_cases)

    async def edit(
        self,
        specification: DeploymentSpecification,
        changes: Mapping[str, Any],
        evidence: Mapping[str, str] | None = None,
    ) -> DeploymentSpecification:
        """``specification`` with ``changes`` (field to new value), one version on; all of them or none.

        ``evidence`` holds the words that a change was said in.

        Raises:
            InvalidInputError: a field is unknown or a value is not allowed.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        use_cases = (await self.knowledge.reference()).use_cases
        return edit_specification(specification, changes, use_cases, at=now, evidence=evidence)

    async def record(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep a confirmed specification, where records are kept."""
        if self.records:
            await self.records.save_specification(thread_id, specification)

    async def suitable_models(self, specification: DeploymentSpecification) -> ModelShortlist:
        """The catalogue's models that can do the task and that the constraints allow."""
        return (await self.knowledge.planner()).shortlist(specification)

    async def plan(self, specification: DeploymentSpecification) -> Plan:
        """Every configuration evaluated and ranked."""
        return await asyncio.to_thread((await self.knowledge.planner()).plan, specification)

    async def what_if(
        self,
        specification: DeploymentSpecification,
        changes: Mapping[str, Any],
        evidence: Mapping[str, str] | None = None,
    ) -> WhatIf:
        """The plan that ``changes`` would lead to, beside the present one.

        Raises:
            InvalidInputError: a field is unknown or a value is not allowed.
        """
        changed = await self.edit(specification, changes, evidence)
        return await asyncio.to_thread(what_if, await self.knowledge.planner(), specification, changed)

    def compare(self, first: Recommendation, second: Recommendation) -> Comparison:
        """Two options side by side, with a sentence."""
        return compare(first, second)
