"""The latencies of a trace: at the replica's share of the peak, each with its band and what stands behind it."""

from __future__ import annotations

from neuralnav.models.plan import Estimate
from neuralnav.models.trace import TraceSource
from neuralnav.models.vocabulary import Source
from neuralnav.performance.calibration import UNVALIDATED, Band, Calibration, Metric
from neuralnav.performance.results import load_regime
from neuralnav.performance.surface import LOADS, Surfaces
from neuralnav.planning.evaluation import size
from neuralnav.planning.measured_surfaces import TAIL_SPREAD
from neuralnav.planning.recommendations import Evaluated
from neuralnav.planning.tracing.context import ONLY, Traced
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.performance import LATENCIES, Curve, place_of
from neuralnav.planning.tracing.sources import of_calibration

FIGURES = {**LATENCIES, "max_qps": Metric.MAX_QPS}
"""The figures that have bands."""


def trace_latency(traced: Traced, ledger: Ledger) -> None:
    """p95 latencies at the replica's share of the peak, each with its band, and the sequences in flight."""
    surfaces, today, source = traced.evaluated.load.surfaces, traced.today, traced.performance_source
    share = traced.specification.traffic.peak_qps / today.replicas
    used, place = today.utilisation.compute, place_of(today.utilisation.compute)
    ledger.derived("replica_qps", share, "peak_qps / replicas", size)
    ledger.derived(
        "throughput_used",
        used,
        "replica_qps / saturation_qps",
        Surfaces.at,
        planned=traced.option.utilisation.compute,
    )
    for end, at in (("below", place), ("above", place + 1)):
        ledger.given(f"load_{end}", float(LOADS[at]), source, note="of saturation, in the surface")
    for field in LATENCIES:
        value, planned = getattr(today.predicted, field).value, getattr(traced.option.predicted, field).value
        _at_share(traced, ledger, field, getattr(surfaces, field)[ONLY], value, planned)
    for field, metric in FIGURES.items():
        _banded(traced, ledger, field, metric)
    _bands(traced, ledger)
    in_flight = float(traced.evaluated.sizing.performance.sequences[ONLY])
    _at_share(traced, ledger, "sequences_in_flight", surfaces.sequences[ONLY], in_flight)


def _at_share(
    traced: Traced, ledger: Ledger, field: str, curve: Curve, value: float, planned: float | None = None
) -> None:
    """A figure at the replica's share of the peak, between two loads of the surface."""
    place = place_of(traced.today.utilisation.compute)
    name, unit = field.removesuffix("_ms"), "ms" if field.endswith("_ms") else "sequences"
    end = "_ms" if unit == "ms" else ""
    below, above = f"{name}_below{end}", f"{name}_above{end}"
    load = f"max(throughput_used, {LOADS[0]:g})"
    source = traced.latency_source if unit == "ms" else traced.performance_source
    ledger.given(below, float(curve[place]), source, unit=unit)
    ledger.given(above, float(curve[place + 1]), source, unit=unit)
    ledger.derived(
        field,
        value,
        f"{below} + ({load} - load_below) / (load_above - load_below) x ({above} - {below})",
        Surfaces.at,
        unit=unit,
        planned=planned,
    )


def _banded(traced: Traced, ledger: Ledger, field: str, metric: Metric) -> None:
    """The ends of a figure's band: of the calibration, or for a measured figure what runs vary by."""
    today: Estimate = getattr(traced.today.predicted, field)
    planned: Estimate = getattr(traced.option.predicted, field)
    measured = today.source is Source.MEASURED
    band = _band(traced, metric)
    source = traced.latency_source if measured else _calibrated(traced)
    factors = {"low": 1 - TAIL_SPREAD, "high": 1 + TAIL_SPREAD} if measured else {"low": band.low, "high": band.high}
    name, unit = (field, "requests/s") if metric is Metric.MAX_QPS else (field.removesuffix("_ms"), "ms")
    for end, factor in factors.items():
        ledger.given(f"{metric.value}_{end}_factor", factor, source)
        ledger.derived(
            f"{name}_{end}" if metric is Metric.MAX_QPS else f"{name}_{end}_ms",
            getattr(today, end),
            f"{field} x {metric.value}_{end}_factor",
            Evaluated.recommend if measured else Calibration.estimate,
            unit=unit,
            planned=getattr(planned, end),
        )


def _bands(traced: Traced, ledger: Ledger) -> None:
    """What stands behind the calibration's bands."""
    found = {metric: _band(traced, metric) for metric in FIGURES.values()}
    ledger.table(
        "90 % bands of the calibration",
        ("figure", "low factor", "high factor", "measured runs", "GPU generation", "load", "median error"),
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
        _calibrated(traced),
        note=f"no run was in the fit that predicted it; each band is of means, and {UNVALIDATED}",
    )


def _band(traced: Traced, metric: Metric) -> Band:
    regime = load_regime(traced.today.utilisation.compute, 1.0)
    return traced.setting.calibration.band(metric, traced.candidate.gpu.generation, regime)


def _calibrated(traced: Traced) -> TraceSource:
    return of_calibration(traced.setting.calibration, "data/calibration.json")
