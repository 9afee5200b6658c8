"""Files of benchmark results, good and hostile."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.importers import files, reading
from neuralnav.importers.exported import SCHEMA, document_of
from neuralnav.importers.reading import read_benchmarks
from neuralnav.importers.serving_csv import COLUMNS, csv_row
from tests.neuralnav.importers.results import DECLARED, RESULTS, ROW, only, read, write_csv


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "results"
    path.write_bytes(content)
    return path


def test_csv_row_is_a_benchmark(tmp_path: Path) -> None:
    found = read_benchmarks(write_csv(tmp_path / "runs.csv", {}, {"concurrency": "16", "ttft_p95_ms": "200"}))
    assert found.format == "csv"
    assert [(run.concurrency, run.ttft_mean_ms, run.ttft_p95_ms) for run in found.benchmarks] == [
        (8, 100, None),
        (16, 100, 200),
    ]


def test_csv_row_that_is_wrong_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "runs.csv", {"concurrency": "-1"}, {}, {"gpu": "H1000", "precision": "fp7"})
    found = read_benchmarks(path)
    assert len(found.benchmarks) == 1
    assert found.refused == 2
    assert [problem.field for problem in found.problems] == [
        "runs.csv: line 2, concurrency",
        "runs.csv: line 4, gpu_type",
        "runs.csv: line 4, precision",
    ]
    assert found.problems[0].value == "-1"


def test_csv_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "runs.csv", {})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_benchmarks(path).benchmarks) == 1


def test_what_is_declared_replaces_what_the_file_says(tmp_path: Path) -> None:
    (benchmark,) = read_benchmarks(write_csv(tmp_path / "runs.csv", {}), {"precision": "fp8"}).benchmarks
    assert benchmark.precision == "fp8"


def test_declared_arrivals_are_those_of_open_loops_alone() -> None:
    assert only("aiperf-concurrency.json", arrival="bursty").arrival is None
    assert only("aiperf-rate.json", arrival="bursty").arrival == "bursty"


def test_what_no_run_says_has_to_be_declared() -> None:
    with pytest.raises(InvalidInputError, match=r"add --source, --licence, --gpu, --tensor-parallel, --precision"):
        read_benchmarks(RESULTS / "aiperf-rate.json")


def test_what_is_written_out_is_read_as_the_same_benchmarks(tmp_path: Path) -> None:
    benchmarks = read("guidellm-poisson.json", engine_version="0.19.0").benchmarks
    table = tmp_path / "runs.csv"
    table.write_text("\n".join(",".join(row) for row in (COLUMNS, *map(csv_row, benchmarks))), encoding="utf-8")
    document = tmp_path / "runs.json"
    document.write_text(json.dumps(document_of(benchmarks)), encoding="utf-8")
    assert read_benchmarks(table).benchmarks == benchmarks
    assert read_benchmarks(document).benchmarks == benchmarks


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b",,,\n,,\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xef\xbb\xbf\n , \n", "empty"),
        (b'{"metadata": {"guidellm_version": "0.8.1"}, "benchm', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"[1, 2]", "a JSON list"),
        (b"{}", "of no known format"),
        (b'{"aiperf_version": "\xff"}', "not JSON"),
        (b"model,colour\nx,red\n", "column 'colour'"),
        (b"model,gpu\nx,H100\n", "column 'no load'"),
        (b"\xff\xfe\x00\x01", "JSON, or CSV in UTF-8"),
        (b"model,gpu\x00,load", "column 'gpu"),
        (b'model,"gpu\n', "CSV"),
        (b"model,gpu,load,prompt_tokens,output_tokens,colour\n", "column 'colour'"),
        (b"model,gpu,load,prompt_tokens,output_tokens,load\n", "column 'load'"),
    ],
)
def test_file_of_something_else_is_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_benchmarks(written(tmp_path, content), DECLARED)
    assert reason in caught.value.detail
    assert caught.value.problems[0].field == "results"


def test_directory_device_pipe_and_nothing_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, Path("/dev/zero"), tmp_path / "pipe"):
        with pytest.raises(InvalidInputError, match="not a regular file"):
            read_benchmarks(path)
    with pytest.raises(InvalidInputError, match="No such file"):
        read_benchmarks(tmp_path / "nowhere.json")
    with pytest.raises(InvalidInputError, match="cannot be imported"):
        read_benchmarks(Path("nul\0byte"))


def test_large_files_and_many_runs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "runs.csv", {}, {}, {})
    monkeypatch.setattr(reading, "MOST_RUNS", 2)
    with pytest.raises(InvalidInputError, match="at most 2 runs"):
        read_benchmarks(path)
    monkeypatch.setattr(files, "MOST_LINES", 3)
    with pytest.raises(InvalidInputError, match="at most 3 lines"):
        read_benchmarks(path)
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    with pytest.raises(InvalidInputError, match="at most 100 bytes"):
        read_benchmarks(path)


@pytest.mark.parametrize("runs", [None, 5, "x", [1], [None], [[]], [{}]])
def test_reports_without_proper_runs_are_refused_run_by_run(tmp_path: Path, runs: object) -> None:
    report = {"metadata": {"guidellm_version": 1}, "benchmarks": runs}
    found = read_benchmarks(written(tmp_path, json.dumps(report).encode()), DECLARED)
    assert (found.benchmarks, found.refused) == ((), 1)
    assert found.problems


@pytest.mark.parametrize("runs", [None, 5, "x", [1], [None], [[]], [{"model": "m"}]])
def test_exports_without_proper_runs_are_refused_run_by_run(tmp_path: Path, runs: object) -> None:
    document = {"schema": SCHEMA, "benchmarks": runs}
    found = read_benchmarks(written(tmp_path, json.dumps(document).encode()), DECLARED | {"length_kind": "fixed"})
    assert (found.benchmarks, found.refused) == ((), 1)
    assert found.problems


def test_row_with_other_cells_than_the_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(f"{','.join(ROW)}\n{','.join(ROW.values())},9\n", encoding="utf-8")
    assert read_benchmarks(path).problems[0].field == "runs.csv: line 2, row"
