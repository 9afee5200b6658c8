"""Four scores from 0 to 100, each absolute: no candidate's score depends on which others there are.

Accuracy: benchmark scores weighted as the use case says. A benchmark that a model was not measured on counts as what
the lower quarter of models of its size reach; a model that less than half of the weight is known of is unrated, and
estimated so altogether. Scores that were reached by thinking at length count as far as models keep theirs without.
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
from neuralnav.models.vocabulary import Precision, Quality, UseCase
from neuralnav.performance.architecture import parameter_counts
from neuralnav.performance.surface import ReplicaPerformance
from neuralnav.planning.candidates import ServedModel
from neuralnav.planning.figures import PlanningFigures

Floats = NDArray[np.float64]

REASONING_NOTE = (
    "accuracy: its benchmark scores were reached by thinking at length, which the planned answers leave no room for; "
    "they count as far as models that can do both keep theirs without"
)
LEAST_WEIGHT = 0.5
"""Share of the benchmarks' weight that must be there for a model to count as rated."""
PRICE_POINTS_PER_DOUBLING = 15.0
GPU_POINTS_PER_DOUBLING = 12.0
MACHINE_POINTS_PER_DOUBLING = 10.0
PARALLEL_POINTS_PER_DOUBLING = 6.0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """An accuracy score, and whether public benchmarks stand behind it."""

    score: float
    rated: bool
    note: str | None = None
    """How the benchmarks were adjusted, for people; ``None``: not at all."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What accuracies of one use case are known by now."""

    template: UseCaseTemplate
    accuracies: dict[tuple[str, Precision, bool], Accuracy]


class QualityBook:
    """Benchmark scores by exact model identity, weighted for any use case; each accuracy is worked out once."""

    def __init__(self, scores: Sequence[QualityScore], figures: PlanningFigures) -> None:
        self._figures = figures
        self._scores: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._reasoned: set[str] = set()
        for score in scores:
            self._scores[score.model][score.benchmark] = score.score * figures.reasoning_kept.share(score)
            if score.mode == "reasoning":
                self._reasoned.add(score.model)
        self._judged: dict[UseCase, _Judged] = {}

    def accuracy(self, served: ServedModel, template: UseCaseTemplate) -> Accuracy:
        """The accuracy score of a model in its precision for a use case."""
        judged = self._judged.get(template.use_case)
        if judged is None or judged.template is not template:
            judged = self._judged[template.use_case] = _Judged(template, {})
        key = served.model.model_id, served.precision, served.online
        found = judged.accuracies.get(key)
        if found is None:
            found = judged.accuracies[key] = self._accuracy(served, template.quality_weights)
        return found

    def least(self, quality: Quality | None, use_case: UseCase) -> float:
        """The accuracy score that a quality tier asks for; 0 for ``standard`` and for none."""
        if quality in (None, Quality.STANDARD):
            return 0.0
        return self._figures.quality_tiers.values[use_case][Quality(quality)]

    def tier(self, accuracy: Accuracy, use_case: UseCase) -> Quality:
        """The highest tier that a score reaches."""
        reached = (tier for tier in reversed(Quality) if accuracy.score >= self.least(tier, use_case))
        return next(reached, Quality.STANDARD)

    def _accuracy(self, served: ServedModel, weights: Mapping[str, float]) -> Accuracy:
        model = served.model.quality_key or ""
        scores = self._scores.get(model, {})
        rated = sum(weight for name, weight in weights.items() if name in scores) >= LEAST_WEIGHT
        known = scores if rated else {}
        size = _size_in_billions(served)
        mixed = sum(
            weight * (known[name] if name in known else self._figures.unrated_scores.estimate(name, size))
            for name, weight in weights.items()
        )
        note = REASONING_NOTE if rated and model in self._reasoned else None
        return Accuracy(min(max(mixed * self._kept(served), 0.0), 100.0), rated, note)

    def _kept(self, served: ServedModel) -> float:
        trained_so = served.quantization == "mxfp4"
        return 1.0 if trained_so else self._figures.accuracy_kept.values[served.precision]


def _size_in_billions(served: ServedModel) -> float:
    """Geometric mean of total and active parameters, in billions: what mixtures of experts are about as good as."""
    counts = parameter_counts(served.architecture)
    return math.sqrt(float(counts.total) * counts.active_per_token) / 1e9


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
