"""Predictions: names and settings resolved, bands and sources on every figure, measurements first."""

from __future__ import annotations

from typing import Any

import pytest

import neuralnav
from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.models.prediction import Latency, PredictionAnswer, PredictionRequest
from neuralnav.models.vocabulary import Source
from tests.neuralnav.services.predicting import HIGH, LOW, REQUEST, predicted, predictions, request, run

LATENCIES = ("ttft_ms", "itl_ms", "e2e_ms")


def latencies(answer: PredictionAnswer) -> dict[str, Latency]:
    found = {name: getattr(answer, name) for name in LATENCIES}
    assert None not in found.values()
    return found


@pytest.mark.parametrize(
    "load",
    [
        {"concurrency": None, "qps": 5},
        {"concurrency": None, "qps": 5, "arrival": "bursty", "length_kind": "lognormal"},
        {"concurrency": 16},
        {"concurrency": 16, "length_kind": "uniform_0.8_1.0", "prefix_hit_ratio": 0.5},
        {"concurrency": 16, "load": "static_batch"},
    ],
)
def test_every_kind_of_load_has_ordered_percentiles_and_bands(load: dict[str, Any]) -> None:
    answer = predicted(**load)
    assert answer.fits
    assert answer.saturated is False
    for latency in latencies(answer).values():
        assert 0 < latency.p50 <= latency.p90 <= latency.p95 <= latency.p99
        assert (latency.low, latency.high) == pytest.approx((LOW * latency.mean, HIGH * latency.mean), rel=1e-5)
        assert (latency.p95_low, latency.p95_high) == pytest.approx((LOW * latency.p95, HIGH * latency.p95), rel=1e-5)
    assert answer.throughput_rps is not None and answer.throughput_rps > 0  # noqa: PT018
    assert answer.source is Source.SIMULATED
    assert answer.calibration == "test-1"


def test_saturation_is_said_and_its_figures_are_finite() -> None:
    answer = predicted(concurrency=None, qps=100_000, output_tokens=256)
    assert answer.saturated
    assert answer.regime == "near_saturation"
    assert all(0 < latency.p99 < 1e12 for latency in latencies(answer).values())


def test_what_does_not_fit_has_memory_figures_and_a_reason_but_no_latencies() -> None:
    answer = predicted(model="llama-3.1-405b", gpu="L4")
    assert not answer.fits
    assert "GiB" in (answer.reason or "")
    assert answer.memory_gib.weights > 700
    assert answer.memory_gib.kv_cache == 0
    assert answer.ttft_ms is answer.throughput_rps is answer.saturated is answer.regime is None


def test_a_split_that_vllm_refuses_does_not_fit() -> None:
    assert "split" in (predicted(tensor_parallel=3).reason or "")


def test_uneven_groups_of_quantised_weights_do_not_fit_but_experts_can_be_dealt_out() -> None:
    dense = predicted(model="RedHatAI/granite-3.1-8b-instruct-quantized.w4a16", tensor_parallel=8)
    experts = predicted(model="MiniMaxAI/MiniMax-M2.5", gpu="H200", tensor_parallel=8)
    assert "groups of 128" in (dense.reason or "")
    assert experts.fits
    assert "--enable-expert-parallel" in experts.notes[0]


def test_the_model_is_said_as_resolved_and_in_the_precision_of_the_catalogue() -> None:
    answer = predicted(model="REDHATAI/qwen3-8b-fp8-DYNAMIC", gpu="nvidia l4")
    assert (answer.model, answer.gpu, answer.precision) == ("RedHatAI/Qwen3-8B-FP8-dynamic", "L4", "fp8")
    assert predicted(model="gpt-oss-20b").precision == "fp4"
    assert predicted(model="gpt-oss-20b", precision="bf16").precision == "bf16"


def test_the_context_is_what_the_load_needs_unless_it_is_given() -> None:
    assert predicted().limits.max_model_len == 4096
    assert predicted(prompt_tokens=8000, output_tokens=500).limits.max_model_len == 9216
    assert predicted(prompt_tokens=3000, output_tokens=1000, length_kind="lognormal").limits.max_model_len == 16384
    assert predicted(max_model_len=576).limits.max_model_len == 576


def test_limits_are_vllms_for_the_gpu_unless_they_are_given() -> None:
    default, given, small = predicted().limits, predicted(max_num_seqs=64).limits, predicted(gpu="A10G").limits
    assert (default.max_num_seqs, default.max_num_batched_tokens) == (1024, 8192)
    assert (given.max_num_seqs, given.max_num_batched_tokens) == (64, 8192)
    assert (small.max_num_seqs, small.max_num_batched_tokens) == (256, 2048)
    assert predicted(max_num_batched_tokens=128).limits.max_num_seqs == 128
    assert predicted(max_num_seqs=16_384).limits.max_num_batched_tokens == 16_384


def test_smaller_limits_are_taken_where_only_they_fit_and_that_is_said() -> None:
    answer = predicted(model="Qwen/Qwen2.5-32B-Instruct", gpu="H100", gpu_memory_utilization=0.85)
    assert answer.fits
    assert answer.limits.max_num_seqs == 256
    assert "max-num-seqs 256" in answer.notes[0]
    assert not predicted(
        model="Qwen/Qwen2.5-32B-Instruct", gpu="H100", gpu_memory_utilization=0.85, max_num_seqs=1024
    ).fits


def test_an_fp8_cache_holds_twice_the_tokens() -> None:
    half, whole = predicted(kv_cache_dtype="fp8").memory_gib, predicted(kv_cache_dtype="bf16").memory_gib
    assert half.kv_cache_tokens == pytest.approx(2 * whole.kv_cache_tokens, rel=0.01)
    assert predicted() == predicted(kv_cache_dtype="bf16")


def test_data_parallel_ranks_share_the_load_and_the_answer_says_so() -> None:
    one, four = predicted(concurrency=8), predicted(concurrency=32, data_parallel=4)
    assert four.gpu_count == 4
    assert (four.throughput_rps or 0) == pytest.approx(4 * (one.throughput_rps or 0), rel=0.1)
    assert "data-parallel" in four.notes[-1]


def test_links_between_nodes_are_mentioned() -> None:
    assert "a node has 8" in predicted(model="llama-3.1-70b", gpu="H100", tensor_parallel=16).notes[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"gpu": "A100"}, "gpu"),
        ({"precision": "int8", "gpu": "MI300X"}, "precision"),
        ({"max_model_len": 200_000}, "max_model_len"),
        ({"prompt_tokens": 200_000}, "prompt_tokens"),
        ({"max_model_len": 570}, "prompt_tokens"),
        ({"expert_parallel": 2, "tensor_parallel": 2}, "expert_parallel"),
        ({"expert_parallel": 3, "tensor_parallel": 2, "model": "mixtral-8x7b"}, "expert_parallel"),
        ({"expert_parallel": 16, "tensor_parallel": 16, "model": "mixtral-8x7b"}, "expert_parallel"),
        ({"concurrency": None, "qps": 1e-9}, "qps"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        predicted(**changes)
    assert caught.value.problems[0].field == field


@pytest.mark.parametrize(("field", "value"), [("model", "llama-9"), ("gpu", "H1000")])
def test_unknown_names_are_refused_with_close_ones(field: str, value: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        predicted(**{field: value})
    assert caught.value.problems[0].field == field
    assert caught.value.problems[0].allowed


def test_measured_means_come_first_and_what_was_not_measured_stays_simulated() -> None:
    service = predictions(run(ttft_mean_ms=777, itl_mean_ms=55))
    answer, simulated = service.predict(request()), service.predict(request(), measured=False)
    assert answer.source is Source.MEASURED
    measured, plain = latencies(answer), latencies(simulated)
    assert (measured["ttft_ms"].mean, measured["itl_ms"].mean) == (777, 55)
    assert measured["ttft_ms"].low < 777 < measured["ttft_ms"].high
    assert measured["ttft_ms"].p95 == plain["ttft_ms"].p95
    assert measured["e2e_ms"] == plain["e2e_ms"]
    assert answer.throughput_rps == simulated.throughput_rps
    assert answer.sources is not None
    assert (answer.sources.ttft_ms.mean, answer.sources.ttft_ms.p95) == (Source.MEASURED, Source.SIMULATED)
    assert answer.sources.e2e_ms.mean is answer.sources.throughput_rps is Source.SIMULATED
    assert answer.measured is not None
    assert answer.measured.source == "a laboratory"


def test_without_measurements_nothing_is_measured() -> None:
    answer = predictions(run()).predict(request(), measured=False)
    assert answer.source is Source.SIMULATED
    assert answer.measured is None
    assert answer == predicted()


def test_measured_throughput_and_e2e_of_a_batch_come_first() -> None:
    batch = run(load="static_batch", ttft_mean_ms=None, itl_mean_ms=None, e2e_mean_ms=900, throughput_rps=9)
    answer = predictions(batch).predict(request(load="static_batch"))
    assert latencies(answer)["e2e_ms"].mean == 900
    assert answer.throughput_rps == 9
    assert answer.sources is not None
    assert answer.sources.throughput_rps is answer.sources.e2e_ms.mean is Source.MEASURED
    assert answer.sources.output_tokens_per_s is answer.sources.ttft_ms.mean is Source.SIMULATED


def test_figures_of_an_engine_of_2024_say_that_it_was_slower() -> None:
    service = predictions(run(engine_version="2024"))
    assert "2024" in service.predict(request()).notes[-1]
    assert service.predict(request(engine_version="2024")).notes == ()


def test_the_same_request_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (predicted(length_kind="lognormal", seed=seed).model_dump_json() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_package_predicts_from_keywords_a_mapping_or_a_request() -> None:
    answers = [
        neuralnav.predict(**REQUEST),
        neuralnav.predict(REQUEST),
        neuralnav.predict(PredictionRequest(**REQUEST)),
        neuralnav.predict(REQUEST | {"gpu": "L4"}, gpu="H100", no_measured=True),
    ]
    assert all(answer == answers[0] for answer in answers)
    with pytest.raises(InvalidInputError, match="model"):
        neuralnav.predict()
