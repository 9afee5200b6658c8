"""`neuralnav simulate`: traces and rates, the file of requests, bad input and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.neuralnav.cli.conftest import Neuralnav

ENGINE = ("--model", "llama-3.1-8b", "--gpu", "H100")
RATE = ("--qps", "8", "--requests", "40", "--prompt-tokens", "256", "--output-tokens", "32")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trace") / "trace.csv"
    path.write_text("Timestamp,Request tokens,Response tokens,Model\n0,472,18,x\n1.5,1087,230,x\n1.5,417,276,x\n")
    return path


def test_a_trace_gives_a_summary_and_a_file_of_its_requests(neuralnav: Neuralnav, trace: Path, tmp_path: Path) -> None:
    out = tmp_path / "requests.csv"
    ran = neuralnav("simulate", "--json", *ENGINE, "--trace", str(trace), "--requests-out", str(out), "--replicas", "2")
    assert ran.code == 0, ran.out
    answer = ran.json
    assert (answer["requests"], answer["replicas"], answer["source"], answer["engine"]) == (3, 2, "simulated", "vllm")
    assert answer["ttft_ms"]["low"] <= answer["ttft_ms"]["mean"] <= answer["ttft_ms"]["p99"]
    lines = out.read_text().splitlines()
    assert lines[0] == "arrival_s,first_token_s,finish_s,prompt_tokens,output_tokens,preemptions,replica"
    assert len(lines) == 4


def test_a_rate_is_shown_to_people(neuralnav: Neuralnav) -> None:
    ran = neuralnav("simulate", *ENGINE, *RATE, "--routing", "least_loaded")
    assert ran.code == 0, ran.err
    for word in ("TTFT", "40 requests", "1 replica", "least_loaded", "90 % band"):
        assert word in ran.out


def test_what_does_not_fit_has_code_1(neuralnav: Neuralnav) -> None:
    ran = neuralnav("simulate", "--json", "--model", "llama-3.1-405b", "--gpu", "T4", *RATE)
    assert ran.code == 1
    assert ran.json["fits"] is False


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((*ENGINE,), "qps"),
        ((*ENGINE, *RATE, "--trace", "/nowhere.csv"), "qps"),
        ((*ENGINE, "--trace", "/nowhere.csv"), "/nowhere.csv"),
        ((*ENGINE, *RATE[:2], *RATE[4:]), "requests"),
        ((*ENGINE, *RATE, "--replicas", "0"), "replicas"),
        ((*ENGINE, *RATE, "--requests-out", "/nowhere/at/all.csv"), "requests_out"),
    ],
)
def test_a_load_that_cannot_be_has_code_2(neuralnav: Neuralnav, arguments: tuple[str, ...], field: str) -> None:
    ran = neuralnav("simulate", "--json", *arguments)
    assert ran.code == 2
    assert ran.json["errors"][0]["field"] == field
    assert not ran.err
