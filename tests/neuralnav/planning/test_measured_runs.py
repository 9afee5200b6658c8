"""Which measured runs count, and for what."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.model_search import find_model
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.planning.measured_runs import Configuration, MeasuredRuns, counted, newest, of_lengths
from tests.neuralnav.services.predicting import SEEDS, run

LLAMA = Configuration(find_model("llama-3.1-8b", SEEDS).architecture.name, Precision.BF16, GpuType.H100, 1)
COLUMNS = ("ttft_mean_ms", "ttft_p50_ms", "ttft_p90_ms", "ttft_p95_ms", "ttft_p99_ms", "throughput_rps")
WHOLE = {"ttft_mean_ms": 50, "ttft_p50_ms": 50, "ttft_p90_ms": 90, "ttft_p95_ms": 95, "ttft_p99_ms": 99} | {
    "throughput_rps": 3.5
}


def counting(*runs: Benchmark) -> tuple[Benchmark, ...]:
    return MeasuredRuns(runs, SEEDS).of(LLAMA)


def asked(prompt: Any, output: Any) -> TrafficShape:
    lengths = (LengthDistribution.model_validate(one) for one in (prompt, output))
    return TrafficShape(weight=1, **dict(zip(("prompt_tokens", "output_tokens"), lengths, strict=True)))


def test_a_run_is_found_by_the_shape_of_its_model_whatever_the_upload_is_called() -> None:
    runs = (run(), run(model="RedHatAI/Meta-Llama-3.1-8B", concurrency=16))
    assert counting(*runs) == runs


@pytest.mark.parametrize(
    "changes",
    [
        {"tensor_parallel": 2},
        {"expert_parallel": 2},
        {"data_parallel": 2},
        {"precision": "fp8"},
        {"gpu_type": "H200"},
        {"model": "llama-3.1-70b"},
        {"model": "nobody/knows-this"},
    ],
)
def test_runs_of_another_configuration_are_not_found(changes: dict[str, Any]) -> None:
    assert counting(run(**changes)) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"suspect": "too fast"},
        {"requests": 5, "errors": 500},
        {"requests": 9},
        {"requests": 980, "errors": 20},
        {"errors": 1},
    ],
)
def test_runs_that_are_doubted_tiny_or_failed_do_not_count(changes: dict[str, Any]) -> None:
    assert counting(run(**changes)) == ()


@pytest.mark.parametrize("changes", [{"requests": 10}, {"requests": 990, "errors": 10}, {"errors": 0}, {}])
def test_runs_with_hardly_any_error_count_and_so_do_those_that_tell_no_numbers(changes: dict[str, Any]) -> None:
    assert len(counting(run(**changes))) == 1


@pytest.mark.parametrize(
    ("requests", "number"), [(9, 0), (10, 3), (49, 3), (50, 4), (99, 4), (100, 5), (499, 5), (500, 6), (None, 3)]
)
def test_a_percentile_counts_where_five_requests_lie_beyond_it(requests: int | None, number: int) -> None:
    measured = run(**WHOLE, requests=requests)
    assert sum(counted(measured, column) is not None for column in COLUMNS) == number


def test_a_static_batch_has_as_many_requests_as_it_is_large() -> None:
    batch = run(**WHOLE, load="static_batch", concurrency=4, requests=4)
    assert counted(batch, "ttft_p95_ms") == 95


def test_a_run_that_was_published_twice_counts_once() -> None:
    assert len(counting(run(), run(source="another page"), run(model="RedHatAI/Meta-Llama-3.1-8B"))) == 1
    assert len(counting(run(), run(ttft_mean_ms=101), run(concurrency=9))) == 3


def test_means_of_lengths_have_to_be_near() -> None:
    measured = run(prompt_tokens=500, output_tokens=66)
    fixed = [{"kind": "fixed", "mean": tokens} for tokens in (512, 64)]
    assert of_lengths([measured], asked(*fixed), 0.05) == [measured]
    assert of_lengths([measured], asked(*fixed), 0.01) == []
    assert of_lengths([run(output_tokens=70)], asked(*fixed), 0.05) == []


def test_uniform_lengths_are_compared_by_their_means() -> None:
    uniform = run(length_kind="uniform_0.8_1.0", prompt_tokens=512 / 0.9, output_tokens=64 / 0.9)
    wanted = [{"kind": "uniform_0.8_1.0", "mean": tokens} for tokens in (512, 64)]
    assert of_lengths([uniform], asked(*wanted), 0.01) == [uniform]


@pytest.mark.parametrize(
    ("prompt", "output", "kinds"),
    [
        (512, 64, ["lognormal"]),
        ({"mean": 512, "p95": 1000}, 64, ["lognormal"]),
        ({"mean": 512, "p95": 2500}, 64, []),
        (512, {"mean": 64, "p95": 70}, []),
        ({"kind": "fixed", "mean": 512}, {"kind": "fixed", "mean": 64}, ["fixed"]),
        (512, {"kind": "fixed", "mean": 64}, []),
        ({"kind": "fixed", "mean": 512}, 64, []),
    ],
)
def test_lengths_have_to_be_of_the_same_kind_with_the_usual_tail(prompt: Any, output: Any, kinds: list[str]) -> None:
    runs = [run(length_kind=kind) for kind in ("fixed", "lognormal", "uniform_0.8_1.0")]
    assert [one.length_kind for one in of_lengths(runs, asked(prompt, output), 0.05)] == kinds


def test_the_newest_release_counts_unless_one_is_wanted() -> None:
    runs = [run(engine_version=version) for version in ("0.9.2", "0.19.0", "v0.19.0", "nightly-5b", "2024", None)]
    assert newest(runs) == runs[1:3]
    assert newest(runs, "V0.9.2") == runs[:1]
    assert newest(runs, "0.18.0") == newest([]) == []
