"""From errors on unseen runs to the bands around predictions, and how often the bands hold.

A band's ends are the 5 % and 95 % quantiles of measured over predicted, of runs that the fit had not seen, by GPU
generation and load regime. A model counts as the square root of its runs, so that neither the most measured one nor a
rare one sets the width, and the quantiles are those of the weighted sample with one more point at each end (as split
conformal prediction takes them: Vovk, Gammerman and Shafer 2005), which widens bands of few runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.calibration.kernel_fits import rounded
from neuralnav.calibration.serving_runs import Run
from neuralnav.performance.calibration import Band, Metric, find_band
from neuralnav.performance.efficiencies import Era, era_of
from neuralnav.performance.results import LoadRegime

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

COVERAGE = 0.9
LEAST_POINTS = 20
"""Classes with fewer runs, counted by their weights, get no band of their own."""
UNSEEN_WIDENING = 1.25
"""Times that a band's logarithms grow for GPU generations without any measured server: their kernels are another's."""


@dataclass(frozen=True)
class Errors:
    """Measured over predicted of unseen runs in one metric, with what a band may depend on."""

    metric: Metric
    runs: tuple[Run, ...]
    regimes: tuple[LoadRegime, ...]
    ratios: Floats
    measured: Floats
    """Seconds; requests a second for throughput."""

    def where(self, chosen: Sequence[bool] | Booleans) -> Errors:
        """Only the chosen runs."""
        at = np.flatnonzero(np.asarray(chosen))
        return Errors(
            self.metric,
            tuple(self.runs[i] for i in at),
            tuple(self.regimes[i] for i in at),
            self.ratios[at],
            self.measured[at],
        )


def make_bands(errors: Errors, unseen_gpus: Errors) -> list[Band]:
    """The bands of one metric: by generation and regime, by generation, and for generations that were not measured.

    ``unseen_gpus`` are the errors of fits that left the run's GPU out: they stand for GPUs without measured servers.
    """
    bands: list[Band] = []
    for era in ("current", "2024"):
        mine = errors.where([era_of(run.engine_version) == era for run in errors.runs])
        generations = sorted({run.gpu.generation for run in mine.runs})
        for generation in generations:
            own = mine.where([run.gpu.generation == generation for run in mine.runs])
            bands += _classes(own, era, generation, 1.0)
        others = unseen_gpus.where([era_of(run.engine_version) == era for run in unseen_gpus.runs])
        bands += _classes(others, era, None, UNSEEN_WIDENING)
    return bands


def _classes(errors: Errors, era: Era, generation: str | None, widening: float) -> Iterable[Band]:
    """Generations with few runs get no band either: theirs is that of all others."""
    if not errors.runs or (generation is not None and effective_runs(errors.runs) < LEAST_POINTS):
        return
    for regime in LoadRegime:
        own = errors.where([one is regime for one in errors.regimes])
        if effective_runs(own.runs) >= LEAST_POINTS:
            yield _band(own, era, generation, regime, widening)
    yield _band(errors, era, generation, None, widening)


def _band(errors: Errors, era: Era, generation: str | None, regime: LoadRegime | None, widening: float) -> Band:
    logs = np.log(errors.ratios)
    weights = model_weights(errors.runs)
    low, high = (quantile(logs, weights, share) for share in ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2))
    return Band(
        metric=errors.metric,
        era=era,
        generation=generation,
        regime=regime,
        low=rounded(float(np.exp(min(low * widening, 0.0)))),
        high=rounded(float(np.exp(max(high * widening, 0.0)))),
        points=sum(run.weight for run in errors.runs),
        median=rounded(float(np.exp(np.median(logs)))),
        median_error=rounded(float(np.median(np.abs(1 / errors.ratios - 1)))),
    )


def model_weights(runs: Sequence[Run]) -> Floats:
    """Weights with which a model counts as the square root of its runs; 1 on average.

    Between all runs alike, where one model sets the band, and all models alike, where one run of a rare model does.
    """
    counts = Counter(run.model for run in runs)
    weights = np.array([counts[run.model] ** -0.5 for run in runs])
    return weights / weights.mean() if weights.size else weights


def effective_runs(runs: Sequence[Run]) -> float:
    """How many equally weighted runs tell as much: (sum of weights)^2 / sum of squared weights (Kish 1965)."""
    weights = model_weights(runs)
    return round(float(weights.sum() ** 2 / (weights**2).sum()), 6) if weights.size else 0.0


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The weighted quantile of ``values`` with one more point at each end, as far out as the sample's own extremes."""
    order = np.argsort(values, kind="stable")
    ranked = np.concatenate(([values[order[0]]], values[order], [values[order[-1]]]))
    mass = np.concatenate(([1.0], weights[order], [1.0]))
    position = (np.cumsum(mass) - mass / 2) / mass.sum()
    return float(np.interp(share, position, ranked))


def coverage(errors: Errors, bands: Sequence[Band]) -> Booleans:
    """Whether each run's measurement lies within the band of its class."""
    inside = []
    for run, regime, ratio in zip(errors.runs, errors.regimes, errors.ratios, strict=True):
        band = find_band(bands, errors.metric, era_of(run.engine_version), run.gpu.generation, regime)
        inside.append(band.low <= ratio <= band.high)
    return np.array(inside, dtype=np.bool_)


def unseen_coverage(errors: Errors, unseen_gpus: Errors) -> Booleans:
    """Whether each run lies within a band made without any run of its model: what a new model may expect."""
    inside = np.zeros(len(errors.runs), dtype=np.bool_)
    for model in sorted({run.model for run in errors.runs}):
        own = np.array([run.model == model for run in errors.runs])
        others = unseen_gpus.where([run.model != model for run in unseen_gpus.runs])
        inside[own] = coverage(errors.where(own), make_bands(errors.where(~own), others))
    return inside
