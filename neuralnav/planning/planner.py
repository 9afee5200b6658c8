"""From a specification to a plan: every configuration evaluated, ranked and explained."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.catalog import ReferenceData, UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import NearMiss, Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import Source
from neuralnav.performance.calibration import Calibration, read_calibration
from neuralnav.performance.efficiencies import Efficiencies, shipped_efficiencies
from neuralnav.performance.sweep import Sweep
from neuralnav.planning.candidates import TENSOR_PARALLEL_DEGREES, ModelShortlist, candidate_table
from neuralnav.planning.cost import price_book
from neuralnav.planning.derivation import find_template
from neuralnav.planning.evaluation import put_under_load, size
from neuralnav.planning.figures import PlanningFigures, read_figures
from neuralnav.planning.groundwork import Groundwork, Groundworks
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.measured_surfaces import MeasuredSurfaces
from neuralnav.planning.near_misses import ENOUGH_COMPLIANT, MOST_SHOWN, helps_alone, near_misses
from neuralnav.planning.presentation import chosen_views, fitting_templates, plan_warnings
from neuralnav.planning.promise import ToSimulate, edition, promising, within_reach
from neuralnav.planning.recommendations import Evaluated, Setting
from neuralnav.planning.requirements import (
    Requirement,
    first_reasons,
    fixed_requirements,
    passing,
    sized_requirements,
)
from neuralnav.planning.scoring import QualityBook
from neuralnav.planning.shorter_requests import shorter_requests
from neuralnav.planning.specification import edit_specification, specify
from neuralnav.planning.suitability import Suitability, context_tokens, judge, p95_request, shortlist
from neuralnav.planning.surface_book import SurfaceBook

REQUEST_FIELDS = frozenset(
    {"prompt_tokens", "output_tokens", "mix", "burstiness", "prefix_cache_hit_ratio", "policy.gpu_memory_utilization"}
)
"""Changes of these make another shape of load."""

Booleans = NDArray[np.bool_]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class _Judged:
    """Every candidate of a specification with what it fails."""

    evaluated: Evaluated
    ground: Groundwork
    sized: tuple[Requirement, ...]
    """Requirements of those that pass the fixed ones."""

    @cached_property
    def passes(self) -> Booleans:
        """Which of those pass everything."""
        return passing(self.sized)

    @property
    def compliant(self) -> Positions:
        """Where they are."""
        return np.flatnonzero(self.passes)

    @property
    def rejected(self) -> dict[str, int]:
        """How many candidates each reason is the first to rule out."""
        rejected = dict(self.ground.rejected)
        for reason, count in first_reasons(self.sized).items():
            rejected[reason] = rejected.get(reason, 0) + count
        return rejected


class Planner:
    """Plans over one set of reference data; what does not depend on the specification is worked out once."""

    def __init__(
        self,
        reference: ReferenceData,
        benchmarks: Sequence[Benchmark] = (),
        *,
        figures: PlanningFigures | None = None,
        calibration: Calibration | None = None,
        efficiencies: Efficiencies | None = None,
        trusts_remote_code: bool = False,
    ) -> None:
        """``trusts_remote_code``: whether models may be planned with whose code vLLM would have to run."""
        self.reference = reference
        self.benchmarks = tuple(benchmarks)
        self.trusts_remote_code = trusts_remote_code
        self.figures = figures or read_figures()
        self.calibration = calibration or read_calibration()
        used = efficiencies or shipped_efficiencies()
        self.edition = edition(used, self.calibration)
        self._table = candidate_table(reference)
        self.surfaces = SurfaceBook(self._table, used, MeasuredSurfaces(self._table, benchmarks, reference))
        self._book = price_book(reference.prices, TENSOR_PARALLEL_DEGREES)
        self._groundworks = Groundworks()
        self._quality = QualityBook(reference.quality_scores, self.figures)

    def shortlist(self, specification: DeploymentSpecification) -> ModelShortlist:
        """The models that can do the task and that the constraints allow.

        Raises:
            QuestionPendingError: the use case is not known.
        """
        template = find_template(specification.intent.use_case, self.reference.use_cases)
        return shortlist(self._table.served, self._ground(specification, template).judged)

    def plan(self, specification: DeploymentSpecification) -> Plan:
        """Every configuration evaluated and ranked for ``specification``.

        The same specification and data give the same plan but for ``elapsed_ms``.

        Raises:
            QuestionPendingError: the use case is not known.
        """
        started = time.perf_counter()
        judged = self._judge(self._with_priced_region(specification))
        evaluated, compliant = judged.evaluated, judged.compliant
        views, pareto = chosen_views(evaluated, compliant)
        still_open = len(self._open(judged))
        scarce = len(compliant) < ENOUGH_COMPLIANT
        misses = near_misses(evaluated.setting, judged.ground.fixed, evaluated.load, judged.passes) if scarce else ()
        if not len(compliant) and not any(helps_alone(miss) for miss in misses):
            misses = (*self._with_shorter_requests(evaluated.setting), *misses)[:MOST_SHOWN]
        return Plan(
            specification=specification,
            views=views,
            pareto=pareto,
            templates=fitting_templates(evaluated, compliant, self.reference.templates),
            near_misses=misses,
            rejected_summary=judged.rejected,
            evaluated=len(self._table.candidates),
            compliant=len(compliant),
            estimated=still_open,
            models_considered=len({one.model.short_name for one in self._table.served}),
            elapsed_ms=(time.perf_counter() - started) * 1e3,
            price_table=self._book.digest,
            calibration=self.calibration.version,
            warnings=plan_warnings(evaluated, compliant, judged.sized, judged.rejected, specification, still_open),
        )

    def evaluate(self, specification: DeploymentSpecification, option: Recommendation) -> Evaluated | None:
        """The configuration of ``option`` alone, under load, sized and scored; ``None`` where the data do not hold it.

        Raises:
            QuestionPendingError: the use case is not known.
        """
        row = self._table.find(option)
        if row is None:
            return None
        priced = self._with_priced_region(specification)
        template = find_template(priced.intent.use_case, self.reference.use_cases)
        judged = self._suitability(priced, template)
        load = put_under_load(self._table, self.surfaces, np.array([row], dtype=np.intp), priced)
        sizing = size(self._table, load, priced, self._book)
        return Evaluated.of(self._setting(priced, template, judged), load, sizing, priced.constraints)

    @property
    def price_table(self) -> str:
        """Digest of the prices that plans are made with."""
        return self._book.digest

    def to_simulate(self, specification: DeploymentSpecification) -> ToSimulate:
        """What the plan for ``specification`` rests on that was estimated and not simulated, most promising first.

        Raises:
            QuestionPendingError: the use case is not known.
        """
        judged = self._judge(self._with_priced_region(specification))
        load, setting = judged.evaluated.load, judged.evaluated.setting
        open_positions = promising(judged.evaluated, judged.passes, self._open(judged))
        rows = self.surfaces.distinct(load.rows[open_positions])
        contexts = np.array([one.context_tokens for one in setting.judged], dtype=np.intp)
        return ToSimulate(LoadShape.of(setting.specification), rows, contexts[self._table.served_index[rows]])

    def shown_estimates(self, plan: Plan) -> ToSimulate:
        """What a plan shows and was estimated and not simulated: near misses may lie where nothing else was sought.

        Options whose change concerns the requests themselves belong to another load, and are left out.
        """
        shown = [option for options in plan.views.values() for option in options]
        shown += [miss.option for miss in plan.near_misses if not REQUEST_FIELDS & miss.change.keys()]
        found = {self._table.find(option) for option in shown if option.source is Source.ESTIMATED}
        rows = np.array(sorted(row for row in found if row is not None), dtype=np.intp)
        contexts = [context_tokens(self._table.candidates[row].served.model, plan.specification) for row in rows]
        return ToSimulate(LoadShape.of(plan.specification), rows, np.array(contexts, dtype=np.intp))

    def runnable(self, specification: DeploymentSpecification) -> ToSimulate:
        """Every engine that can serve the requests of ``specification``, whatever else it asks for.

        Raises:
            QuestionPendingError: the use case is not known.
        """
        contexts = [context_tokens(one.model, specification) for one in self._table.served]
        long_enough = [one.model.context_tokens >= p95_request(specification) for one in self._table.served]
        needed = self._table.sequence_bytes(self._table.models_each(contexts))
        left = self._table.kv_cache_bytes(specification.policy.gpu_memory_utilization)
        able = (left >= needed) & (left > 0) & np.array(long_enough)[self._table.served_index]
        rows = self.surfaces.distinct(np.flatnonzero(able))
        each = np.array(contexts, dtype=np.intp)[self._table.served_index[rows]]
        return ToSimulate(LoadShape.of(specification), rows, each)

    def smallest_sweep(self) -> Sweep | None:
        """One engine under the first use case's load: something to try simulations with, where there is anything."""
        template = self.reference.use_cases[0]
        specification = specify(DeploymentIntent(use_case=template.use_case, user_count=1), self.reference.use_cases)
        found = self.runnable(specification)
        if not len(found):
            return None
        return self.surfaces.sweep(found.shape, found.rows[:1], int(found.context_tokens[0]))

    def unsimulated(self, specification: DeploymentSpecification) -> ToSimulate:
        """What :meth:`runnable` gives and nobody has simulated yet."""
        wanted = self.runnable(specification)
        return wanted.take(~self.surfaces.surfaces(wanted.shape).simulated[wanted.rows])

    def _open(self, judged: _Judged) -> Positions:
        """Which configurations might still come out otherwise once they are simulated."""
        load, targets = judged.evaluated.load, judged.evaluated.setting.specification.slo_targets
        return np.flatnonzero(~load.surfaces.simulated & within_reach(load.surfaces, targets))

    def _judge(self, specification: DeploymentSpecification) -> _Judged:
        template = find_template(specification.intent.use_case, self.reference.use_cases)
        ground = self._ground(specification, template)
        sizing = size(self._table, ground.load, specification, self._book)
        setting = self._setting(specification, template, ground.judged)
        evaluated = Evaluated.of(setting, ground.load, sizing, specification.constraints)
        return _Judged(evaluated, ground, sized_requirements(ground.load, sizing, specification))

    def _setting(
        self, specification: DeploymentSpecification, template: UseCaseTemplate, judged: Sequence[Suitability]
    ) -> Setting:
        return Setting(
            table=self._table,
            surfaces=self.surfaces,
            specification=specification,
            template=template,
            judged=judged,
            book=self._book,
            figures=self.figures,
            calibration=self.calibration,
        )

    def _ground(self, specification: DeploymentSpecification, template: UseCaseTemplate) -> Groundwork:
        def lay() -> Groundwork:
            judged = self._suitability(specification, template)
            fixed = fixed_requirements(self._table, specification, judged, self._book)
            rows = np.flatnonzero(passing(fixed))
            return Groundwork(judged, fixed, put_under_load(self._table, self.surfaces, rows, specification))

        return self._groundworks.get(specification, template, self.surfaces, lay)

    def _suitability(
        self, specification: DeploymentSpecification, template: UseCaseTemplate
    ) -> tuple[Suitability, ...]:
        trusts = self.trusts_remote_code
        return tuple(judge(self._table.served, specification, template, self._quality, trusts_remote_code=trusts))

    def _with_shorter_requests(self, setting: Setting) -> tuple[NearMiss, ...]:
        """What passes once the requests fit into the longest context window that allows anything at all."""
        for change in shorter_requests(setting.specification, self._table.served):
            shorter = edit_specification(setting.specification, change, self.reference.use_cases, at="")
            there = self._judge(shorter)
            misses = near_misses(
                there.evaluated.setting, there.ground.fixed, there.evaluated.load, there.passes, change
            )
            if misses:
                return misses
        return ()

    def _with_priced_region(self, specification: DeploymentSpecification) -> DeploymentSpecification:
        """The specification without its region where no price is known in it: other regions' prices stand in."""
        constraints = specification.constraints
        if constraints.region is None or self._book.knows(constraints.cloud_provider, constraints.region):
            return specification
        anywhere = constraints.model_copy(update={"region": None})
        return specification.model_copy(update={"constraints": anywhere})
