"""Every measured run beside what is predicted for it: by the shipped fit, and by fits that had not seen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.calibration.bands import Errors, make_bands
from neuralnav.calibration.cross_validation import by_gpu, by_model, predict_unseen
from neuralnav.calibration.kernel_fits import rounded
from neuralnav.calibration.serving_runs import Outcome, Replay, Run, clients_of, simulate
from neuralnav.models.specification import TrafficShape
from neuralnav.performance.arrivals import ArrivalProcess, RequestShape, draw_requests
from neuralnav.performance.calibration import Band, Calibration, Metric
from neuralnav.performance.capacity import LoadedReplica
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.results import LoadRegime, load_regime

Floats = NDArray[np.float64]

SATURATION_REQUESTS = 1000
METRICS = (Metric.TTFT, Metric.ITL, Metric.E2E, Metric.THROUGHPUT)
METHOD = (
    "Ends: 5 % and 95 % quantiles of measured over predicted, each run predicted by a fit without any run of its model "
    "(for GPU generations without measured servers: without any run of its GPU, and 1.25 times as wide). A model "
    "counts as the square root of its runs. throughput: of whole batches and of clients that wait. max_qps: the ITL's "
    "factors squared and turned over, as a rate depends on the step time both by itself and by the batch that a target "
    "allows."
)
NOTE = "band from means of measured vLLM servers; percentiles are not validated"


@dataclass(frozen=True)
class Comparison:
    """Predictions for all runs; the orders are those of ``replay.runs``."""

    replay: Replay
    seen: Outcome
    """By the shipped fit, which saw every run."""
    without_model: Outcome
    """By fits without the run's model."""
    without_gpu: Outcome
    """By fits without the run's GPU; its kernel timings stay."""
    regimes: tuple[LoadRegime, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The measured runs."""
        return self.replay.runs


def compare(replay: Replay, efficiencies: Efficiencies) -> Comparison:
    """Predict every run in all three ways; takes minutes, most of them for the fits without a model or GPU."""
    seen = simulate(replay, efficiencies)
    return Comparison(
        replay=replay,
        seen=seen,
        without_model=predict_unseen(replay, efficiencies, by_model),
        without_gpu=predict_unseen(replay, efficiencies, by_gpu),
        regimes=_regimes(replay, efficiencies, seen),
    )


def errors_of(comparison: Comparison, outcome: Outcome, metric: Metric) -> Errors:
    """Measured over predicted in one metric, of the runs in which it was measured."""
    measured = _measured(comparison.runs, metric)
    ratios = measured / _predicted(comparison.runs, outcome, metric)
    return Errors(metric, comparison.runs, comparison.regimes, ratios, measured).where(np.isfinite(ratios))


def make_calibration(comparison: Comparison, efficiencies: Efficiencies, left_out: dict[str, int]) -> Calibration:
    """The bands that belong to ``efficiencies``."""
    bands: list[Band] = []
    for metric in METRICS:
        unseen_model = errors_of(comparison, comparison.without_model, metric)
        bands += make_bands(unseen_model, errors_of(comparison, comparison.without_gpu, metric))
    bands += [_rate_band(band) for band in bands if band.metric is Metric.ITL]
    return Calibration(
        version=efficiencies.version,
        method=METHOD,
        source="; ".join(source.split(" (")[0] for source in efficiencies.sources),
        licence="Apache-2.0 and BSD-3-Clause",
        rows=sum(run.weight for run in comparison.runs),
        skipped=left_out,
        bands=tuple(bands),
        note=NOTE,
    )


def _rate_band(band: Band) -> Band:
    return band.model_copy(
        update={
            "metric": Metric.MAX_QPS,
            "low": rounded(band.high**-2),
            "high": rounded(band.low**-2),
            "median": rounded(band.median**-2),
            "median_error": rounded((1 + band.median_error) ** 2 - 1),
        }
    )


def _measured(runs: Sequence[Run], metric: Metric) -> Floats:
    def figure(run: Run) -> float | None:
        if metric is Metric.TTFT:
            return run.ttft_s
        if metric is Metric.ITL:
            return run.itl_s
        if run.e2e_s is not None:
            return run.e2e_s if metric is Metric.E2E else 1 / run.e2e_s
        if run.ttft_s is None or run.itl_s is None:
            return None
        whole = run.ttft_s + run.itl_s * (run.output.mean - 1)
        return whole if metric is Metric.E2E else 1 / whole

    return np.array([np.nan if (value := figure(run)) is None else value for run in runs])


def _predicted(runs: Sequence[Run], outcome: Outcome, metric: Metric) -> Floats:
    if metric is Metric.TTFT:
        return outcome.ttft_s
    if metric is Metric.ITL:
        return outcome.itl_s
    whole = np.array(
        [
            outcome.e2e_s[i] if run.e2e_s is not None else outcome.ttft_s[i] + outcome.itl_s[i] * (run.output.mean - 1)
            for i, run in enumerate(runs)
        ]
    )
    return whole if metric is Metric.E2E else 1 / whole


def _regimes(replay: Replay, efficiencies: Efficiencies, seen: Outcome) -> tuple[LoadRegime, ...]:
    """How busy each run's server is: its rate as a share of the most that it could finish of such requests."""
    rates = replay.rates(efficiencies)
    curves = replay.curves(rates)
    regimes = []
    for row, run in enumerate(replay.runs):
        limits = replay.limits[row]
        most = max(limits.max_num_seqs, 256)
        full = limits._replace(max_num_seqs=most, max_num_batched_tokens=max(limits.max_num_batched_tokens, most))
        part = TrafficShape(weight=1.0, prompt_tokens=run.prompt, output_tokens=run.output)
        shape = RequestShape((part,), run.architecture.max_position_embeddings)
        requests = draw_requests(shape, ArrivalProcess.POISSON, SATURATION_REQUESTS)
        tables = curves.tables(row, full.max_num_seqs, full.max_num_batched_tokens)
        saturation = LoadedReplica(requests, tables, full).saturation_qps
        whole_s = seen.ttft_s[row] + seen.itl_s[row] * (run.output.mean - 1)
        regimes.append(load_regime(clients_of(run) / whole_s, saturation))
    return tuple(regimes)
