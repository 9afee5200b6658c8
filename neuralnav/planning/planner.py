"""From a specification to a plan: every configuration evaluated, ranked and explained."""

from __future__ import annotations

import time

import numpy as np

from neuralnav.models.catalog import ReferenceData
from neuralnav.models.plan import NearMiss, Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.performance.calibration import Calibration, read_calibration
from neuralnav.performance.efficiencies import Efficiencies, shipped_efficiencies
from neuralnav.planning.candidates import TENSOR_PARALLEL_DEGREES, ModelShortlist, candidate_table
from neuralnav.planning.cost import price_book
from neuralnav.planning.derivation import find_template
from neuralnav.planning.evaluation import put_under_load, size
from neuralnav.planning.figures import PlanningFigures, read_figures
from neuralnav.planning.near_misses import ENOUGH_COMPLIANT, MOST_SHOWN, PLAN_LIMIT, near_misses
from neuralnav.planning.presentation import chosen_views, plan_warnings
from neuralnav.planning.recommendations import Evaluated, Setting
from neuralnav.planning.requirements import (
    first_reasons,
    fixed_requirements,
    passing,
    sized_requirements,
)
from neuralnav.planning.scoring import QualityBook
from neuralnav.planning.shorter_requests import shorter_requests
from neuralnav.planning.specification import edit_specification
from neuralnav.planning.suitability import shortlist, suitability


class Planner:
    """Plans over one set of reference data; what does not depend on the specification is worked out once."""

    def __init__(
        self,
        reference: ReferenceData,
        *,
        figures: PlanningFigures | None = None,
        calibration: Calibration | None = None,
        efficiencies: Efficiencies | None = None,
    ) -> None:
        self.reference = reference
        self.figures = figures or read_figures()
        self.calibration = calibration or read_calibration()
        self._table = candidate_table(reference, efficiencies or shipped_efficiencies())
        self._book = price_book(reference.prices, TENSOR_PARALLEL_DEGREES)
        self._quality = QualityBook(reference.quality_scores, self.figures)

    def shortlist(self, specification: DeploymentSpecification) -> ModelShortlist:
        """The models that can do the task and that the constraints allow.

        Raises:
            QuestionPendingError: the use case is not known.
        """
        return shortlist(self._table.served, self._setting(specification).judged)

    def plan(self, specification: DeploymentSpecification) -> Plan:
        """Every configuration evaluated and ranked for ``specification``.

        The same specification and data give the same plan but for ``elapsed_ms``.

        Raises:
            QuestionPendingError: the use case is not known.
        """
        started = time.perf_counter()
        setting = self._setting(self._with_priced_region(specification))
        fixed = fixed_requirements(self._table, setting.specification, setting.judged, self._book)
        load = put_under_load(self._table, np.flatnonzero(passing(fixed)), setting.specification)
        sizing = size(self._table, load, setting.specification, self._book)
        sized = sized_requirements(load, sizing, setting.specification)
        passes = passing(sized)
        compliant = np.flatnonzero(passes)
        evaluated = Evaluated.of(setting, load, sizing, setting.specification.constraints)
        views, pareto = chosen_views(evaluated, compliant)
        scarce = len(compliant) < ENOUGH_COMPLIANT
        misses = near_misses(setting, fixed, load, passes) if scarce else ()
        if not len(compliant) and all(PLAN_LIMIT in miss.change for miss in misses):
            misses = (*self._with_shorter_requests(setting), *misses)[:MOST_SHOWN]
        rejected = first_reasons(fixed)
        for reason, count in first_reasons(sized).items():
            rejected[reason] = rejected.get(reason, 0) + count
        return Plan(
            specification=specification,
            views=views,
            pareto=pareto,
            near_misses=misses,
            rejected_summary=rejected,
            evaluated=len(self._table.candidates),
            compliant=len(compliant),
            models_considered=len({one.model.short_name for one in self._table.served}),
            elapsed_ms=(time.perf_counter() - started) * 1e3,
            price_table=self._book.digest,
            calibration=self.calibration.version,
            warnings=plan_warnings(evaluated, compliant, sized, rejected, specification),
        )

    def _with_shorter_requests(self, setting: Setting) -> tuple[NearMiss, ...]:
        """What passes once the requests fit into the longest context window that allows anything at all."""
        for change in shorter_requests(setting.specification, self._table.served):
            shorter = edit_specification(setting.specification, change, self.reference.use_cases, at="")
            there = self._setting(shorter)
            fixed = fixed_requirements(self._table, shorter, there.judged, self._book)
            load = put_under_load(self._table, np.flatnonzero(passing(fixed)), shorter)
            sizing = size(self._table, load, shorter, self._book)
            passes = passing(sized_requirements(load, sizing, shorter))
            misses = near_misses(there, fixed, load, passes, change)
            if misses:
                return misses
        return ()

    def _setting(self, specification: DeploymentSpecification) -> Setting:
        template = find_template(specification.intent.use_case, self.reference.use_cases)
        judged = [suitability(one, specification, template, self._quality) for one in self._table.served]
        return Setting(
            table=self._table,
            specification=specification,
            template=template,
            judged=judged,
            book=self._book,
            figures=self.figures,
            calibration=self.calibration,
        )

    def _with_priced_region(self, specification: DeploymentSpecification) -> DeploymentSpecification:
        """The specification without its region where no price is known in it: other regions' prices stand in."""
        constraints = specification.constraints
        if constraints.region is None or self._book.knows(constraints.cloud_provider, constraints.region):
            return specification
        anywhere = constraints.model_copy(update={"region": None})
        return specification.model_copy(update={"constraints": anywhere})
