"""Where the numbers of a planned option come from: the trace of the plan, and what was measured of the same engine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.knowledge.model_benchmarks import load_benchmarks
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.trace import Trace
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.tracing.trace import to_simulate, trace
from neuralnav.services.evidence import beside_predictions, nearest, runs_of
from neuralnav.services.knowledge import Knowledge


@dataclass(frozen=True)
class ExplanationService:
    """Traces of plans' options over what is known today."""

    knowledge: Knowledge
    patience_s: float = 30.0
    """The longest that simulating the option's engine may take, where nobody has simulated it here."""

    async def explain(self, plan: Plan, option: Recommendation) -> Trace:
        """Where every number of ``option`` in ``plan`` comes from.

        Raises:
            InvalidInputError: a row in the database cannot be used.
            NotFoundError: today's data do not hold the configuration.
            NothingFitsError: by today's data the option does not meet the targets.
            UnavailableError: the database does not answer.
        """
        planner = await self.knowledge.planner()
        await self._simulate_missing(planner, plan, option)
        written = await asyncio.to_thread(trace, planner, plan, option)
        return await self._with_measured(written, planner, plan, option)

    async def _simulate_missing(self, planner: Planner, plan: Plan, option: Recommendation) -> None:
        """Simulate the option's engine where the plan did and nothing of that is kept here."""
        surfaces = self.knowledge.surfaces
        await surfaces.recall(planner, LoadShape.of(plan.specification))
        wanted = await asyncio.to_thread(to_simulate, planner, plan, option)
        if wanted is not None:
            async for _ in surfaces.simulate(planner, wanted, self.patience_s):
                pass

    async def _with_measured(self, written: Trace, planner: Planner, plan: Plan, option: Recommendation) -> Trace:
        runs = runs_of(option, await self._benchmarks(option), planner.reference)
        shown = nearest(runs, option, plan.specification)
        measured = await asyncio.to_thread(beside_predictions, shown, planner.reference, planner.calibration)
        return written.model_copy(update={"measured_runs": len(runs), "measured": measured})

    async def _benchmarks(self, option: Recommendation) -> tuple[Benchmark, ...]:
        """The runs on the option's GPU: those of the database, or else those that ship."""
        if self.knowledge.pool is None:
            return await asyncio.to_thread(read_measured_runs)
        return await load_benchmarks(self.knowledge.pool, option.gpu_type)
