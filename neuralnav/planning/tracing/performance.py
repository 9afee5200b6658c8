"""The performance of a trace: the surface of one replica, what it carries, and how it answers its share of the peak."""

from __future__ import annotations

import math

import numpy as np

from neuralnav.models.plan import Estimate
from neuralnav.models.trace import TraceSource
from neuralnav.performance.calibration import UNVALIDATED, Calibration, Metric
from neuralnav.performance.results import LoadRegime, Targets, load_regime
from neuralnav.performance.step_time import StepCurves, StepLoad, at_nodes, step_time_s
from neuralnav.performance.surface import LOADS, Surfaces
from neuralnav.performance.sweep_simulation import SURFACE_REQUESTS, simulate
from neuralnav.planning.evaluation import size
from neuralnav.planning.tracing.context import ONLY, Traced
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.sources import constant, of_calibration

BATCHES = (1, 8, 32, 128, 512)
"""Decoding sequences of the steps that are shown, as far as the engine takes so many."""
SEED = 0
"""Of the requests that surfaces are simulated with."""
LATENCIES = (("TTFT", Metric.TTFT, "ttft_p95_ms"), ("ITL", Metric.ITL, "itl_p95_ms"), ("E2E", Metric.E2E, "e2e_p95_ms"))


def trace_performance(traced: Traced, ledger: Ledger) -> None:
    """Step times, the surface, and the largest rate within all three targets."""
    calibration, source = traced.setting.calibration, traced.performance_source
    ledger.given("calibration", calibration.version, of_calibration(calibration, "data/calibration.json"))
    ledger.given("performance_edition", traced.edition, source, note="efficiencies, calibration and method together")
    where = simulate.__module__
    if traced.simulated:
        ledger.given("simulated_requests", SURFACE_REQUESTS, constant("SURFACE_REQUESTS", where), unit="requests")
        ledger.given("simulation_seed", SEED, constant("simulate", where), note="of lengths and arrivals")
    else:
        ledger.note("Estimated by formulas, not simulated yet.")
    _step_times(traced, ledger, source)
    _surface(traced, ledger, source)
    _capacity(traced, ledger, source)
    ledger.close("performance")


def trace_latency(traced: Traced, ledger: Ledger) -> None:
    """p95 latencies at the replica's share of the peak, each with its band."""
    surfaces, today = traced.evaluated.load.surfaces, traced.today
    planned, performance = traced.option.predicted, traced.evaluated.sizing.performance
    share = traced.specification.traffic.peak_qps / today.replicas
    ledger.derived("replica_qps", share, "peak_qps / replicas", size)
    ledger.derived(
        "throughput_used",
        today.utilisation.compute,
        "replica_qps / saturation_qps",
        Surfaces.at,
        planned=traced.option.utilisation.compute,
    )
    place = _place(today.utilisation.compute)
    ledger.given("load_below", float(LOADS[place]), traced.performance_source, note="of saturation; simulated")
    ledger.given("load_above", float(LOADS[place + 1]), traced.performance_source, note="of saturation; simulated")
    for _, metric, field in LATENCIES:
        _at_share(traced, ledger, field, getattr(surfaces, field)[ONLY], place)
        _banded(traced, ledger, metric, field, getattr(today.predicted, field), getattr(planned, field))
    _banded(traced, ledger, Metric.MAX_QPS, "max_qps", today.predicted.max_qps, planned.max_qps)
    _bands(traced, ledger)
    ledger.given(
        "sequences_in_flight",
        float(performance.sequences[ONLY]),
        traced.performance_source,
        unit="sequences",
        note="mean at that share, by Little's law",
    )


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
    ledger.table("Capacity surface", columns, rows, source, note="load is the share of saturation_qps")


def _capacity(traced: Traced, ledger: Ledger, source: TraceSource) -> None:
    """How far each target holds, and the largest rate at which all do."""
    surfaces, targets = traced.evaluated.load.surfaces, traced.specification.slo_targets
    saturation = float(surfaces.saturation_qps[ONLY])
    holds: dict[str, float] = {}
    for at, (name, _, field) in enumerate(LATENCIES):
        limits = [math.inf] * len(LATENCIES)
        limits[at] = getattr(targets, field)
        holds[name] = float(surfaces.max_qps(Targets(*limits))[ONLY]) / saturation
        _holds_up_to(ledger, name.lower(), field, holds[name], getattr(surfaces, field)[ONLY], source)
    least = min(holds.values())
    last = float(LOADS[-1])
    binding = min(holds, key=lambda name: holds[name]) if least < last * (1 - 1e-9) else "none"
    ledger.given(
        "binding_target",
        binding,
        source,
        note=f"none: all hold up to {last:.0%} of saturation, beyond which nothing is promised"
        if binding == "none"
        else "the first to be reached as the load grows",
    )
    ledger.derived(
        "max_qps",
        traced.today.predicted.max_qps.value,
        "saturation_qps x min(load_within_ttft, load_within_itl, load_within_e2e)",
        Surfaces.max_qps,
        planned=traced.option.predicted.max_qps.value,
    )


def _holds_up_to(
    ledger: Ledger,
    name: str,
    field: str,
    holds: float,
    curve: np.ndarray[tuple[int], np.dtype[np.float64]],
    source: TraceSource,
) -> None:
    """The share of saturation up to which one target holds."""
    found = f"load_within_{name}"
    place = _place(holds)
    if holds >= LOADS[-1] * (1 - 1e-9) or not np.isfinite(curve[place + 1]):
        ledger.given(found, holds, source, note="of saturation; the last simulated load that counts")
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
        note="of saturation, between two simulated loads",
    )


def _at_share(
    traced: Traced, ledger: Ledger, field: str, curve: np.ndarray[tuple[int], np.dtype[np.float64]], place: int
) -> None:
    """A latency at the replica's share of the peak, between two simulated loads."""
    for end, at in (("below", place), ("above", place + 1)):
        ledger.given(f"{field.removesuffix('_ms')}_{end}_ms", float(curve[at]), traced.performance_source)
    start = field.removesuffix("_ms")
    ledger.derived(
        field,
        getattr(traced.today.predicted, field).value,
        f"{start}_below_ms + (max(throughput_used, {LOADS[0]:g}) - load_below) / (load_above - load_below) "
        f"x ({start}_above_ms - {start}_below_ms)",
        Surfaces.at,
        planned=getattr(traced.option.predicted, field).value,
    )


def _banded(traced: Traced, ledger: Ledger, metric: Metric, field: str, today: Estimate, planned: Estimate) -> None:
    """The ends of a figure's 90 % band."""
    calibration = traced.setting.calibration
    found = calibration.band(metric, traced.candidate.gpu.generation, regime_of(traced))
    source = of_calibration(calibration, "data/calibration.json")
    for end in ("low", "high"):
        factor = f"{metric.value}_{end}_factor"
        ledger.given(factor, getattr(found, end), source)
        ledger.derived(
            f"{field}_{end}" if metric is Metric.MAX_QPS else f"{field.removesuffix('_ms')}_{end}_ms",
            getattr(today, end),
            f"{field} x {factor}",
            Calibration.estimate,
            unit="requests/s" if metric is Metric.MAX_QPS else "ms",
            planned=getattr(planned, end),
        )


def _bands(traced: Traced, ledger: Ledger) -> None:
    calibration, generation = traced.setting.calibration, traced.candidate.gpu.generation
    found = {metric: calibration.band(metric, generation, regime_of(traced)) for metric in (*_METRICS, Metric.MAX_QPS)}
    ledger.table(
        "90 % bands",
        ("metric", "low factor", "high factor", "measured runs", "GPU generation", "load", "median error"),
        [
            (
                metric.value,
                band.low,
                band.high,
                band.points,
                band.generation or "any",
                band.regime.value if band.regime else "any",
                band.median_error,
            )
            for metric, band in found.items()
        ],
        of_calibration(calibration, "data/calibration.json"),
        note=f"none of the runs was in the fit that predicted it; the bands are {UNVALIDATED}",
    )


_METRICS = tuple(metric for _, metric, _ in LATENCIES)


def regime_of(traced: Traced) -> LoadRegime:
    """How busy each replica is at its share of the peak."""
    return load_regime(traced.today.utilisation.compute, 1.0)


def _place(load: float) -> int:
    """The last of ``LOADS`` that is not above ``load``, with one more after it."""
    return int(np.clip(np.searchsorted(LOADS, load, side="right") - 1, 0, LOADS.size - 2))
