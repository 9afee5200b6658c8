"""Errors of predictions on measured runs, summed up by who made the model, GPU, metric and load regime."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.calibration.bands import Errors, coverage, unseen_coverage
from neuralnav.calibration.comparison import Comparison, errors_of
from neuralnav.calibration.serving_runs import Outcome, Run
from neuralnav.performance.calibration import Calibration, Metric
from neuralnav.performance.efficiencies import era_of
from neuralnav.performance.results import LoadRegime

Floats = NDArray[np.float64]

MODEL_FOLDS = "without the model"
GPU_FOLDS = "without the GPU"
SEEN = "seen"


@dataclass(frozen=True)
class Summary:
    """Errors of one group of runs; equal runs count as often as they were published."""

    name: str
    runs: int
    median: float
    """Of the error's size, as a share of the measurement."""
    mean: float
    bias: float
    """Median of the error with its sign: below 0, predictions are too small."""


@dataclass(frozen=True)
class Table:
    """Summaries of one metric under one way of predicting."""

    metric: Metric
    load: str
    predicted: str
    rows: tuple[Summary, ...]


def select(errors: Errors, load: str) -> Errors:
    """Only runs under a kind of load."""
    return errors.where([run.load == load for run in errors.runs])


def summarise(name: str, errors: Errors) -> Summary:
    """The errors of all runs together."""
    wrong = np.repeat(1 / errors.ratios - 1, [run.weight for run in errors.runs])
    return Summary(
        name=name,
        runs=wrong.size,
        median=float(np.median(np.abs(wrong))),
        mean=float(np.mean(np.abs(wrong))),
        bias=float(np.median(wrong)),
    )


def by_group(errors: Errors, key: Callable[[Run], str]) -> tuple[Summary, ...]:
    """A summary of each group, in the order of names."""
    names = [key(run) for run in errors.runs]
    return tuple(summarise(name, errors.where([other == name for other in names])) for name in sorted(set(names)))


def by_regime(errors: Errors) -> tuple[Summary, ...]:
    """A summary of each load regime, from light on."""
    return tuple(
        summarise(regime.value.replace("_", " "), errors.where([one is regime for one in errors.regimes]))
        for regime in LoadRegime
        if regime in errors.regimes
    )


def mean_of_group_medians(errors: Errors) -> float:
    """The mean, over every model and every GPU, of the median error of its runs: no group counts for its size."""
    groups = (*by_group(errors, lambda run: run.model), *by_group(errors, lambda run: run.gpu.gpu_type.value))
    return float(np.mean([group.median for group in groups]))


def ways(comparison: Comparison) -> dict[str, Outcome]:
    """The three ways of predicting, by name."""
    return {
        SEEN: comparison.seen,
        MODEL_FOLDS: comparison.without_model,
        GPU_FOLDS: comparison.without_gpu,
    }


def headline(comparison: Comparison) -> list[tuple[Metric, str, str, Summary]]:
    """Metric, load, way of predicting and summary: what the page begins with."""
    wanted = ((Metric.ITL, "closed_loop"), (Metric.TTFT, "closed_loop"), (Metric.E2E, "closed_loop"))
    lines = [(*one, way, outcome) for one in wanted for way, outcome in ways(comparison).items()]
    lines += [(Metric.THROUGHPUT, "static_batch", way, outcome) for way, outcome in ways(comparison).items()]
    return [
        (metric, load, way, summarise("all", select(errors_of(comparison, outcome, metric), load)))
        for metric, load, way, outcome in lines
    ]


@dataclass(frozen=True)
class Coverage:
    """How many runs lie within their bands."""

    metric: Metric
    era: str
    runs: int
    inside: float
    """By bands made from all runs, each predicted by a fit that had not seen its model."""
    inside_unseen: float
    """By bands made without the run's model as well."""


def coverages(comparison: Comparison, calibration: Calibration, metrics: Sequence[Metric]) -> list[Coverage]:
    """How well the bands of each metric hold."""
    found = []
    for metric in metrics:
        errors = errors_of(comparison, comparison.without_model, metric)
        unseen_gpus = errors_of(comparison, comparison.without_gpu, metric)
        weights = np.array([run.weight for run in errors.runs], dtype=np.float64)
        eras = np.array([era_of(run.engine_version) for run in errors.runs])
        inside = coverage(errors, calibration.bands)
        unseen = unseen_coverage(errors, unseen_gpus)
        for era in sorted(set(eras.tolist()), reverse=True):
            own = eras == era
            found.append(
                Coverage(
                    metric,
                    era,
                    int(weights[own].sum()),
                    float(np.average(inside[own], weights=weights[own])),
                    float(np.average(unseen[own], weights=weights[own])),
                )
            )
    return found


def worst_groups(errors: Errors, count: int) -> list[Summary]:
    """The groups of model and GPU that are predicted worst, the worst first."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for i, run in enumerate(errors.runs):
        kinds[f"{run.model} in {run.precision} on {run.gpu.gpu_type}"].append(i)
    groups = [
        summarise(name, errors.where(np.isin(np.arange(len(errors.runs)), rows)))
        for name, rows in sorted(kinds.items())
    ]
    return sorted(groups, key=lambda group: -group.median)[:count]
