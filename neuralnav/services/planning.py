"""Planning as the faces use it: off the event loop, over one set of reference data."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from neuralnav.knowledge.database import Database
from neuralnav.models.intent import IntentReading
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import Source
from neuralnav.planning.candidates import ModelShortlist
from neuralnav.planning.explain import Comparison, compare
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import edit_specification, specify
from neuralnav.planning.what_if import WhatIf, what_if
from neuralnav.services.filling import Filler
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.records import Records
from neuralnav.settings import Settings

FIRST_ANSWER_S = 0.8
"""So often a plan whose load nobody has simulated before is made anew, until its first options are simulated."""


SURE_OPTIONS = 3
"""The first of each view are no estimates in what counts as an answer."""


SETTLING_ROUNDS = 4


@dataclass(frozen=True)
class PlanUpdate:
    """A plan, and how much of what it rests on is simulated."""

    plan: Plan
    simulated: int = 0
    of: int = 0
    """Engines to simulate; 0: none had to be."""

    @property
    def is_answer(self) -> bool:
        """Whether the best options are simulated, and not only estimated."""
        if not self.plan.feasible:
            return not self.plan.estimated
        shown = [option for options in self.plan.views.values() for option in options[:SURE_OPTIONS]]
        return all(option.source is not Source.ESTIMATED for option in shown)


@dataclass(frozen=True)
class PlanningService:
    """Specifications, plans and comparisons."""

    knowledge: Knowledge
    records: Records | None = None
    filler: Filler | None = None
    """Simulates ahead, where the process lives long enough."""
    patience_s: float = 30.0
    """The longest that simulating for one plan may take; what is not simulated then stays estimated. 0: all does."""

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
        """Every configuration evaluated and ranked, and simulated where nobody has before, within ``patience_s``."""
        async for update in self.updates(specification):
            last = update
        return last.plan

    async def updates(self, specification: DeploymentSpecification) -> AsyncGenerator[PlanUpdate]:
        """The plan as it gets better: at once where its load is known; else estimated, then simulated bit by bit.

        Raises:
            QuestionPendingError: the use case is not known.
            UnavailableError: the database does not answer.
        """
        planner = await self.knowledge.planner()
        shape = LoadShape.of(specification)
        await self.knowledge.surfaces.recall(planner, shape)
        if self.patience_s and not planner.surfaces.knows(shape):
            await asyncio.to_thread(self.knowledge.surfaces.sweeper.prepare)
        plan = await asyncio.to_thread(planner.plan, specification)
        if not self.patience_s or not (plan.estimated or len(await asyncio.to_thread(planner.shown_estimates, plan))):
            yield PlanUpdate(plan)
            return
        wanted = await asyncio.to_thread(planner.to_simulate, specification)
        update = PlanUpdate(plan, 0, len(wanted))
        yield update
        due, until = time.monotonic() + FIRST_ANSWER_S, time.monotonic() + self.patience_s
        async with aclosing(self.knowledge.surfaces.simulate(planner, wanted, self.patience_s)) as steps:
            async for simulated in steps:
                if not update.is_answer and time.monotonic() >= due:
                    plan = await asyncio.to_thread(planner.plan, specification)
                    due = time.monotonic() + FIRST_ANSWER_S
                update = PlanUpdate(plan, simulated, len(wanted))
                yield update
        yield PlanUpdate(await self._settled(planner, specification, until), update.simulated, len(wanted))
        if self.filler:
            self.filler.want(specification)

    async def _settled(self, planner: Planner, specification: DeploymentSpecification, until: float) -> Plan:
        """The plan once all that it shows is simulated, or time is up: near misses may lie where nothing was sought."""
        for _ in range(SETTLING_ROUNDS):
            plan = await asyncio.to_thread(planner.plan, specification)
            shown = await asyncio.to_thread(planner.shown_estimates, plan)
            if not len(shown) or time.monotonic() > until:
                break
            async for _ in self.knowledge.surfaces.simulate(planner, shown, until - time.monotonic()):
                pass
        return plan

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
        before, after = await self.plan(specification), await self.plan(changed)
        return what_if(before, after)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        """Planning over the knowledge base of ``settings``, which is closed on leaving.

        Raises:
            UnavailableError: the database cannot be started or reached.
            InvalidInputError: a row in the database cannot be used.
        """
        async with Database.open(settings) as database, Knowledge.open(settings, database.pool) as knowledge:
            yield cls(knowledge, patience_s=settings.planning_patience_s)

    def compare(self, first: Recommendation, second: Recommendation, *others: Recommendation) -> Comparison:
        """Options side by side, with a sentence."""
        return compare(first, second, *others)
