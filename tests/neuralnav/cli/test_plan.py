"""`neuralnav plan` and `neuralnav manifests`: contract, files and bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.neuralnav.cli.conftest import Neuralnav

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"
VIEWS = {"best_accuracy", "lowest_cost", "lowest_latency", "simplest", "balanced"}


@pytest.fixture(scope="module")
def plan(neuralnav: Neuralnav) -> dict[str, Any]:
    ran = neuralnav("plan", "--json", GOLDEN)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = ran.json
    return document


def test_a_plan_has_the_views_and_entries_of_the_contract(plan: dict[str, Any]) -> None:
    assert plan["views"].keys() == VIEWS
    assert plan["evaluated"] > 1000
    entry = plan["views"]["balanced"][0]
    contract = {
        "model", "gpu_type", "tensor_parallel", "replicas", "gpus", "precision", "target", "cost", "predicted",
        "utilisation", "slo_met", "scores", "source", "reason",
    }  # fmt: skip
    assert contract <= entry.keys()
    assert {"per_hour_usd", "per_month_usd", "per_1k_tokens_usd", "instance"} <= entry["cost"].keys()
    assert {"value", "low", "high", "source"} <= entry["predicted"]["ttft_p95_ms"].keys()
    assert {"accuracy", "price", "latency", "complexity", "balanced"} <= entry["scores"].keys()
    assert plan["specification"]["traffic"]["peak_qps"] == pytest.approx(9)


def test_people_get_tables(neuralnav: Neuralnav) -> None:
    ran = neuralnav("plan", GOLDEN)
    assert ran.code == 0
    assert "TTFT p95" in ran.out
    assert "9 at peak" in ran.out


def test_a_printed_specification_plans_the_same(neuralnav: Neuralnav, plan: dict[str, Any], tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(plan["specification"]))
    again = neuralnav("plan", "--json", "--spec", str(spec))
    assert again.code == 0, again.out
    assert again.json["views"] == plan["views"]


def test_a_partial_specification_is_enough(neuralnav: Neuralnav) -> None:
    given = json.dumps({"intent": {"use_case": "translation", "user_count": 40}, "slo_targets": {"ttft_p95_ms": 800}})
    ran = neuralnav("plan", "--json", "--spec", "-", given=given)
    assert ran.code == 0, ran.out
    assert ran.json["specification"]["slo_targets"]["ttft_p95_ms"] == 800


def test_an_open_question_has_code_2(neuralnav: Neuralnav) -> None:
    ran = neuralnav("plan", "--json", "I want to run an LLM")
    assert ran.code == 2
    assert ran.json["status"] == 409
    assert "what the people will do" in ran.json["detail"]


def test_nothing_that_fits_has_code_1_and_near_misses(neuralnav: Neuralnav) -> None:
    ran = neuralnav("plan", "--json", "chatbot for 1000 users on at most $1 a month")
    assert ran.code == 1
    assert ran.json["compliant"] == 0
    assert ran.json["near_misses"]


def test_manifests_for_what_nothing_fits_have_code_1(neuralnav: Neuralnav) -> None:
    intent = {"use_case": "chatbot_conversational", "user_count": 1000, "max_monthly_cost_usd": 1}
    ran = neuralnav("manifests", "--json", "--spec", "-", given=json.dumps({"intent": intent}))
    assert ran.code == 1
    assert ran.json["status"] == 409


def test_what_was_refused_is_said(neuralnav: Neuralnav) -> None:
    text = "chatbot for -5 users and 20 requests per second, ttft 0 ms"
    notes = neuralnav("plan", "--json", text).json["specification"]["notes"]
    assert any(note.startswith("Left out, users") for note in notes)
    assert any(note.startswith("Left out, TTFT p95") for note in notes)
    printed = neuralnav("plan", text).out
    assert all(note in " ".join(printed.split()) for note in notes)


def test_a_specification_may_hold_a_lone_surrogate(neuralnav: Neuralnav) -> None:
    given = '{"intent": {"use_case": "translation", "user_count": 40, "description": "a \\ud800 b"}}'
    ran = neuralnav("plan", "--json", "--spec", "-", given=given)
    assert ran.code == 0, ran.err
    assert ran.json["specification"]["intent"]["description"] == "a \N{REPLACEMENT CHARACTER} b"


def test_text_that_is_no_utf8_is_planned_for(neuralnav: Neuralnav) -> None:
    for arguments in (("--json",), ()):
        ran = neuralnav("plan", *arguments, "translation for 40 people \udcff")
        assert ran.code == 0, ran.err
        assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "given",
    [
        "",
        "[]",
        "{",
        '{"intent": {"use_case": "chatbot_conversational", "user_count": NaN}}',
        '{"intent": {"use_case": "chatbot_conversational", "user_count": -1}}',
        '{"intent": {"use_case": "chatbot_conversational", "user_count": 1e300}}',
        '{"intent": {"use_case": "chatbot_conversational", "user_count": true}}',
        '{"intent": {"use_case": "chatbot_conversational", "user_count": "1000"}}',
        pytest.param(f'{{"intent": {{"user_count": {"9" * 5000}}}}}', id="a number of 5,000 digits"),
        '{"intent": {"use_case": "poetry", "user_count": 10}}',
        '{"intent": {"use_case": "translation", "user_count": 10}, "colour": "red"}',
        '{"traffic": {"peak_qps": Infinity}}',
    ],
)
def test_a_specification_that_cannot_be_is_refused_by_field(neuralnav: Neuralnav, given: str) -> None:
    ran = neuralnav("plan", "--json", "--spec", "-", given=given)
    assert ran.code == 2
    assert ran.json["detail"]


@pytest.mark.parametrize("arguments", [[], [GOLDEN, "--spec", "x"], ["--spec", "/nowhere"], ["--spec", "/"]])
def test_wrong_usage_of_plan_has_code_2(neuralnav: Neuralnav, arguments: list[str]) -> None:
    assert neuralnav("plan", "--json", *arguments).code == 2


def test_a_choice_becomes_a_kustomize_directory(neuralnav: Neuralnav, plan: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    ran = neuralnav("manifests", "--plan", str(file), "--choice", "1", "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    directory = Path(ran.out.strip())
    kustomization = yaml.safe_load((directory / "kustomization.yaml").read_text())
    assert "inferenceservice.yaml" in kustomization["resources"]
    again = neuralnav("manifests", "--plan", str(file), "--choice", "1", "--json")
    assert {f["path"]: f["text"] for f in again.json["files"]} == {p.name: p.read_text() for p in directory.iterdir()}


@pytest.mark.parametrize("choice", ["0", "99", "nicest"])
def test_a_choice_that_does_not_exist_is_refused(
    neuralnav: Neuralnav, plan: dict[str, Any], tmp_path: Path, choice: str
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    ran = neuralnav("manifests", "--json", "--plan", str(file), "--choice", choice)
    assert ran.code == 2
    assert ran.json["errors"][0]["field"] == "choice"


def test_a_file_that_is_no_plan_is_refused(neuralnav: Neuralnav, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"views": {}}')
    ran = neuralnav("manifests", "--json", "--plan", str(file), "--choice", "1")
    assert ran.code == 2
    assert "is not a plan" in ran.json["detail"]


def test_the_schema_of_a_specification_is_printed(neuralnav: Neuralnav) -> None:
    ran = neuralnav("schema", "specification")
    assert ran.code == 0
    assert "intent" in ran.json["properties"]
    assert neuralnav("schema", "dreams", "--json").code == 2
