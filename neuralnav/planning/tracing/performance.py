"""The performance of a trace: the surface of one replica, what it carries, and how it answers its share of the peak."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.trace import TraceSource
from neuralnav.performance.calibration import Metric
from neuralnav.performance.results import Targets
from neuralnav.performance.step_time import StepCurves, StepLoad, at_nodes, step_time_s
from neuralnav.performance.surface import LOADS, REQUESTS, Surfaces
from neuralnav.performance.sweep_simulation import simulate
from neuralnav.planning.measured_surfaces import METRICS, Evidence, mean_of
from neuralnav.planning.tracing.context import ONLY, Traced
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.sources import constant, of_calibration, of_runs

Curve = NDArray[np.float64]

BATCHES = (1, 8, 32, 128, 512)
"""Decoding sequences of the steps that are shown, as far as the engine takes so many."""
SEED = 0
"""Of the requests that surfaces are simulated with."""
LATENCIES = {"ttft_p95_ms": Metric.TTFT, "itl_p95_ms": Metric.ITL, "e2e_p95_ms": Metric.E2E}
"""What has to hold."""


def trace_performance(traced: Traced, ledger: Ledger) -> None:
    """Step times, the surface, and the largest rate within all three targets."""
    calibration, source = traced.setting.calibration, traced.performance_source
    ledger.given("calibration", calibration.version, of_calibration(calibration, "data/calibration.json"))
    ledger.given(
        "performance_edition", traced.planner.edition, source, note="efficiencies, calibration and method together"
    )
    where = simulate.__module__
    if traced.simulated:
        ledger.given("simulated_requests", sum(REQUESTS), constant("REQUESTS", Surfaces.__module__), unit="requests")
        ledger.given("simulation_seed", SEED, constant("simulate", where), note="of lengths and arrivals")
    else:
        ledger.note("Estimated by formulas, not simulated yet.")
    _step_times(traced, ledger, source)
    if traced.evidence is not None:
        ledger.note(f"The surface is corrected by what was measured: {traced.evidence.reference}.")
        _measured_runs(traced.evidence, ledger)
    _surface(traced, ledger, source)
    _capacity(traced, ledger)
    ledger.close("performance")


def _step_times(traced: Traced, ledger: Ledger, source: TraceSource) -> None:
    context = traced.shape.workload.context_tokens
    curves = traced.curves
    batches = [batch for batch in BATCHES if batch <= traced.candidate.limits.max_num_seqs]
    ledger.table(
        "Time of one decode step",
        ("sequences", "all ms", "weights, experts, links, host ms", "LM head, sampler ms", "attention, KV cache ms"),
        [_decode_step(curves, batch, context) for batch in batches],
        source,
        note=f"each sequence {context:,.0f} tokens long, the mean of those in flight; parts add up",
    )
    prompt = traced.shape.workload.prompt
    tokens = min(prompt.mean, traced.candidate.limits.max_num_batched_tokens)
    load = [tokens, 0.0, 0.0, tokens**2 / 2, 1.0]
    step = step_time_s(curves, StepLoad(*(np.array([[part]]) for part in load)))
    ledger.given(
        "prefill_step_ms", 1e3 * float(step[0, 0]), source, note=f"{tokens:,.0f} new prompt tokens, nothing else"
    )


def _decode_step(curves: StepCurves, batch: int, context: float) -> tuple[float, ...]:
    """Milliseconds of a step that decodes ``batch`` sequences, and its parts."""
    one = np.array([[float(batch)]])
    nothing = np.zeros((1, 1))
    whole = step_time_s(curves, StepLoad(nothing, one, one * context, nothing, one))
    dense, sampled = (float(at_nodes(table, one)[0, 0]) for table in (curves.tokens_s, curves.sampled_s))
    total = float(whole[0, 0])
    return (batch, *(1e3 * part for part in (total, dense, sampled, total - dense - sampled)))


def _measured_runs(evidence: Evidence, ledger: Ledger) -> None:
    """What was measured at each rate, beside what share of the simulated figure that is."""
    ledger.table(
        "Measured runs of the surface",
        (
            "requests/s",
            "runs",
            "TTFT p95 ms",
            "of simulated",
            "ITL p95 ms",
            "of simulated",
            "E2E p95 ms",
            "of simulated",
        ),
        [
            (float(rate), len(runs), *_beside_ratios(runs, ratios))
            for rate, runs, ratios in zip(
                evidence.rates_qps, evidence.runs_by_rate, evidence.ratios.T.tolist(), strict=True
            )
        ],
        of_runs(evidence),
        note="means over the runs at a rate; between rates the ratios are interpolated, beyond them the last one holds",
    )


def _beside_ratios(runs: Sequence[Benchmark], ratios: Sequence[float]) -> Iterator[float]:
    for metric, ratio in zip(METRICS, ratios, strict=True):
        yield mean_of(runs, metric)
        yield ratio


def _surface(traced: Traced, ledger: Ledger, source: TraceSource) -> None:
    surfaces = traced.evaluated.load.surfaces
    saturation = float(surfaces.saturation_qps[ONLY])
    ledger.given(
        "saturation_qps", saturation, source, note="what a replica finishes when it never idles, whatever the latency"
    )
    curves = (surfaces.ttft_p95_ms, surfaces.itl_p95_ms, surfaces.e2e_p95_ms, surfaces.sequences)
    rows = [
        (float(load), float(load) * saturation, *(float(curve[ONLY, at]) for curve in curves))
        for at, load in enumerate(LOADS)
    ]
    columns = ("load", "requests/s", "TTFT p95 ms", "ITL p95 ms", "E2E p95 ms", "in flight")
    ledger.table("Capacity surface", columns, rows, traced.latency_source, note="load is the share of saturation_qps")


def _capacity(traced: Traced, ledger: Ledger) -> None:
    """How far each target holds, and the largest rate at which all do."""
    surfaces, targets = traced.evaluated.load.surfaces, traced.specification.slo_targets
    holds: dict[str, float] = {}
    for at, (field, metric) in enumerate(LATENCIES.items()):
        limits = [math.inf] * len(LATENCIES)
        limits[at] = getattr(targets, field)
        most = float(surfaces.max_qps(Targets(*limits))[ONLY])
        holds[metric.value] = most / float(surfaces.saturation_qps[ONLY])
        _holds_up_to(
            ledger, field, metric.value, holds[metric.value], getattr(surfaces, field)[ONLY], traced.latency_source
        )
    last = float(LOADS[-1])
    binding = min(holds, key=lambda name: holds[name])
    if holds[binding] < last * (1 - 1e-9):
        note = f"{binding.upper()} is the first to reach its target as the load grows"
    else:
        note = f"all targets hold up to {last:.0%} of saturation; beyond, nothing is promised"
    ledger.derived(
        "max_qps",
        traced.today.predicted.max_qps.value,
        "saturation_qps x min(load_within_ttft, load_within_itl, load_within_e2e)",
        Surfaces.max_qps,
        planned=traced.option.predicted.max_qps.value,
        note=note,
    )


def _holds_up_to(ledger: Ledger, field: str, name: str, holds: float, curve: Curve, source: TraceSource) -> None:
    """The share of saturation up to which one target holds."""
    found, place = f"load_within_{name}", place_of(holds)
    if holds >= LOADS[-1] * (1 - 1e-9) or not np.isfinite(curve[place + 1]):
        ledger.given(found, holds, source, note="of saturation: the last load of the surface that counts")
        return
    for end, at in (("below", place), ("above", place + 1)):
        ledger.given(f"{name}_load_{end}", float(LOADS[at]), source)
        ledger.given(f"{name}_{end}_ms", float(curve[at]), source)
    ledger.derived(
        found,
        holds,
        f"{name}_load_below + (target_{field} - {name}_below_ms) / ({name}_above_ms - {name}_below_ms) "
        f"x ({name}_load_above - {name}_load_below)",
        Surfaces.max_qps,
        note="of saturation, between two loads of the surface",
    )


def place_of(load: float) -> int:
    """The last of ``LOADS`` that is not above ``load``, with one more after it."""
    return int(np.clip(np.searchsorted(LOADS, load, side="right") - 1, 0, LOADS.size - 2))
