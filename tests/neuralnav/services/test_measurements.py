"""Which measured runs answer for a configuration, and with which figures and bands."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.model_search import find_model
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.services.measurements import REPEATABILITY, MeasuredFigures, Measurements
from tests.neuralnav.services.predicting import SEEDS, request, run


def found(*runs: Benchmark, gpu: GpuType = GpuType.H100, **changes: Any) -> MeasuredFigures | None:
    asked = request(**changes)
    model = find_model(asked.model, SEEDS, asked.precision)
    return Measurements(runs, SEEDS).find(asked, model, gpu)


def test_a_run_of_the_same_configuration_answers_with_its_means_and_reference() -> None:
    answer = found(run())
    assert answer is not None
    assert {name: figure.value for name, figure in answer.figures.items()} == {"ttft_mean_ms": 100, "itl_mean_ms": 10}
    assert answer.reference.model_dump() == {
        "source": "a laboratory",
        "licence": "Apache-2.0",
        "model": "meta-llama/Llama-3.1-8B",
        "engine_version": "0.19.0",
        "runs": 1,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"tensor_parallel": 2},
        {"data_parallel": 2},
        {"precision": "fp8"},
        {"model": "llama-3.1-70b"},
        {"prompt_tokens": 520},
        {"output_tokens": 65},
        {"length_kind": "lognormal"},
        {"concurrency": 9},
        {"load": "static_batch"},
        {"concurrency": None, "qps": 8},
        {"engine_version": "0.18.0"},
        {"prefix_hit_ratio": 0.5},
        {"kv_cache_dtype": "fp8"},
        {"max_num_seqs": 64},
        {"max_num_batched_tokens": 4096},
    ],
)
def test_another_configuration_has_no_measured_figures(changes: dict[str, Any]) -> None:
    assert found(run(), **changes) is None


def test_another_gpu_has_no_measured_figures() -> None:
    assert found(run(), gpu=GpuType.H200) is None


def test_suspect_runs_and_unknown_models_do_not_answer() -> None:
    assert found(run(suspect="too fast"), run(model="nobody/knows-this")) is None


def test_quantised_runs_answer_for_the_shape_whatever_the_upload_is_called() -> None:
    fp8 = run(model="nvidia/Llama-3.1-8B-Instruct-FP8", precision="fp8")
    assert found(fp8, model="RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic") is not None
    assert found(fp8, model="llama-3.1-8b", precision="fp8") is not None


def test_runs_with_uniform_lengths_answer_for_such_lengths_alone() -> None:
    uniform = run(length_kind="uniform_0.8_1.0")
    assert found(uniform) is None
    assert found(uniform, length_kind="uniform_0.8_1.0") is not None


def test_lengths_as_a_tool_counted_them_answer_for_those_that_were_asked_for() -> None:
    counted, nearer = run(prompt_tokens=510.4, ttft_mean_ms=104), run(prompt_tokens=512.9, ttft_mean_ms=101)
    answer = found(counted, nearer)
    assert answer is not None
    assert answer.figures["ttft_mean_ms"].value == 101
    assert answer.reference.runs == 1


def test_runs_with_a_warm_prefix_cache_answer_for_such_a_cache_alone() -> None:
    warm = run(prefix_hit_ratio=0.5)
    assert found(warm) is None
    assert found(warm, prefix_hit_ratio=0.5) is not None


def test_open_loops_match_poisson_arrivals_at_their_rate() -> None:
    trace = run(
        load="open_loop",
        arrival="poisson",
        length_kind="lognormal",
        concurrency=None,
        request_rate_rps=4.5,
        prompt_tokens=512.25,
        e2e_p95_ms=900,
        requests=100,
    )
    asked: dict[str, Any] = {"concurrency": None, "qps": 4.5, "prompt_tokens": 512.25, "length_kind": "lognormal"}
    answer = found(trace, **asked)
    assert answer is not None
    assert answer.figures["e2e_p95_ms"].value == 900
    assert found(trace, **asked, arrival="poisson") is not None
    assert found(trace, **asked, arrival="bursty") is None


def test_percentiles_of_few_requests_do_not_answer_nor_do_runs_that_mostly_failed() -> None:
    few, failed = run(e2e_p95_ms=900, requests=50), run(requests=5, errors=500)
    answer = found(few, failed)
    assert answer is not None
    assert answer.reference.runs == 1
    assert answer.figures.keys() == {"ttft_mean_ms", "itl_mean_ms"}
    assert found(failed) is None


def test_the_newest_release_answers_unless_one_is_named() -> None:
    figures = {"0.9.2": 92, "0.19.0": 190, "0.10.0": 100, "nightly-5b": 5, "2024": 24, None: 1}
    runs = [run(engine_version=version, ttft_mean_ms=ttft) for version, ttft in figures.items()]
    newest, named, old = (found(*runs, engine_version=version) for version in (None, "v0.10.0", "2024"))
    assert newest is not None and newest.figures["ttft_mean_ms"].value == 190  # noqa: PT018
    assert named is not None and named.figures["ttft_mean_ms"].value == 100  # noqa: PT018
    assert old is not None and old.figures["ttft_mean_ms"].value == 24  # noqa: PT018


def test_the_band_of_one_run_is_what_runs_usually_vary_by() -> None:
    answer = found(run())
    assert answer is not None
    ttft = answer.figures["ttft_mean_ms"]
    share = REPEATABILITY["ttft_mean_ms"]
    assert (ttft.low, ttft.high) == pytest.approx((100 * (1 - share), 100 * (1 + share)))


def test_several_runs_are_averaged_and_their_spread_is_the_band() -> None:
    answer = found(run(ttft_mean_ms=80), run(ttft_mean_ms=120, itl_mean_ms=10.01))
    assert answer is not None
    ttft, itl = answer.figures["ttft_mean_ms"], answer.figures["itl_mean_ms"]
    assert (ttft.value, ttft.low, ttft.high) == (100, 80, 120)
    assert itl.high - itl.low > 0.5, "two runs that happen to agree are no proof of precision"
    assert answer.reference.runs == 2


def test_a_run_that_was_published_twice_counts_once() -> None:
    answer = found(run(), run(source="somebody else"), run(ttft_mean_ms=130))
    assert answer is not None
    assert answer.reference.runs == 2
    assert answer.figures["ttft_mean_ms"].value == 115


def test_the_precision_that_is_asked_for_counts() -> None:
    assert find_model("llama-3.1-8b", SEEDS, Precision.FP8).precision is Precision.FP8
    assert found(run(precision="fp8"), precision="fp8") is not None
