"""The shipped measured runs: typed, checked, and refused where a value cannot be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.model_search import find_model
from neuralnav.models.prediction import LoadKind
from neuralnav.resources import resource_dir

RUNS = read_measured_runs()
SHIPPED = resource_dir("data") / "measured" / "serving.csv"


def changed(tmp_path: Path, column: str, value: str, line: int = 1) -> Path:
    """The head of the shipped file with one value replaced."""
    lines = [row.split(",") for row in SHIPPED.read_text(encoding="utf-8").splitlines()[:5]]
    lines[line][lines[0].index(column)] = value
    path = tmp_path / "serving.csv"
    path.write_text("\n".join(",".join(row) for row in lines) + "\n", encoding="utf-8")
    return path


def test_the_shipped_runs_are_those_that_their_readme_counts() -> None:
    kinds = Counter((run.load, run.length_kind) for run in RUNS)
    assert kinds == {
        (LoadKind.CLOSED_LOOP, "uniform_0.8_1.0"): 773,
        (LoadKind.CLOSED_LOOP, "fixed"): 94,
        (LoadKind.STATIC_BATCH, "fixed"): 899,
        (LoadKind.OPEN_LOOP, "lognormal"): 3,
    }
    assert sum(run.suspect is not None for run in RUNS) == 63


def test_every_model_that_was_measured_is_known() -> None:
    seeds = read_seeds()
    for model, precision in {(run.model, run.precision) for run in RUNS}:
        assert find_model(model, seeds, precision).precision is precision


def test_every_run_holds_the_means_of_its_load() -> None:
    for run in RUNS:
        if run.load is LoadKind.CLOSED_LOOP:
            assert run.ttft_mean_ms and run.itl_mean_ms  # noqa: PT018
        else:
            assert run.e2e_mean_ms and run.throughput_rps and run.output_tokens_per_s  # noqa: PT018


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("gpu", "H1000"),
        ("tensor_parallel", "0"),
        ("tensor_parallel", ""),
        ("precision", "fp7"),
        ("engine", "sglang"),
        ("load", "burst"),
        ("prompt_tokens", "-1"),
        ("output_tokens", "nan"),
        ("concurrency", "1.5"),
        ("ttft_mean_ms", "inf"),
        ("itl_mean_ms", "fast"),
        ("itl_mean_ms", "0"),
        ("model", ""),
        ("license", ""),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_line(tmp_path: Path, column: str, value: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_measured_runs(changed(tmp_path, column, value, line=2))
    field = {"gpu": "gpu_type", "license": "licence"}.get(column, column)
    assert caught.value.problems[0].field == f"serving.csv: line 3, {field}"


@pytest.mark.parametrize(("column", "value"), [("concurrency", ""), ("request_rate_rps", "5"), ("load", "open_loop")])
def test_a_load_has_either_clients_or_a_rate(tmp_path: Path, column: str, value: str) -> None:
    with pytest.raises(InvalidInputError, match="must be given"):
        read_measured_runs(changed(tmp_path, column, value))


def test_a_file_that_is_missing_or_has_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nowhere"):
        read_measured_runs(tmp_path / "nowhere.csv")
    with pytest.raises(InvalidInputError, match="colour"):
        read_measured_runs(changed(tmp_path, "gpu", "colour", line=0))
    other = tmp_path / "binary.csv"
    other.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match="UTF-8"):
        read_measured_runs(other)


def test_a_row_with_more_values_than_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "serving.csv"
    header, row = SHIPPED.read_text(encoding="utf-8").splitlines()[:2]
    path.write_text(f"{header}\n{row},9\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="line 2"):
        read_measured_runs(path)


def test_runs_are_values() -> None:
    assert Benchmark.model_validate(RUNS[0].model_dump()) == RUNS[0]
