"""Fit what a server adds to its kernels to measured servers, by running every measured load again in simulation.

A handful of figures hold for all models and GPUs of an era; nothing belongs to one model. Each figure starts from a
value that the kernels or vLLM's design suggest and is held near it by a penalty (``spread_of_prior``, a factor):
serving runs alone cannot tell products from host work. Models and GPUs with many runs count less each, so that the
figures are not those of the model that happens to be measured most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from neuralnav.calibration.kernel_fits import rounded
from neuralnav.calibration.serving_runs import Outcome, Replay, simulate
from neuralnav.performance.efficiencies import Efficiencies, Era, ServingCosts

Floats = NDArray[np.float64]

ITL_SCALE = 0.1
TTFT_SCALE = 0.2
"""Logarithmic errors up to which the loss is square: TTFT holds queueing and is noisier."""
TTFT_WEIGHT = 0.4
STEP = 0.03
"""Relative step of the numerical derivatives: far above what one request more or less in a step changes."""
MOST_EVALUATIONS = 12
CDNA3 = "CDNA3"


@dataclass(frozen=True)
class Figure:
    """One figure of ``ServingCosts`` to be fitted."""

    name: str
    start: float
    spread_of_prior: float
    """Factor by which the figure may differ from its start before it costs as much as one scale of error."""
    low: float
    high: float


CURRENT = (
    Figure("product_factor", 1.0, 1.04, 0.8, 2.0),
    Figure("expert_factor", 1.0, 1.08, 0.7, 2.0),
    Figure("attention_factor", 1.0, 1.08, 0.8, 2.0),
    Figure("all_reduce_factor", 1.0, 1.2, 0.8, 3.0),
    Figure("spread", 0.85, 1.12, 0.3, 1.0),
    Figure("dispatch_s", 2e-5, 2.7, 1e-6, 2e-4),
    Figure("dispatch_link", 0.4, 1.6, 0.05, 1.0),
    Figure("small_kernel_s", 2e-6, 1.6, 2e-7, 2e-5),
    Figure("step_s", 4e-4, 1.6, 2e-5, 1e-2),
    Figure("sequence_s", 5e-6, 2.7, 1e-7, 1e-3),
    Figure("prompt_token_s", 5e-8, 2.7, 1e-9, 1e-5),
    Figure("prefill_step_s", 1e-3, 1.6, 1e-5, 2e-2),
    Figure("prefill_factor", 1.1, 1.15, 1.0, 2.0),
    Figure("client_s", 1.5e-2, 2.0, 1e-3, 2e-1),
    Figure("client_token_s", 1e-6, 2.7, 1e-9, 1e-4),
    Figure("client_stream_s", 1e-4, 2.7, 1e-6, 1e-2),
    Figure("quantise_share", 0.5, 2.0, 0.01, 1.0),
)
OLD = (
    Figure("product_factor", 1.0, 1.15, 0.8, 5.0),
    Figure("attention_factor", 1.0, 1.15, 0.8, 5.0),
    Figure("all_reduce_factor", 1.0, 1.5, 0.8, 5.0),
    Figure("small_kernel_s", 5e-6, 2.7, 2e-7, 1e-4),
    Figure("step_s", 2e-3, 2.7, 2e-5, 5e-2),
    Figure("parallel_step_s", 1e-3, 2.7, 1e-6, 5e-2),
    Figure("sequence_s", 8e-5, 2.7, 1e-7, 5e-3),
    Figure("prefill_factor", 1.1, 1.3, 1.0, 2.0),
)
OLD_CDNA3 = (
    Figure("product_factor", 1.5, 1.6, 0.8, 5.0),
    Figure("expert_factor", 1.5, 1.6, 0.8, 5.0),
    *OLD[1:],
    Figure("ungrouped_read", 0.3, 2.7, 0.01, 1.0),
)


@dataclass(frozen=True)
class Kind:
    """Servers with costs of their own."""

    era: Era
    generations: tuple[str, ...]
    figures: tuple[Figure, ...]


KINDS = (Kind("current", (), CURRENT), Kind("2024", (), OLD), Kind("2024", (CDNA3,), OLD_CDNA3))
FIXED = {
    "expert_factor": 1.0,
    "spread": 1.0,
    "imbalance": 0.0,
    "dispatch_s": 2e-5,
    "dispatch_link": 0.4,
    "parallel_step_s": 0.0,
    "prompt_token_s": 5e-8,
    "prefill_step_s": 1e-3,
    "client_s": 1.5e-2,
    "client_token_s": 0.0,
    "client_stream_s": 0.0,
    "quantise_share": 1.0,
}
"""What a kind of server that does not fit a figure takes: even routing, and what vLLM of today was found to need."""


def fit_serving(replay: Replay, efficiencies: Efficiencies) -> Efficiencies:
    """``efficiencies`` with the serving costs that bring the simulation closest to the runs."""
    fitted = efficiencies
    for kind in KINDS:
        fitted = fit_kind(replay.take(rows_of(kind, replay, fitted)), fitted, kind)
    return fitted


def rows_of(kind: Kind, replay: Replay, efficiencies: Efficiencies) -> list[int]:
    """Positions of the runs whose servers have the costs of ``kind``."""
    costs = [efficiencies.costs(run.gpu.generation, run.engine_version) for run in replay.runs]
    return [i for i, one in enumerate(costs) if (one.era, one.generations) == (kind.era, kind.generations)]


def unfitted_serving() -> tuple[ServingCosts, ...]:
    """The costs of every kind of server before any fit."""
    return tuple(
        ServingCosts(
            era=kind.era,
            generations=kind.generations,
            **{**FIXED, **{figure.name: figure.start for figure in kind.figures}},
        )
        for kind in KINDS
    )


def residuals(outcome: Outcome, replay: Replay) -> Floats:
    """Weighted logarithmic errors of all runs: of E2E for static batches, else of ITL and TTFT."""
    weights = group_weights(replay)
    parts: list[float] = []
    for i, (run, weight) in enumerate(zip(replay.runs, weights, strict=True)):
        if run.load == "static_batch" and run.e2e_s is not None:
            parts.append(weight * _softened(float(np.log(outcome.e2e_s[i] / run.e2e_s)), ITL_SCALE))
        if run.load == "closed_loop" and run.itl_s is not None and run.ttft_s is not None:
            parts.append(weight * _softened(float(np.log(outcome.itl_s[i] / run.itl_s)), ITL_SCALE))
            ttft = _softened(float(np.log(outcome.ttft_s[i] / run.ttft_s)), TTFT_SCALE)
            parts.append(TTFT_WEIGHT * weight * ttft)
    return np.array(parts)


def group_weights(replay: Replay) -> Floats:
    """One over the square root of the number of runs of the same model, GPU and precision; 1 in the mean square."""
    kinds = [(*run.group, run.precision) for run in replay.runs]
    counts = Counter(kinds)
    weights = np.array([counts[kind] ** -0.5 for kind in kinds])
    return weights / np.sqrt(np.mean(weights**2)) if weights.size else weights


def fit_kind(replay: Replay, efficiencies: Efficiencies, kind: Kind) -> Efficiencies:
    """``efficiencies`` with the costs of one kind of server fitted to its runs; unchanged without any."""
    if not replay.runs:
        return efficiencies
    figures = kind.figures
    start = np.array([figure.start for figure in figures])
    widths = np.log([figure.spread_of_prior for figure in figures])
    current = next(c for c in efficiencies.serving if (c.era, c.generations) == (kind.era, kind.generations))

    def with_figures(logs: Floats) -> Efficiencies:
        values = {f.name: rounded(float(np.exp(x))) for f, x in zip(figures, logs, strict=True)}
        costs = current.model_copy(update=values)
        others = tuple(costs if c is current else c for c in efficiencies.serving)
        return efficiencies.model_copy(update={"serving": others})

    def objective(logs: Floats) -> Floats:
        penalty = (logs - np.log(start)) / widths
        return np.concatenate((residuals(simulate(replay, with_figures(logs)), replay), penalty))

    begin = np.log([getattr(current, figure.name) for figure in figures])
    fit = least_squares(
        objective,
        np.clip(begin, np.log([f.low for f in figures]) + 1e-6, np.log([f.high for f in figures]) - 1e-6),
        bounds=(np.log([f.low for f in figures]), np.log([f.high for f in figures])),
        jac=lambda logs: _jacobian(objective, logs),
        max_nfev=MOST_EVALUATIONS,
        xtol=1e-3,
        ftol=1e-4,
    )
    return with_figures(fit.x)


def _jacobian(objective: Callable[[Floats], Floats], logs: Floats) -> Floats:
    base = objective(logs)
    columns = [(objective(logs + STEP * unit) - base) / STEP for unit in np.eye(logs.size)]
    return np.array(columns).T


def _softened(error: float, scale: float) -> float:
    """``error`` in units of ``scale``, growing like its square root beyond: the square of it is the soft-L1 loss."""
    return float(np.sign(error) * np.sqrt(2 * (np.sqrt(1 + (error / scale) ** 2) - 1)))
