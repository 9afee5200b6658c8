from collections import Counter

import pytest

from neuralnav.calibration.published import comparable_runs
from neuralnav.calibration.serving_runs import Run, prepare
from neuralnav.errors import NotFoundError
from neuralnav.importers.serving_csv import UNIFORM_SOURCE, row_fields
from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.prediction import LoadKind
from neuralnav.models.vocabulary import GpuType, Precision

ROW = {
    "source": UNIFORM_SOURCE,
    "license": "Apache-2.0",
    "model": "meta-llama/Llama-3.1-70B",
    "gpu": "H200",
    "tensor_parallel": "4",
    "expert_parallel": "1",
    "data_parallel": "1",
    "precision": "fp8",
    "engine": "vllm",
    "engine_version": "0.12.0",
    "load": "closed_loop",
    "prompt_tokens": "1024",
    "output_tokens": "1024",
    "concurrency": "16",
    "request_rate_rps": "",
    "ttft_mean_ms": "120",
    "itl_mean_ms": "14",
    "e2e_mean_ms": "",
    "e2e_p95_ms": "",
    "throughput_rps": "",
    "output_tokens_per_s": "",
    "suspect": "",
}
STATIC = {
    "source": "argonne-lcf/LLM-Inference-Bench",
    "engine_version": "2024",
    "load": "static_batch",
    "ttft_mean_ms": "",
    "itl_mean_ms": "",
    "e2e_mean_ms": "20000",
}


@pytest.fixture(scope="module")
def measured() -> tuple[Benchmark, ...]:
    return read_measured_runs()


@pytest.fixture(scope="module")
def published(measured: tuple[Benchmark, ...], seeds: ReferenceData) -> tuple[tuple[Run, ...], dict[str, int]]:
    return comparable_runs(measured, seeds)


def rows(*changes: dict[str, str]) -> list[Benchmark]:
    return [Benchmark.model_validate(row_fields({**ROW, **change})) for change in changes]


def test_every_row_is_compared_or_left_out_for_a_reason(
    measured: tuple[Benchmark, ...], published: tuple[tuple[Run, ...], dict[str, int]]
) -> None:
    runs, left_out = published
    assert sum(run.weight for run in runs) + sum(left_out.values()) == len(measured)
    assert left_out == {
        "marked suspect": sum(bool(run.suspect) for run in measured),
        "open loop: lengths and arrivals are not published": sum(run.load is LoadKind.OPEN_LOOP for run in measured),
    }


def test_every_run_that_is_compared_can_be_replayed(published: tuple[tuple[Run, ...], dict[str, int]]) -> None:
    runs, _ = published
    replay, left_out = prepare(runs)
    assert (len(replay.runs), left_out) == (len(runs), {})


def test_every_run_has_the_figures_that_its_load_is_judged_by(
    published: tuple[tuple[Run, ...], dict[str, int]],
) -> None:
    for run in published[0]:
        if run.load == "static_batch":
            assert run.e2e_s is not None
            assert run.e2e_s > 0
        else:
            assert run.ttft_s is not None
            assert run.itl_s is not None
            assert 0 < run.itl_s < run.ttft_s


def test_no_two_runs_are_of_the_same_kind(published: tuple[tuple[Run, ...], dict[str, int]]) -> None:
    kinds = Counter(
        (
            *run.group,
            run.precision,
            run.parallelism,
            run.engine_version,
            run.load,
            run.prompt.kind,
            run.prompt.mean,
            run.output.mean,
            run.concurrency,
        )
        for run in published[0]
    )
    assert max(kinds.values()) == 1


def test_equal_rows_are_averaged_and_counted(seeds: ReferenceData) -> None:
    alike = {"ttft_mean_ms": "180", "itl_mean_ms": "16", "license": "MIT"}
    (run,), left_out = comparable_runs(rows({}, alike), seeds)
    assert run.weight == 2
    assert run.ttft_s == pytest.approx(0.150)
    assert run.itl_s == pytest.approx(0.015)
    assert run.e2e_s is None
    assert left_out == {}


def test_rows_that_differ_in_any_setting_stay_apart(seeds: ReferenceData) -> None:
    runs, _ = comparable_runs(rows({}, {"engine_version": "0.15.1"}, {"concurrency": "32"}), seeds)
    assert [run.weight for run in runs] == [1, 1, 1]


def test_suspect_and_open_loop_rows_are_left_out(seeds: ReferenceData) -> None:
    open_loop = {"load": "open_loop", "concurrency": "", "request_rate_rps": "4"}
    runs, left_out = comparable_runs(rows({"suspect": "too fast"}, open_loop, open_loop), seeds)
    assert runs == ()
    assert left_out == {"marked suspect": 1, "open loop: lengths and arrivals are not published": 2}


def test_lengths_are_uniform_or_fixed_as_the_source_drew_them(seeds: ReferenceData) -> None:
    (uniform,), _ = comparable_runs(rows({}), seeds)
    (same,), _ = comparable_runs(rows({"source": "aiconfigurator/silicon_sample:nvidia"}), seeds)
    assert (uniform.prompt.kind, uniform.prompt.mean) == ("uniform_0.8_1.0", pytest.approx(0.9 * 1024))
    assert (same.prompt.kind, same.prompt.mean) == ("fixed", 1024)


def test_the_cache_is_8_bit_where_the_launch_scripts_say_so(seeds: ReferenceData) -> None:
    (h200,), _ = comparable_runs(rows({}), seeds)
    (h100,), _ = comparable_runs(rows({"gpu": "H100"}), seeds)
    (static,), _ = comparable_runs(rows(STATIC), seeds)
    assert (h200.kv_bytes, h100.kv_bytes, static.kv_bytes) == (1.0, 2.0, 2.0)


def test_a_row_becomes_the_server_that_it_was(seeds: ReferenceData) -> None:
    (run,), _ = comparable_runs(
        rows({"model": "moonshotai/Kimi-K2.5", "precision": "fp4", "gpu": "B200", "tensor_parallel": "8"}), seeds
    )
    assert run.architecture.name == "moonshotai/Kimi-K2.5"
    assert (run.precision, run.quantization) == (Precision.FP4, "modelopt_fp4")
    assert (run.gpu.gpu_type, run.parallelism.tensor, run.concurrency) == (GpuType.B200, 8, 16)
    assert run.group == ("moonshotai/Kimi-K2.5", "B200")
    assert run.family == "moonshotai"


def test_a_model_that_nobody_knows_is_an_error_that_names_it(seeds: ReferenceData) -> None:
    with pytest.raises(NotFoundError, match="nobody/knows-70B"):
        comparable_runs(rows({"model": "nobody/knows-70B"}), seeds)
