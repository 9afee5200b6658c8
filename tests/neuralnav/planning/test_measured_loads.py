"""Which measured open loops are near a shape of requests."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.model_search import find_model
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.planning.measured_loads import MeasuredLoads
from tests.neuralnav.services.predicting import SEEDS, run

LLAMA = find_model("llama-3.1-8b", SEEDS).architecture.name


def measured(**changes: Any) -> Benchmark:
    load = {"load": "open_loop", "arrival": "poisson", "request_rate_rps": 4.0, "concurrency": None}
    return run(**(load | {"ttft_p95_ms": 150, "itl_p95_ms": 12} | changes))


def near(*runs: Benchmark, **changes: Any) -> list[float | None]:
    asked: dict[str, Any] = {
        "architecture": LLAMA,
        "precision": Precision.BF16,
        "gpu_type": GpuType.H100,
        "tensor_parallel": 1,
        "prompt_tokens": 500,
        "output_tokens": 66,
    }
    return [found.request_rate_rps for found in MeasuredLoads(runs, SEEDS).near(**(asked | changes))]


def test_runs_of_the_configuration_are_found_by_rate() -> None:
    assert near(measured(request_rate_rps=8), measured(), measured(model="RedHatAI/Meta-Llama-3.1-8B")) == [4, 4, 8]


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt_tokens": 480},
        {"output_tokens": 70},
        {"tensor_parallel": 2},
        {"precision": Precision.FP8},
        {"gpu_type": GpuType.H200},
        {"architecture": "another"},
    ],
)
def test_another_configuration_or_shape_has_none(changes: dict[str, Any]) -> None:
    assert near(measured(), **changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"ttft_p95_ms": None, "itl_p95_ms": None},
        {"arrival": "constant"},
        {"prefix_hit_ratio": 0.5},
        {"data_parallel": 2},
        {"suspect": "too fast"},
        {"model": "nobody/knows-this"},
        {"load": "closed_loop", "arrival": None, "request_rate_rps": None, "concurrency": 4},
    ],
)
def test_runs_that_say_nothing_about_p95s_at_a_rate_are_left_out(changes: dict[str, Any]) -> None:
    assert near(measured(**changes)) == []


def test_uniform_lengths_are_near_by_their_means() -> None:
    uniform = measured(length_kind="uniform_0.8_1.0", prompt_tokens=512 / 0.9, output_tokens=64 / 0.9)
    assert near(uniform) == [4]
