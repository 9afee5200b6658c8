"""A real Prometheus scrapes the simulator and finds what dashboards and autoscalers of vLLM ask for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.prometheus_server import Prometheus, running_prometheus
from tests.simulator.api.conftest import MODEL, Simulator, Start

REQUESTS = 24
GAUGES = (
    "vllm:num_requests_running",
    "vllm:num_requests_waiting",
    'vllm:num_requests_waiting_by_reason{reason="capacity"}',
    'vllm:num_requests_waiting_by_reason{reason="deferred"}',
    "vllm:kv_cache_usage_perc",
    "vllm:cache_config_info",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_open_fds",
    "process_max_fds",
    "process_start_time_seconds",
    'neuralnav_simulator_lag_seconds{quantile="0.95"}',
)
COUNTERS = (
    "vllm:num_preemptions_total",
    "vllm:prompt_tokens_total",
    "vllm:generation_tokens_total",
    "vllm:prefix_cache_queries_total",
    "vllm:prefix_cache_hits_total",
    "vllm:prompt_tokens_cached_total",
    'vllm:request_success_total{finished_reason="stop"}',
    'vllm:request_success_total{finished_reason="length"}',
    'vllm:request_success_total{finished_reason="abort"}',
    "process_cpu_seconds_total",
)
HISTOGRAMS = (
    "vllm:time_to_first_token_seconds",
    "vllm:inter_token_latency_seconds",
    "vllm:request_time_per_output_token_seconds",
    "vllm:e2e_request_latency_seconds",
    "vllm:request_queue_time_seconds",
    "vllm:request_inference_time_seconds",
    "vllm:request_prefill_time_seconds",
    "vllm:request_decode_time_seconds",
    "vllm:request_prompt_tokens",
    "vllm:request_generation_tokens",
    "vllm:request_max_num_generation_tokens",
    "vllm:request_params_n",
    "vllm:request_params_max_tokens",
    "vllm:iteration_tokens_total",
)


@pytest.fixture(scope="module")
def loaded(start: Start) -> Iterator[Simulator]:
    """One that has answered a few requests that share a prompt."""
    with start("--time-scale=100") as simulator:
        body = {"prompt": "One and the same beginning of every request. " * 10, "max_tokens": 30, "ignore_eos": True}
        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda _: simulator.post("/v1/completions", body), range(REQUESTS)))
        assert {answer.status_code for answer in answers} == {200}
        yield simulator


@pytest.fixture(scope="module")
def prometheus(loaded: Simulator) -> Iterator[Prometheus]:
    with running_prometheus({loaded.url: {"namespace": "here"}}) as one:
        yield one


def test_it_is_scraped_whole_and_every_name_has_a_sample(prometheus: Prometheus) -> None:
    assert [sample["value"][1] for sample in prometheus.query("up")] == ["1"]
    names = prometheus.get("label/__name__/values")
    assert not [name for name in names if name.startswith("vllm_")]
    for query in (
        *GAUGES,
        *COUNTERS,
        *(f"{name}_{part}" for name in HISTOGRAMS for part in ("bucket", "sum", "count")),
    ):
        found = prometheus.query(query)
        assert found, query
        if query.startswith("vllm:") and not query.startswith("vllm:cache_config_info"):
            assert {(one["metric"]["model_name"], one["metric"]["engine"]) for one in found} == {(MODEL, "0")}, query


def test_what_prometheus_stores_is_what_happened(prometheus: Prometheus) -> None:
    def value(query: str) -> float:
        (sample,) = prometheus.query(query)
        return float(sample["value"][1])

    assert value('vllm:request_success_total{finished_reason="length"}') == REQUESTS
    assert value("vllm:generation_tokens_total") == 30 * REQUESTS
    assert value("vllm:prefix_cache_hits_total / vllm:prefix_cache_queries_total") > 0.5
    for name in HISTOGRAMS[:11]:
        share = value(f'{name}_bucket{{le="+Inf"}} / ignoring (le) {name}_count')
        assert share == 1, name
    ttft_s = value("histogram_quantile(0.5, sum by (le) (vllm:time_to_first_token_seconds_bucket))")
    assert 0.01 < ttft_s < 10
    assert {one["type"] for one in prometheus.get("metadata")["vllm:num_requests_running"]} == {"gauge"}


def test_promtool_has_no_complaint_but_vllms_own_names(loaded: Simulator) -> None:
    exposition = loaded.get("/metrics").content
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition, capture_output=True, timeout=30, check=False
    )
    complaints = set(checked.stderr.decode().splitlines())
    assert checked.returncode in (0, 3), "3: it can be read, but has names against the conventions"
    assert {line for line in complaints if "should not contain ':'" not in line} == {
        'vllm:iteration_tokens_total non-counter metrics should not have "_total" suffix'
    }
