"""Parts of answers about an engine: what it is, and simulated latencies with the bands that belong to them."""

from __future__ import annotations

from typing import Any

from neuralnav.models.catalog import GpuProfile
from neuralnav.models.prediction import EngineRequest, Latency, MemoryGib, UsedLimits
from neuralnav.performance.calibration import Calibration, Metric
from neuralnav.performance.results import LoadRegime, Percentiles, Results
from neuralnav.services.engines import ConfiguredEngine

DIGITS = 6
"""Significant digits of the figures that an answer shows."""


def engine_facts(request: EngineRequest, configured: ConfiguredEngine, calibration: Calibration) -> dict[str, Any]:
    """The fields of an ``EngineAnswer`` that do not depend on a load."""
    fit, settings, limits = configured.engine.memory, configured.settings, configured.limits
    return {
        "fits": configured.reason is None,
        "reason": configured.reason,
        "model": configured.model.model_id,
        "gpu": configured.gpu.gpu_type,
        "gpu_count": request.gpu_count,
        "precision": configured.model.precision,
        "memory_gib": MemoryGib(
            weights=shortened(fit.weights_gib),
            activation=shortened(fit.activation_gib),
            non_torch=shortened(fit.non_torch_gib),
            cuda_graph=shortened(fit.cuda_graph_gib),
            kv_cache=shortened(fit.kv_cache_gib),
            kv_cache_tokens=fit.kv_cache_tokens,
        ),
        "limits": UsedLimits(
            max_model_len=settings.max_model_len,
            max_num_seqs=limits.max_num_seqs,
            max_num_batched_tokens=limits.max_num_batched_tokens,
            gpu_memory_utilization=settings.gpu_memory_utilization,
        ),
        "engine_version": request.engine_version,
        "calibration": calibration.version,
        "notes": configured.notes,
    }


def simulated_figures(
    results: Results, regime: LoadRegime, configured: ConfiguredEngine, calibration: Calibration
) -> dict[str, Any]:
    """The fields of an ``EngineAnswer`` that a simulation gives."""
    gpu, version = configured.gpu, configured.settings.engine_version
    latencies = {Metric.TTFT: results.ttft_ms, Metric.ITL: results.itl_ms, Metric.E2E: results.e2e_ms}
    return {
        "throughput_rps": shortened(results.throughput_rps),
        "output_tokens_per_s": shortened(results.output_tokens_per_s),
        "regime": regime.value,
    } | {
        f"{metric.value}_ms": _latency(percentiles, _band(calibration, metric, gpu, regime, version))
        for metric, percentiles in latencies.items()
    }


def shortened(value: float) -> float:
    """``value`` to the digits that an answer shows."""
    return float(f"{value:.{DIGITS}g}")


def _band(
    calibration: Calibration, metric: Metric, gpu: GpuProfile, regime: LoadRegime, engine_version: str | None
) -> tuple[float, float]:
    """Factors on a prediction between which 90 % of measurements lie."""
    band = calibration.band(metric, gpu.generation, regime, engine_version)
    return band.low, band.high


def _latency(percentiles: Percentiles, band: tuple[float, float]) -> Latency:
    low, high = band
    mean, p95 = percentiles.mean, percentiles.p95
    return Latency(
        mean=shortened(mean),
        p50=shortened(percentiles.p50),
        p90=shortened(percentiles.p90),
        p95=shortened(p95),
        p99=shortened(percentiles.p99),
        low=shortened(mean * low),
        high=shortened(mean * high),
        p95_low=shortened(p95 * low),
        p95_high=shortened(p95 * high),
    )
