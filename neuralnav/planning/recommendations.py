"""Sized candidates as recommendations: every figure with its band, what stands out, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.gpus import gpu_label
from neuralnav.models.plan import (
    EngineArguments,
    Estimate,
    Predicted,
    Recommendation,
    Scores,
    Utilisation,
)
from neuralnav.models.specification import Constraints, DeploymentSpecification
from neuralnav.models.vocabulary import Source
from neuralnav.performance.calibration import Calibration, Metric
from neuralnav.performance.memory import GIB
from neuralnav.performance.results import MEDIUM_FROM, NEAR_SATURATION_FROM, LoadRegime
from neuralnav.planning.candidates import ONLINE_FP8_NOTE, Candidate, CandidateTable
from neuralnav.planning.cost import SECONDS_PER_HOUR, Packing, PriceBook, cost_of, tokens_per_second
from neuralnav.planning.evaluation import Load, Sizing
from neuralnav.planning.explain import reason
from neuralnav.planning.figures import PlanningFigures
from neuralnav.planning.measured_surfaces import TAIL_SPREAD
from neuralnav.planning.ranking import Ranked
from neuralnav.planning.scoring import (
    balanced_scores,
    complexity_scores,
    latency_scores,
    price_scores,
)
from neuralnav.planning.suitability import Suitability
from neuralnav.planning.surface_book import SurfaceBook

UNRATED_NOTE = (
    "No benchmark scores are known for this model; its accuracy is estimated from its size, give or take 10 points."
)
ESTIMATED_NOTE = "Estimated by formulas so far; simulating it may move its TTFT by a fifth, and more near saturation."
ROBUST_NOTE = "Keeps every target even at the top of its 90 % band."
_REGIMES = (LoadRegime.LIGHT, LoadRegime.MEDIUM, LoadRegime.NEAR_SATURATION)
LITTLE_USED = 0.40
"""Utilisation below this is pointed out."""


@dataclass(frozen=True)
class Setting:
    """What all configurations of one plan have in common."""

    table: CandidateTable
    surfaces: SurfaceBook
    specification: DeploymentSpecification
    template: UseCaseTemplate
    judged: Sequence[Suitability]
    """For each served model."""
    book: PriceBook
    figures: PlanningFigures
    calibration: Calibration


@dataclass(frozen=True)
class Evaluated:
    """Candidates under load, sized and scored; the unit that views and near misses choose from."""

    setting: Setting
    load: Load
    sizing: Sizing
    constraints: Constraints
    """Those that prices were looked up under."""
    scores: Ranked

    @classmethod
    def of(cls, setting: Setting, load: Load, sizing: Sizing, constraints: Constraints) -> Evaluated:
        """Score every candidate of a load."""
        return cls(setting, load, sizing, constraints, _scored(setting, load, sizing))

    def recommend(
        self,
        position: int,
        *,
        slo_met: bool,
        titles: Sequence[str] = (),
        compliant: int = 0,
    ) -> Recommendation:
        """The candidate at ``position`` as people see it; ``titles`` are the views that it leads."""
        candidate = self.candidate(position)
        packing, used = self._packing(position, candidate), self._utilisation(position)
        drafted = Recommendation(
            id=self.identity(position),
            model=candidate.served.model.model_id,
            display_name=candidate.served.model.display_name,
            gpu_type=candidate.gpu.gpu_type,
            tensor_parallel=candidate.tensor_parallel,
            replicas=int(self.sizing.replicas[position]),
            gpus=int(self.sizing.gpus[position]),
            precision=candidate.served.precision,
            engine=self._engine(candidate, position),
            cost=cost_of(packing, self.setting.specification.traffic) if packing else None,
            predicted=self._predicted(position),
            utilisation=used,
            slo_met=slo_met,
            scores=self._scores(position),
            source=self._source(position),
            reason="-",
            notes=tuple(self._notes(position, candidate, packing, used)),
        )
        why = reason(drafted, self.setting.specification, titles, compliant)
        return drafted.model_copy(update={"reason": why})

    def candidate(self, position: int) -> Candidate:
        """The candidate itself."""
        return self.setting.table.candidates[int(self.load.rows[position])]

    def identity(self, position: int) -> str:
        """The id of a configuration: readable, and the same for the same specification and data."""
        candidate = self.candidate(position)
        served, replicas = candidate.served, int(self.sizing.replicas[position])
        whole = f"{served.model.model_id}|{served.precision}|{served.quantization}"
        digest = hashlib.sha256(whole.encode()).hexdigest()[:6]
        gpu = candidate.gpu.gpu_type.lower()
        return f"{served.model.short_name}-{served.precision}-{gpu}-tp{candidate.tensor_parallel}x{replicas}-{digest}"

    @cached_property
    def robust(self) -> NDArray[np.bool_]:
        """Which keep every target even at the top of their bands."""
        targets, performance = self.setting.specification.slo_targets, self.sizing.performance
        return np.asarray(
            (performance.ttft_p95_ms * self._tops(Metric.TTFT) <= targets.ttft_p95_ms)
            & (performance.itl_p95_ms * self._tops(Metric.ITL) <= targets.itl_p95_ms)
            & (performance.e2e_p95_ms * self._tops(Metric.E2E) <= targets.e2e_p95_ms)
        )

    def _tops(self, metric: Metric) -> NDArray[np.float64]:
        """The factor from each prediction to the top of its band."""
        calibration = self.setting.calibration
        generations = [gpu.generation for gpu in self.setting.table.gpus]
        tops = np.array([[calibration.band(metric, one, regime).high for regime in _REGIMES] for one in generations])
        return np.asarray(tops[self.setting.table.gpu_index[self.load.rows], self._regimes])

    @cached_property
    def _regimes(self) -> NDArray[np.intp]:
        """How busy each replica is at its share of the peak: its place in ``_REGIMES``."""
        return np.digitize(self.sizing.performance.utilisation, [MEDIUM_FROM, NEAR_SATURATION_FROM])

    def _packing(self, position: int, candidate: Candidate) -> Packing | None:
        return self.setting.book.pack(
            candidate.gpu.gpu_type,
            candidate.tensor_parallel,
            int(self.sizing.replicas[position]),
            self.constraints.cloud_provider,
            self.constraints.region,
        )

    def _judged(self, position: int) -> Suitability:
        return self.setting.judged[int(self.setting.table.served_index[self.load.rows[position]])]

    def _engine(self, candidate: Candidate, position: int) -> EngineArguments:
        return EngineArguments(
            max_model_len=self._judged(position).context_tokens,
            max_num_seqs=candidate.limits.max_num_seqs,
            max_num_batched_tokens=candidate.limits.max_num_batched_tokens,
            gpu_memory_utilization=self.setting.specification.policy.gpu_memory_utilization,
            quantization=candidate.served.quantization,
        )

    def _predicted(self, position: int) -> Predicted:
        performance = self.sizing.performance
        return Predicted(
            ttft_p95_ms=self._estimate(Metric.TTFT, performance.ttft_p95_ms, position),
            itl_p95_ms=self._estimate(Metric.ITL, performance.itl_p95_ms, position),
            e2e_p95_ms=self._estimate(Metric.E2E, performance.e2e_p95_ms, position),
            max_qps=self._estimate(Metric.MAX_QPS, self.sizing.max_qps, position),
        )

    def _estimate(self, metric: Metric, values: NDArray[np.float64], position: int) -> Estimate:
        generation, regime = self.candidate(position).gpu.generation, _REGIMES[self._regimes[position]]
        source, value, evidence = self._source(position), float(values[position]), self.load.measured.get(position)
        if source is Source.MEASURED and metric is Metric.MAX_QPS:
            source = Source.CALIBRATED
        estimate = self.setting.calibration.estimate(metric, value, generation, regime, source)
        if evidence is None:
            return estimate
        spread = TAIL_SPREAD if source is Source.MEASURED else 0.0
        band = {"low": value * (1 - spread), "high": value * (1 + spread)} if spread else {}
        return estimate.model_copy(update=band | {"reference": f"{evidence.reference}; {estimate.reference}"})

    def _source(self, position: int) -> Source:
        """Of the latencies at the share of the peak."""
        evidence = self.load.measured.get(position)
        if evidence is not None:
            return Source.MEASURED if evidence.covers(self._share_qps(position)) else Source.CALIBRATED
        return Source.SIMULATED if self.load.surfaces.simulated[position] else Source.ESTIMATED

    def _share_qps(self, position: int) -> float:
        """What one replica gets of the peak."""
        return self.setting.specification.traffic.peak_qps / int(self.sizing.replicas[position])

    def _utilisation(self, position: int) -> Utilisation:
        table, row = self.setting.table, int(self.load.rows[position])
        cache = self.sizing.performance.sequences[position] * self.load.sequence_bytes[position] / GIB
        used = (table.weights_gib[row] + table.overhead_gib[row] + cache) / table.total_gib[row]
        return Utilisation(
            gpu_memory=min(float(used), 1.0),
            compute=min(float(self.sizing.performance.utilisation[position]), 1.0),
        )

    def _scores(self, position: int) -> Scores:
        return Scores(
            accuracy=float(self.scores.accuracy[position]),
            price=float(self.scores.price[position]),
            latency=float(self.scores.latency[position]),
            complexity=float(self.scores.complexity[position]),
            balanced=float(self.scores.balanced[position]),
            accuracy_rated=self._judged(position).accuracy.rated,
        )

    def _notes(self, position: int, candidate: Candidate, packing: Packing | None, used: Utilisation) -> Iterator[str]:
        if candidate.served.online:
            yield ONLINE_FP8_NOTE
        yield from candidate.notes
        yield from self._quality_notes(position, candidate)
        if packing is None:
            hardware = gpu_label(candidate.gpu.gpu_type, candidate.tensor_parallel)
            yield f"No instance with a known price holds {hardware}."
        if used.compute < LITTLE_USED:
            why = _why_idle(int(self.sizing.replicas[position]))
            yield f"At peak it uses {used.compute:.0%} of the throughput that it could reach; {why}."
        if used.gpu_memory < LITTLE_USED:
            yield f"At peak it needs {used.gpu_memory:.0%} of the GPU memory."
        if self._source(position) is Source.ESTIMATED:
            yield ESTIMATED_NOTE
        if self.robust[position]:
            yield ROBUST_NOTE
        if packing is not None:
            yield from (price.note for price, _ in packing.instances if price.note)

    def _quality_notes(self, position: int, candidate: Candidate) -> Iterator[str]:
        accuracy = self._judged(position).accuracy
        if not accuracy.rated:
            yield UNRATED_NOTE
        if accuracy.note:
            yield accuracy.note
        if hint := candidate.served.model.request_hint:
            yield hint


def _why_idle(replicas: int) -> str:
    return "one replica is the least" if replicas == 1 else "the latency targets set its size"


def _reference_hourly_usd(setting: Setting) -> float:
    reference = setting.figures.reference_cost_usd_per_million_tokens
    millions = tokens_per_second(setting.specification.traffic) * SECONDS_PER_HOUR / 1e6
    return max(reference.values[setting.template.use_case] * millions, reference.least_hourly_usd)


def _scored(setting: Setting, load: Load, sizing: Sizing) -> Ranked:
    table, specification = setting.table, setting.specification
    rows = load.rows
    served = table.served_index[rows]
    accuracy = np.array([one.accuracy.score for one in setting.judged], dtype=np.float64)[served]
    price = price_scores(sizing.hourly_usd, _reference_hourly_usd(setting))
    latency = latency_scores(sizing.performance, specification.slo_targets)
    gpus = np.maximum(sizing.gpus, 1).astype(np.float64)
    degrees = table.tensor_parallel[rows].astype(np.float64)
    complexity = complexity_scores(gpus, np.ceil(gpus / table.gpus_per_node[rows]), degrees)
    return Ranked(
        names=table.name_ranks[rows],
        models=table.model_names[rows],
        gpus=table.gpu_names[rows],
        accuracy=accuracy,
        price=price,
        latency=latency,
        complexity=complexity,
        balanced=balanced_scores(specification.weights, accuracy, price, latency, complexity),
        hourly_usd=sizing.hourly_usd,
    )
