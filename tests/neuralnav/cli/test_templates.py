"""``neuralnav templates``, as people run it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from tests.neuralnav.cli.conftest import Neuralnav

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def plan(neuralnav: Neuralnav, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "plan.json"
    ran = neuralnav("plan", "a chatbot for 1000 users", "--json")
    assert ran.code == 0, ran.err
    path.write_text(ran.out)
    return path


def test_the_templates_that_ship_are_listed(neuralnav: Neuralnav) -> None:
    found = neuralnav("templates", "list", "--json").json["templates"]
    assert len(found) >= 9
    assert all(template["kept_by"] == "NeuralNav" and template["source"] for template in found)
    assert "chatbot-conversational-small" in neuralnav("templates", "list").out


def test_an_option_is_kept_listed_and_removed(neuralnav: Neuralnav, plan: Path) -> None:
    kept = neuralnav("templates", "keep", "--plan", str(plan), "--choice", "1", "--name", "ours", "--json").json
    assert (kept["name"], kept["use_case"]) == ("ours", "chatbot_conversational")
    assert kept["min_peak_qps"] < 9 < kept["max_peak_qps"]
    assert kept in neuralnav("templates", "list", "--json").json["templates"]
    again = neuralnav("templates", "keep", "--plan", str(plan), "--choice", "1", "--name", "ours", "--json")
    assert (again.code, again.json["errors"][0]["field"]) == (2, "name")
    assert neuralnav("templates", "remove", "ours").out == "Removed ours\n"
    assert neuralnav("templates", "remove", "ours").code == 2


def test_without_a_name_one_is_made(neuralnav: Neuralnav, plan: Path) -> None:
    ran = neuralnav("templates", "keep", "--plan", str(plan), "--choice", "lowest_cost")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("Kept chatbot-conversational-")


@pytest.mark.parametrize(("option", "value"), [("--choice", "99"), ("--name", "No Spaces")])
def test_what_cannot_be_kept_is_named(option: str, value: str, neuralnav: Neuralnav, plan: Path) -> None:
    arguments = {"--choice": "1", option: value}
    given = (part for pair in arguments.items() for part in pair)
    ran = neuralnav("templates", "keep", "--plan", str(plan), *given, "--json")
    assert (ran.code, ran.json["errors"][0]["field"]) == (2, option.removeprefix("--"))


def test_a_deployment_that_is_not_there_cannot_be_kept(neuralnav: Neuralnav) -> None:
    missing = "6f1f9c1e-0000-4000-8000-000000000000"
    ran = neuralnav("templates", "keep", "--deployment", missing, "--json")
    assert ran.code == 2
    assert missing in ran.json["detail"]


@pytest.mark.parametrize(
    "given", [(), ("--plan", "x.json"), ("--choice", "1"), ("--plan", "x", "--deployment", str(UUID(int=1)))]
)
def test_either_an_option_of_a_plan_or_a_deployment_is_kept(given: tuple[str, ...], neuralnav: Neuralnav) -> None:
    ran = neuralnav("templates", "keep", *given, "--json")
    assert (ran.code, ran.json["errors"][0]["allowed"]) == (2, "--plan with --choice, or --deployment")
