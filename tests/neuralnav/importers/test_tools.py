"""What each load generator's own files come to."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.importers.reading import read_benchmarks
from neuralnav.models.benchmark import BenchmarkTool
from neuralnav.models.prediction import LoadKind
from tests.neuralnav.importers.results import DECLARED, MODEL, RESULTS, only, read

PACE_MS = {"ttft": 50, "itl": 5, "e2e": 205}
"""What the server that all of them measured is told to take for 32 tokens."""
ONE_RUN = {
    "aiperf-concurrency.json": {},
    "aiperf-rate.json": {},
    "guidellm-throughput.json": {},
    "inference-perf-concurrent.json": {"model": MODEL, "length_kind": "fixed"},
    "inference-perf-poisson.json": {"model": MODEL, "length_kind": "fixed", "arrival": "poisson"},
    "vllm-bench-concurrency.json": {"length_kind": "fixed"},
    "vllm-bench-rate.json": {"length_kind": "fixed"},
}


def changed(tmp_path: Path, name: str, **changes: Any) -> Path:
    """The fixture ``name`` with other values at its top."""
    document = json.loads((RESULTS / name).read_text(encoding="utf-8"))
    path = tmp_path / name
    path.write_text(json.dumps(document | changes), encoding="utf-8")
    return path


def changed_benchmark(tmp_path: Path, *path_and_value: Any) -> Path:
    """GuideLLM's throughput run with one value replaced, and one good run after it."""
    document = json.loads((RESULTS / "guidellm-throughput.json").read_text(encoding="utf-8"))
    good = json.loads(json.dumps(document["benchmarks"][0]))
    *keys, last, value = path_and_value
    part = document["benchmarks"][0]
    for key in keys:
        part = part[key]
    part[last] = value
    document["benchmarks"].append(good)
    path = tmp_path / "guidellm.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ONE_RUN)
@pytest.mark.parametrize("metric", PACE_MS)
def test_every_tool_reports_the_pace_of_the_server_in_milliseconds(name: str, metric: str) -> None:
    benchmark = only(name, **ONE_RUN[name])
    for statistic in ("mean", "p50", "p90", "p95", "p99"):
        measured = getattr(benchmark, f"{metric}_{statistic}_ms")
        assert 0.98 * PACE_MS[metric] <= measured < 1.5 * PACE_MS[metric] + 5


@pytest.mark.parametrize("name", ONE_RUN)
def test_every_tool_counts_requests_tokens_and_throughput(name: str) -> None:
    benchmark = only(name, **ONE_RUN[name])
    assert benchmark.model == MODEL
    assert benchmark.output_tokens == 32
    assert 60 < benchmark.prompt_tokens < 130
    assert benchmark.errors == 0
    assert benchmark.requests is not None
    assert benchmark.requests >= 20
    assert benchmark.output_tokens_per_s == pytest.approx(32 * (benchmark.throughput_rps or 0), rel=0.05)


def test_guidellm_has_one_benchmark_for_each_concurrency() -> None:
    found = read("guidellm-concurrent.json")
    assert found.format == "guidellm"
    assert [(run.load, run.concurrency) for run in found.benchmarks] == [
        (LoadKind.CLOSED_LOOP, 1),
        (LoadKind.CLOSED_LOOP, 4),
    ]
    assert {(run.tool, run.tool_version, run.measured_on) for run in found.benchmarks} == {
        (BenchmarkTool.GUIDELLM, "0.8.1", date(2026, 11, 21))
    }


def test_guidellm_has_one_benchmark_for_each_rate() -> None:
    runs = read("guidellm-poisson.json").benchmarks
    assert [(run.load, run.request_rate_rps, run.arrival) for run in runs] == [
        (LoadKind.OPEN_LOOP, 5, "poisson"),
        (LoadKind.OPEN_LOOP, 10, "poisson"),
    ]


def test_guidellm_sweep_keeps_the_loads_that_can_be_named() -> None:
    found = read("guidellm-sweep.json")
    assert [(run.load, run.arrival) for run in found.benchmarks] == [
        (LoadKind.CLOSED_LOOP, None),
        (LoadKind.OPEN_LOOP, "constant"),
        (LoadKind.OPEN_LOOP, "constant"),
    ]
    (problem,) = found.problems
    assert problem.field == "guidellm-sweep.json: benchmark 2, max_concurrency"


def test_guidellm_itl_leaves_the_first_token_out() -> None:
    document = json.loads((RESULTS / "guidellm-throughput.json").read_text(encoding="utf-8"))
    metrics = document["benchmarks"][0]["metrics"]
    assert only("guidellm-throughput.json").itl_mean_ms == metrics["inter_token_latency_ms"]["successful"]["mean"]
    assert metrics["time_per_output_token_ms"]["successful"]["mean"] > 1.2 * PACE_MS["itl"]


def test_guidellm_rate_that_a_bound_on_concurrency_held_back_is_refused(tmp_path: Path) -> None:
    strategy = {"type_": "constant", "rate": 10.0, "max_concurrency": 8}
    found = read_benchmarks(changed_benchmark(tmp_path, "config", "strategy", strategy), DECLARED)
    assert len(found.benchmarks) == 1
    assert found.problems[0].field == "guidellm.json: benchmark 1, max_concurrency"


@pytest.mark.parametrize(
    ("keys", "value", "field"),
    [
        (("metrics", "time_to_first_token_ms", "successful", "mean"), -1.0, "ttft_mean_ms"),
        (("metrics", "request_latency", "successful", "mean"), "fast", "metrics.request_latency.successful.mean"),
        (("metrics", "request_latency", "successful", "mean"), True, "metrics.request_latency.successful.mean"),
        (
            ("metrics", "requests_per_second", "successful", "mean"),
            1e400,
            "metrics.requests_per_second.successful.mean",
        ),
        (("metrics", "inter_token_latency_ms", "successful", "percentiles", "p99"), 1.0, "itl_p95_ms"),
        (("metrics", "request_totals", "successful"), 0, "metrics.request_totals.successful"),
        (("config", "strategy", "type_"), "magic", "config.strategy.type_"),
        (("config", "strategy"), None, "config.strategy"),
        (("metrics",), [], "metrics"),
        (("start_time",), float("nan"), "start_time"),
    ],
)
def test_bad_benchmark_is_named_and_the_other_is_kept(
    tmp_path: Path, keys: tuple[str, ...], value: Any, field: str
) -> None:
    found = read_benchmarks(changed_benchmark(tmp_path, *keys, value), DECLARED)
    assert len(found.benchmarks) == 1
    assert found.refused == 1
    assert found.problems[0].field == f"guidellm.json: benchmark 1, {field}"


def test_vllm_bench_itl_is_its_tpot() -> None:
    document = json.loads((RESULTS / "vllm-bench-rate.json").read_text(encoding="utf-8"))
    benchmark = only("vllm-bench-rate.json", length_kind="fixed")
    assert (benchmark.itl_mean_ms, benchmark.itl_p95_ms) == (document["mean_tpot_ms"], document["p95_tpot_ms"])
    assert (benchmark.load, benchmark.request_rate_rps, benchmark.arrival) == (LoadKind.OPEN_LOOP, 10, "poisson")


def test_vllm_bench_without_rate_and_bound_is_one_batch_until_its_last_answer() -> None:
    document = json.loads((RESULTS / "vllm-bench-batch.json").read_text(encoding="utf-8"))
    benchmark = only("vllm-bench-batch.json")
    assert (benchmark.load, benchmark.concurrency) == (LoadKind.STATIC_BATCH, 8)
    assert benchmark.e2e_mean_ms == document["duration"] * 1e3
    assert benchmark.e2e_p99_ms is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"max_concurrency": 4}, "max_concurrency"),
        ({"burstiness": 0.7}, "arrival"),
        ({"ramp_up_strategy": "linear"}, "ramp_up_strategy"),
        ({"date": "yesterday"}, "date"),
        ({"completed": 0}, "completed"),
        ({"mean_ttft_ms": "52"}, "figures.ttft_mean_ms"),
        ({"mean_ttft_ms": float("nan")}, "figures.ttft_mean_ms"),
    ],
)
def test_vllm_bench_run_that_is_no_single_load_is_refused(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    path = changed(tmp_path, "vllm-bench-rate.json", **changes)
    found = read_benchmarks(path, DECLARED | {"length_kind": "fixed"})
    assert not found.benchmarks
    assert found.problems[0].field == f"vllm-bench-rate.json: result, {field}"


def test_vllm_bench_quarter_burstiness_is_bursty(tmp_path: Path) -> None:
    path = changed(tmp_path, "vllm-bench-rate.json", burstiness=0.25)
    (benchmark,) = read_benchmarks(path, DECLARED | {"length_kind": "fixed"}).benchmarks
    assert benchmark.arrival == "bursty"


def test_aiperf_names_its_load() -> None:
    closed, opened = only("aiperf-concurrency.json"), only("aiperf-rate.json")
    assert (closed.load, closed.concurrency) == (LoadKind.CLOSED_LOOP, 4)
    assert (opened.load, opened.request_rate_rps, opened.arrival) == (LoadKind.OPEN_LOOP, 10, "poisson")
    assert (closed.tool, closed.tool_version) == (BenchmarkTool.AIPERF, "0.13.0")


def test_aiperf_csv_is_refused_because_it_names_no_load() -> None:
    found = read("aiperf-concurrency.csv")
    assert not found.benchmarks
    assert "profile_export_aiperf.json" in found.problems[0].allowed


def test_aiperf_run_that_was_cancelled_or_is_in_other_units_is_refused(tmp_path: Path) -> None:
    cancelled = changed(tmp_path, "aiperf-rate.json", was_cancelled=True)
    assert read_benchmarks(cancelled, DECLARED).problems[0].field.endswith("was_cancelled")
    seconds = changed(tmp_path, "aiperf-rate.json", request_latency={"unit": "s", "avg": 0.2})
    assert read_benchmarks(seconds, DECLARED).problems[0].allowed == "a figure in ms"


def test_inference_perf_itl_is_its_time_per_output_token() -> None:
    document = json.loads((RESULTS / "inference-perf-concurrent.json").read_text(encoding="utf-8"))
    latency = document["successes"]["latency"]
    benchmark = only("inference-perf-concurrent.json", model=MODEL, length_kind="fixed")
    assert benchmark.itl_mean_ms == latency["time_per_output_token"]["mean"] * 1e3
    assert (benchmark.load, benchmark.concurrency) == (LoadKind.CLOSED_LOOP, 4)


def test_inference_perf_summary_of_stages_is_refused() -> None:
    found = read("inference-perf-summary.json", model=MODEL, length_kind="fixed")
    assert "one stage" in found.problems[0].allowed


def test_inference_perf_needs_to_be_told_the_model_and_the_arrivals() -> None:
    with pytest.raises(InvalidInputError, match=r"add --model, --length-kind, --arrival"):
        read("inference-perf-poisson.json")
