"""`neuralnav whatif`, `compare` and `scenarios`: documents, tables, exit codes and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.neuralnav.cli.conftest import Neuralnav

NEED = json.dumps({"intent": {"use_case": "chatbot_conversational", "user_count": 1000}})


def test_a_what_if_shows_both_plans_and_what_differs(neuralnav: Neuralnav) -> None:
    ran = neuralnav(
        "whatif", "--json", "--spec", "-", "--set", "user_count=20000", "--set", "pinned.gpu_type=h100", given=NEED
    )
    assert ran.code == 0, ran.err
    rows = {row["what"]: row["values"] for row in ran.json["differences"]}
    assert rows["users"] == {"now": "1,000", "then": "20,000"}
    assert rows["pinned: gpu type"] == {"now": "not set", "then": "H100"}
    assert ran.json["present"]["specification"]["version"] == 1
    assert ran.json["plan"]["specification"] == ran.json["specification"]
    assert {o["gpu_type"] for o in ran.json["plan"]["views"]["balanced"]} == {"H100"}


def test_a_what_if_that_nothing_meets_has_code_1_and_names_the_nearest(neuralnav: Neuralnav) -> None:
    ran = neuralnav("whatif", "chatbot for 1000 users", "--set", "max_monthly_cost_usd=1")
    assert ran.code == 1
    assert "nearest: Raise the budget a month" in " ".join(ran.out.split())


def test_a_what_if_says_the_plans_warnings(neuralnav: Neuralnav) -> None:
    far = " ".join(neuralnav("whatif", "--spec", "-", "--set", "region=mars", given=NEED).out.split())
    document = json.loads(NEED)
    document["intent"]["region"] = "mars"
    (warning,) = [w for w in neuralnav("plan", "--json", "--spec", "-", given=json.dumps(document)).json["warnings"]
                  if "mars" in w]  # fmt: skip
    assert f"Warning: {warning}" in far
    back = neuralnav("whatif", "--spec", "-", "--set", "region=none", given=json.dumps(document)).out
    assert f"Warning: Now: {warning}" in " ".join(back.split())


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--set", "user_count=many"], "user_count"),
        (["--set", "pinned.gpu_type=H900"], "pinned.gpu_type"),
        (["--set", "pinned.model=lama-3.1-8b"], "pinned.model"),
        (["--set", "colour=red"], "field"),
        (["--set", "user_count"], "--set"),
        ([], "--set"),
        (["--set", "user_count=2000", "--scenario", "now"], "scenario"),
    ],
)
def test_what_cannot_be_set_is_refused_by_field(neuralnav: Neuralnav, arguments: list[str], field: str) -> None:
    ran = neuralnav("whatif", "--json", "--spec", "-", *arguments, given=NEED)
    assert ran.code == 2, ran.out
    assert ran.json["errors"][0]["field"] == field
    assert ran.json["errors"][0]["allowed"]


def test_scenarios_are_kept_listed_compared_and_removed(neuralnav: Neuralnav) -> None:
    ask = ("whatif", "--json", "--spec", "-", "--thread", "t")
    assert neuralnav(*ask, "--set", "user_count=5000", "--scenario", "five", given=NEED).code == 0
    assert neuralnav(*ask, "--set", "user_count=50", "--scenario", "few", given=NEED).code == 0
    taken = neuralnav(*ask, "--set", "user_count=9", "--scenario", "few", given=NEED)
    assert taken.code == 2
    assert neuralnav(*ask, "--set", "user_count=9", "--scenario", "few", "--replace", given=NEED).code == 0
    listed = neuralnav("scenarios", "list", "--thread", "t", "--json").json
    assert [one["name"] for one in listed] == ["five", "few"]
    assert neuralnav("scenarios", "list", "--json").json == []
    shown = neuralnav("scenarios", "show", "few", "--thread", "t", "--json").json
    assert shown["specification"]["intent"]["user_count"] == 9
    compared = neuralnav("scenarios", "compare", "five", "few", "--thread", "t", "--json").json
    assert compared["names"] == ["five", "few"]
    assert {"what": "users", "values": {"five": "5,000", "few": "9"}} in compared["differences"]
    assert "users" in neuralnav("scenarios", "compare", "--thread", "t").out
    assert "five" in neuralnav("scenarios", "list", "--thread", "t").out
    assert neuralnav("scenarios", "remove", "few", "--thread", "t", "--json").json == {"removed": "few"}
    gone = neuralnav("scenarios", "show", "few", "--thread", "t", "--json")
    assert gone.code == 2
    assert gone.json["errors"][0]["allowed"] == "five"


def test_options_of_a_plan_are_compared(neuralnav: Neuralnav, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(neuralnav("plan", "--json", "--spec", "-", given=NEED).out)
    two = neuralnav("compare", "--json", "--plan", str(file), "1", "2")
    assert two.code == 0, two.err
    assert two.json["sentence"]
    assert all(row["values"].keys() == {"1", "2"} for row in two.json["differences"])
    three = neuralnav("compare", "--plan", str(file), "1", "lowest_cost", "best_accuracy")
    assert three.code == 0, three.err
    assert three.out.startswith("Of these 3")
    for wrong in (["1"], ["1", "1"], ["1", "99"]):
        assert neuralnav("compare", "--json", "--plan", str(file), *wrong).code == 2
    assert neuralnav("compare", "--json", "1", "2").code == 2
