"""``/metrics`` has vLLM's names, types, labels and buckets, and counts what happened."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from simulator.api.metrics import token_count_buckets
from tests.simulator.api.conftest import MODEL, Simulator

GAUGES = ("num_requests_running", "num_requests_waiting", "num_requests_waiting_by_reason", "kv_cache_usage_perc")
COUNTERS = (
    "num_preemptions",
    "prompt_tokens",
    "generation_tokens",
    "request_success",
    "prefix_cache_queries",
    "prefix_cache_hits",
)
HISTOGRAMS = (
    "time_to_first_token_seconds",
    "inter_token_latency_seconds",
    "request_time_per_output_token_seconds",
    "e2e_request_latency_seconds",
    "request_queue_time_seconds",
    "request_prefill_time_seconds",
    "request_decode_time_seconds",
    "request_inference_time_seconds",
    "request_prompt_tokens",
    "request_generation_tokens",
    "request_max_num_generation_tokens",
    "request_params_n",
    "request_params_max_tokens",
    "iteration_tokens_total",
)


def families(simulator: Simulator) -> Mapping[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(simulator.get("/metrics").text)}


def values(simulator: Simulator) -> dict[str, float]:
    """Every sample without the labels that all have."""
    found = {}
    for family in families(simulator).values():
        for sample in family.samples:
            labels = {k: v for k, v in sample.labels.items() if k not in ("model_name", "engine")}
            found[sample.name.removeprefix("vllm:") + "".join(f" {v}" for v in labels.values())] = sample.value
    return found


@pytest.mark.parametrize(("kind", "names"), [("gauge", GAUGES), ("counter", COUNTERS), ("histogram", HISTOGRAMS)])
def test_names_types_and_labels_are_vllms(simulator: Simulator, kind: str, names: tuple[str, ...]) -> None:
    found = families(simulator)
    for name in names:
        family = found[f"vllm:{name}"]
        assert family.type == kind, name
        assert family.documentation
        for sample in family.samples:
            assert {"model_name", "engine"} <= set(sample.labels), name
            assert (sample.labels["model_name"], sample.labels["engine"]) == (MODEL, "0")


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("time_to_first_token_seconds", "0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1.0 2.5 5.0 7.5 10.0"),
        ("inter_token_latency_seconds", "0.01 0.025 0.05 0.075 0.1 0.15 0.2 0.3 0.4 0.5 0.75 1.0 2.5 5.0 7.5 10.0"),
        ("e2e_request_latency_seconds", "0.3 0.5 0.8 1.0 1.5 2.0 2.5 5.0 10.0 15.0 20.0 30.0 40.0 50.0 60.0 120.0"),
        ("request_prompt_tokens", "1.0 2.0 5.0 10.0 20.0 50.0 100.0 200.0 500.0 1000.0 2000.0 +Inf"),
        ("iteration_tokens_total", "1.0 8.0 16.0 32.0 64.0 128.0 256.0 512.0 1024.0 2048.0 4096.0 8192.0 16384.0 +Inf"),
        ("request_params_n", "1.0 2.0 5.0 10.0 20.0 +Inf"),
    ],
)
def test_buckets_are_vllms(simulator: Simulator, name: str, bounds: str) -> None:
    samples = families(simulator)[f"vllm:{name}"].samples
    found = [sample.labels["le"] for sample in samples if sample.name.endswith("_bucket")]
    assert found[: len(bounds.split())] == bounds.split()


def test_token_buckets_end_at_the_context() -> None:
    assert token_count_buckets(100) == [1, 2, 5, 10, 20, 50, 100]


def test_the_cache_config_is_an_info_metric(simulator: Simulator) -> None:
    (sample,) = families(simulator)["vllm:cache_config_info"].samples
    assert sample.value == 1
    assert sample.labels["block_size"] == "16"
    assert int(sample.labels["num_gpu_blocks"]) * 16 >= 4096


def test_a_request_is_counted_once_in_every_histogram(simulator: Simulator) -> None:
    assert simulator.settles(simulator.idle)
    before = values(simulator)
    body = {"prompt": [5] * 15, "max_tokens": 11, "n": 2, "ignore_eos": True}
    assert simulator.post("/v1/completions", body).status_code == 200
    after = values(simulator)
    grown = {name: after[name] - before[name] for name in after if name in before}
    assert grown["prompt_tokens_total"] == 30
    assert grown["generation_tokens_total"] == 22
    assert grown["request_success_total length"] == 2
    assert grown["request_params_n_sum"] == 2
    assert grown["request_params_n_count"] == 1
    assert grown["inter_token_latency_seconds_count"] == 20
    assert grown["iteration_tokens_total_sum"] == 52
    for name in (*HISTOGRAMS[:11], "request_params_max_tokens"):
        if name != "inter_token_latency_seconds":
            assert grown[f"{name}_count"] == 2, name
    queue_s, prefill_s, decode_s = (
        grown[f"request_{phase}_time_seconds_sum"] for phase in ("queue", "prefill", "decode")
    )
    e2e_s = grown["e2e_request_latency_seconds_sum"]
    front_s = e2e_s - queue_s - prefill_s - decode_s
    assert 0.01 < front_s / 2 < 0.1, "what the front end takes, the same whatever the time scale"
    assert grown["time_to_first_token_seconds_sum"] == pytest.approx(front_s + queue_s + prefill_s)
    assert grown["inter_token_latency_seconds_sum"] == pytest.approx(grown["request_decode_time_seconds_sum"])
    assert 0.6 < e2e_s / 2 < 1.2, "seconds of an L4, whatever the time scale"


def test_the_lag_behind_the_schedule_is_shown(simulator: Simulator) -> None:
    assert simulator.metric('neuralnav_simulator_lag_seconds{quantile="0.95"') >= 0
    assert simulator.metric("neuralnav_simulator_time_scale") == 200


@pytest.mark.parametrize("accept", ["*/*", "application/openmetrics-text; version=1.0.0; escaping=underscores"])
def test_names_have_their_colon_whatever_format_is_asked_for(simulator: Simulator, accept: str) -> None:
    answer = simulator.get("/metrics", headers={"accept": accept})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "\nvllm:num_requests_running{" in answer.text
    assert "\nvllm_" not in answer.text
