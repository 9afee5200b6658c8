"""`neuralnav explain`: text for any terminal, JSON, and bad input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neuralnav.models.trace import Trace
from tests.neuralnav.cli.conftest import Neuralnav

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"


@pytest.fixture(scope="module")
def plan(neuralnav: Neuralnav, tmp_path_factory: pytest.TempPathFactory) -> Path:
    ran = neuralnav("plan", "--json", GOLDEN)
    assert ran.code == 0, ran.err
    path = tmp_path_factory.mktemp("plans") / "plan.json"
    path.write_text(ran.out, encoding="utf-8")
    return path


def test_people_get_figures_formulas_inputs_and_numbered_sources(neuralnav: Neuralnav, plan: Path) -> None:
    ran = neuralnav("explain", str(plan), "1")
    assert ran.code == 0, ran.err
    assert "peak_qps = 9 requests/s" in ran.out
    assert "= average_qps x peak_multiplier" in ran.out
    assert "with average_qps 4.5, peak_multiplier 2" in ran.out
    assert 'your words: "1000 users"' in ran.out
    assert "Every figure is the plan's own" in ran.out
    body, sources = ran.out.split("\nSources\n")
    listed = set(re.findall(r"^ +\[(\d+)]", sources, re.MULTILINE))
    assert listed == set(re.findall(r"\[(\d+)]", body))


@pytest.mark.parametrize("columns", ["32", "60"])
def test_a_narrow_terminal_gets_lines_that_fit(neuralnav: Neuralnav, plan: Path, columns: str) -> None:
    ran = neuralnav("explain", str(plan), "lowest_cost", COLUMNS=columns)
    assert ran.code == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= int(columns)
    assert "…" not in ran.out


def test_json_holds_every_digit(neuralnav: Neuralnav, plan: Path) -> None:
    ran = neuralnav("explain", str(plan), "1", "--json")
    assert ran.code == 0, ran.err
    written = Trace.model_validate(ran.json)
    assert written.changes == ()
    assert written.entries["max_qps"].value == written.entries["max_qps"].planned


def test_a_plan_can_come_from_standard_input(neuralnav: Neuralnav, plan: Path) -> None:
    ran = neuralnav("explain", "-", "simplest", "--json", given=plan.read_text(encoding="utf-8"))
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("choice", ["99", "cheapest", ""])
def test_a_choice_that_the_plan_does_not_have_is_refused(neuralnav: Neuralnav, plan: Path, choice: str) -> None:
    ran = neuralnav("explain", str(plan), choice, "--json")
    assert ran.code == 2
    assert ran.json["errors"][0]["field"] == "choice"


def test_what_is_no_plan_is_refused(neuralnav: Neuralnav, tmp_path: Path) -> None:
    path = tmp_path / "no-plan.json"
    path.write_text('{"views": 3}', encoding="utf-8")
    ran = neuralnav("explain", str(path), "1")
    assert ran.code == 2
    assert "is not a plan" in ran.err
