"""Four scores from 0 to 100, each absolute: no candidate's score depends on which others there are.

Accuracy: benchmark scores weighted as the use case says; benchmarks that are missing leave their weight to the
others while at least half of the weight is there, else the model is unrated and estimated from its size.
Price: 50 at the use case's reference cost of the load's tokens, 15 points for each factor of two.
Latency: what is left of the three p95 targets, on average.
Complexity: 100 for one GPU on one machine, less for more GPUs, machines and parallelism.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.catalog import QualityScore, UseCaseTemplate
from neuralnav.models.specification import ScoreWeights, SLOTargets
from neuralnav.models.vocabulary import Quality, UseCase
from neuralnav.performance.architecture import parameter_counts
from neuralnav.performance.surface import ReplicaPerformance
from neuralnav.planning.candidates import ServedModel
from neuralnav.planning.figures import PlanningFigures

Floats = NDArray[np.float64]

LEAST_WEIGHT = 0.5
"""Share of the benchmarks' weight that must be there for a model to count as rated."""
PRICE_POINTS_PER_DOUBLING = 15.0
GPU_POINTS_PER_DOUBLING = 12.0
MACHINE_POINTS_PER_DOUBLING = 10.0
PARALLEL_POINTS_PER_DOUBLING = 6.0


@dataclass(frozen=True)
class Accuracy:
    """An accuracy score, and whether public benchmarks stand behind it."""

    score: float
    rated: bool


class QualityBook:
    """Benchmark scores by exact model identity, ready to be weighted for any use case."""

    def __init__(self, scores: Sequence[QualityScore], figures: PlanningFigures) -> None:
        self._figures = figures
        by_model: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for score in scores:
            by_model[score.model][score.benchmark] = score.score
        self._by_model: Mapping[str, Mapping[str, float]] = dict(by_model)

    def accuracy(self, served: ServedModel, template: UseCaseTemplate) -> Accuracy:
        """The accuracy score of a model in its precision for a use case."""
        weights = template.quality_weights
        known = self._by_model.get(served.model.quality_key or "", {})
        present = {name: weight for name, weight in weights.items() if name in known}
        rated = sum(present.values()) >= LEAST_WEIGHT
        if rated:
            score = sum(weight * known[name] for name, weight in present.items()) / sum(present.values())
        else:
            score = sum(weight * self._estimate(name, served) for name, weight in weights.items())
        return Accuracy(min(max(score * self._kept(served), 0.0), 100.0), rated)

    def least(self, quality: Quality | None, use_case: UseCase) -> float:
        """The accuracy score that a quality tier asks for; 0 for ``standard`` and for none."""
        if quality in (None, Quality.STANDARD):
            return 0.0
        return self._figures.quality_tiers.values[use_case][Quality(quality)]

    def _kept(self, served: ServedModel) -> float:
        trained_so = served.quantization == "mxfp4"
        return 1.0 if trained_so else self._figures.accuracy_kept.values[served.precision]

    def _estimate(self, benchmark: str, served: ServedModel) -> float:
        line = self._figures.unrated_scores.benchmarks.get(benchmark)
        if line is None:
            return 0.0
        counts = parameter_counts(served.architecture)
        size = math.sqrt(float(counts.total) * counts.active_per_token) / 1e9
        return max(line.at_one_billion + line.per_doubling * math.log2(size), 0.0)


def price_scores(hourly_usd: Floats, reference_hourly_usd: float) -> Floats:
    """Price scores; 0 where the cost is infinite."""
    doublings = np.log2(hourly_usd / reference_hourly_usd)
    return np.clip(50.0 - PRICE_POINTS_PER_DOUBLING * doublings, 0.0, 100.0)


def latency_scores(performance: ReplicaPerformance, targets: SLOTargets) -> Floats:
    """Headroom to the three targets, on average; 0 where they are missed by as much."""
    shares = [
        1 - performance.ttft_p95_ms / targets.ttft_p95_ms,
        1 - performance.itl_p95_ms / targets.itl_p95_ms,
        1 - performance.e2e_p95_ms / targets.e2e_p95_ms,
    ]
    return np.asarray(np.clip(100.0 * np.mean(shares, axis=0), 0.0, 100.0))


def complexity_scores(gpus: Floats, machines: Floats, tensor_parallel: Floats) -> Floats:
    """Simplicity of a configuration: 100 is one GPU on one machine."""
    spent = (
        GPU_POINTS_PER_DOUBLING * np.log2(gpus)
        + MACHINE_POINTS_PER_DOUBLING * np.log2(machines)
        + PARALLEL_POINTS_PER_DOUBLING * np.log2(tensor_parallel)
    )
    return np.asarray(np.clip(100.0 - spent, 0.0, 100.0))


def balanced_scores(
    weights: ScoreWeights, accuracy: Floats, price: Floats, latency: Floats, complexity: Floats
) -> Floats:
    """The four scores as the weights mix them."""
    return (
        weights.accuracy * accuracy
        + weights.price * price
        + weights.latency * latency
        + weights.complexity * complexity
    )
