"""Predictions over data of the tests' own: shipped models and efficiencies, chosen measured runs and bands."""

from __future__ import annotations

from typing import Any

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.prediction import PredictionAnswer, PredictionRequest
from neuralnav.performance.calibration import Band, Calibration, Metric
from neuralnav.services.measurements import Measurements
from neuralnav.services.prediction import PredictionService
from neuralnav.services.prediction_inputs import read_inputs

SEEDS = read_seeds()
LOW, HIGH = 0.8, 1.5
"""Factors of every band."""
CALIBRATION = Calibration(
    version="test-1",
    method="none",
    source="none",
    licence="none",
    rows=1,
    bands=tuple(
        Band(
            metric=metric,
            era=era,
            generation=None,
            regime=None,
            low=LOW,
            high=HIGH,
            points=1,
            median=1.0,
            median_error=0.1,
        )
        for metric in Metric
        for era in ("current", "2024")
    ),
    note="none",
)
RUN: dict[str, Any] = {
    "source": "a laboratory",
    "licence": "Apache-2.0",
    "model": "meta-llama/Llama-3.1-8B",
    "gpu_type": "H100",
    "tensor_parallel": 1,
    "expert_parallel": 1,
    "data_parallel": 1,
    "precision": "bf16",
    "engine": "vllm",
    "engine_version": "0.19.0",
    "load": "closed_loop",
    "length_kind": "fixed",
    "prompt_tokens": 512,
    "output_tokens": 64,
    "concurrency": 8,
    "request_rate_rps": None,
    "ttft_mean_ms": 100,
    "itl_mean_ms": 10,
    "e2e_mean_ms": None,
    "e2e_p95_ms": None,
    "throughput_rps": None,
    "output_tokens_per_s": None,
    "suspect": None,
}
REQUEST: dict[str, Any] = {
    "model": "llama-3.1-8b",
    "gpu": "h100",
    "prompt_tokens": 512,
    "output_tokens": 64,
    "concurrency": 8,
}
"""What ``RUN`` measured."""


def run(**changes: Any) -> Benchmark:
    """``RUN`` with other values."""
    return Benchmark.model_validate(RUN | changes)


def request(**changes: Any) -> PredictionRequest:
    """``REQUEST`` with other values; ``None`` takes one out."""
    fields = {name: value for name, value in (REQUEST | changes).items() if value is not None}
    return read_inputs(PredictionRequest, fields)


def predictions(*runs: Benchmark) -> PredictionService:
    """Predictions with these measured runs."""
    return PredictionService(SEEDS, Measurements(runs, SEEDS), CALIBRATION)


def predicted(**changes: Any) -> PredictionAnswer:
    """The prediction for ``REQUEST`` with other values, without any measured run."""
    return predictions().predict(request(**changes))
