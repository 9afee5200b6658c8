"""``neuralnav benchmarks`` as people run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.neuralnav.cli.conftest import Neuralnav
from tests.neuralnav.importers.results import RESULTS, write_csv

OPTIONS = (
    "--gpu",
    "h100",
    "--tensor-parallel",
    "1",
    "--precision",
    "bf16",
    "--source",
    "a lab",
    "--licence",
    "CC0-1.0",
)
ASKED = ("--model", "llama-3.1-8b", "--gpu", "H100", "--prompt-tokens", "79.6875", "--output-tokens", "32")


def test_imported_runs_are_what_predict_answers_with(neuralnav: Neuralnav) -> None:
    imported = neuralnav("benchmarks", "import", str(RESULTS / "guidellm-concurrent.json"), *OPTIONS, "--json")
    assert (imported.code, imported.json["imported"], imported.json["refused"]) == (0, 2, 0)
    again = neuralnav("benchmarks", "import", str(RESULTS / "guidellm-concurrent.json"), *OPTIONS, "--json")
    assert (again.code, again.json["imported"], again.json["known"]) == (0, 0, 2)

    answer = neuralnav("predict", *ASKED, "--concurrency", "1", "--json").json
    assert (answer["source"], answer["measured"]["source"]) == ("measured", "a lab")
    assert answer["ttft_ms"]["mean"] == pytest.approx(51.99, abs=0.01)
    of_16_requests = {"mean": "measured", "p50": "measured", "p90": "simulated", "p95": "simulated", "p99": "simulated"}
    assert answer["sources"]["ttft_ms"] == of_16_requests
    alone = neuralnav("predict", *ASKED, "--concurrency", "1", "--no-measured", "--json").json
    assert (alone["source"], alone["measured"]) == ("simulated", None)


def test_good_runs_are_imported_and_bad_ones_reported_unless_strict(neuralnav: Neuralnav, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "runs.csv", {"model": "a/good"}, {"model": "a/bad", "ttft_mean_ms": "-1"})
    strict = neuralnav("benchmarks", "import", str(path), "--strict", "--json")
    assert strict.code == 2
    assert strict.json["errors"][0]["field"] == "runs.csv: line 3, ttft_mean_ms"
    assert neuralnav("benchmarks", "list", "--model", "a/good", "--json").json == []

    lenient = neuralnav("benchmarks", "import", str(path))
    assert lenient.code == 1
    assert "1 run imported, 0 there before, 1 refused" in lenient.out
    assert "line 3, ttft_mean_ms: '-1'" in lenient.err
    (kept,) = neuralnav("benchmarks", "list", "--gpu", "H100", "--model", "A/GOOD", "--json").json
    assert kept["ttft_mean_ms"] == 100


def test_export_round_trips(neuralnav: Neuralnav, fresh_database_url: str, tmp_path: Path) -> None:
    neuralnav("benchmarks", "import", str(RESULTS / "guidellm-poisson.json"), *OPTIONS)
    table, document = tmp_path / "all.csv", tmp_path / "all.json"
    assert neuralnav("benchmarks", "export", "--out", str(table)).code == 0
    assert neuralnav("benchmarks", "export", "--format", "json", "--out", str(document)).code == 0
    other = {"DATABASE_URL": fresh_database_url}
    imported = neuralnav("benchmarks", "import", str(table), str(document), "--strict", "--json", **other).json
    assert imported["files"][0]["added"] >= 2
    assert imported["files"][1]["added"] == 0
    assert neuralnav("benchmarks", "export", "--format", "json", **other).out == document.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "nowhere.json"), "No such file"),
        (("import", "/dev/zero"), "not a regular file"),
        (("import", str(RESULTS / "aiperf-rate.json")), "add --source, --licence, --gpu"),
        (("import", str(RESULTS / "aiperf-rate.json"), *OPTIONS, "--gpu", "A100"), "A100-40GB or A100-80GB"),
        (("import", str(RESULTS / "aiperf-rate.json"), *OPTIONS, "--gpu", "H1000"), "Did you mean"),
        (("export", "--format", "xml"), "csv or json"),
        (("list", "--gpu", "H1000"), "Did you mean"),
    ],
)
def test_wrong_use_is_refused_in_words_and_as_json(neuralnav: Neuralnav, arguments: tuple[str, ...], said: str) -> None:
    ran = neuralnav("benchmarks", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    if arguments[0] != "export":
        problem = neuralnav("benchmarks", *arguments, "--json").json
        assert problem["status"] in {404, 422}
        assert said in problem["detail"]


def test_unwritable_export_is_an_error(neuralnav: Neuralnav, tmp_path: Path) -> None:
    assert neuralnav("benchmarks", "export", "--out", str(tmp_path / "no" / "where.csv")).code == 3


def test_shipped_runs_are_listed_for_people(neuralnav: Neuralnav) -> None:
    listed = neuralnav("benchmarks", "list", "--gpu", "GH200", "--model", "llama")
    assert listed.code == 0
    assert "runs; latencies in ms." in listed.out
