"""What a trace is written from: the plan's option, and the same configuration by today's data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from neuralnav.models.catalog import QualityScore
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.trace import SourceKind, TraceSource
from neuralnav.performance.step_time import StepCurves
from neuralnav.planning.candidates import Candidate
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.measured_surfaces import Evidence
from neuralnav.planning.planner import Planner
from neuralnav.planning.recommendations import Evaluated, Setting
from neuralnav.planning.suitability import Suitability
from neuralnav.planning.tracing.sources import of_calibration, of_measured

ONLY = 0
"""The position of the configuration among those that were evaluated."""


@dataclass(frozen=True)
class Traced:
    """One configuration, evaluated alone."""

    plan: Plan
    option: Recommendation
    """As the plan holds it."""
    evaluated: Evaluated
    """By today's data."""
    today: Recommendation
    """The option as today's data have it."""
    planner: Planner
    """Over today's data."""

    @property
    def setting(self) -> Setting:
        """What it shares with all other configurations."""
        return self.evaluated.setting

    @property
    def specification(self) -> DeploymentSpecification:
        """What was asked for."""
        return self.evaluated.setting.specification

    @cached_property
    def candidate(self) -> Candidate:
        """The model on its GPUs."""
        return self.evaluated.candidate(ONLY)

    @property
    def row(self) -> int:
        """Its place in the candidate table."""
        return int(self.evaluated.load.rows[ONLY])

    @property
    def judged(self) -> Suitability:
        """Its model's accuracy and context."""
        return self.setting.judged[int(self.setting.table.served_index[self.row])]

    @cached_property
    def shape(self) -> LoadShape:
        """The requests, whatever their rate."""
        return LoadShape.of(self.specification)

    @property
    def simulated(self) -> bool:
        """Whether its performance was simulated, and not estimated by formulas."""
        return bool(self.evaluated.load.surfaces.simulated[ONLY])

    @cached_property
    def curves(self) -> StepCurves:
        """Step times of the engine."""
        sweep = self.planner.surfaces.sweep(self.shape, self.evaluated.load.rows, self.judged.context_tokens)
        return sweep.engines.curves

    @property
    def quality_scores(self) -> dict[str, QualityScore]:
        """The model's public scores by benchmark."""
        key = self.candidate.served.model.quality_key
        return {one.benchmark: one for one in self.planner.reference.quality_scores if one.model == key}

    @property
    def evidence(self) -> Evidence | None:
        """What was measured of it under such requests."""
        return self.evaluated.load.measured.get(ONLY)

    @property
    def performance_source(self) -> TraceSource:
        """Who vouches for the performance model's figures: step times, saturation, sequences in flight."""
        how = "simulated" if self.simulated else "estimated by formulas"
        return of_calibration(
            self.setting.calibration,
            f"neuralnav.performance, {how}; data/efficiencies.json, edition {self.planner.edition}",
        )

    @property
    def latency_source(self) -> TraceSource:
        """Who vouches for its p95 latencies: measured runs where there are any, times the performance model."""
        if self.evidence is None:
            return self.performance_source
        return of_measured(self.evidence, self.performance_source)

    def said(self, name: str) -> bool:
        """Whether a field of the intent was given."""
        return getattr(self.specification.intent, name, None) is not None


def from_plan(where: str) -> TraceSource:
    """A figure that only the plan's own specification holds by now."""
    return TraceSource(
        kind=SourceKind.SPECIFICATION,
        where=f"specification, {where}",
        source="the plan's specification; the data that it came from hold another value today",
    )
