"""``neuralnav models``, as people run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.neuralnav.cli.conftest import Neuralnav

pytestmark = pytest.mark.database

CONFIG = json.loads((Path(__file__).parents[2] / "data" / "published_configs.json").read_text(encoding="utf-8"))[
    "configs"
]["meta-llama/Llama-3.1-8B-Instruct"]
OURS = ("--id", "our-company/Support-8B")


def test_the_catalogue_is_listed(neuralnav: Neuralnav) -> None:
    models = neuralnav("models", "list", "--json").json["models"]
    assert {"meta-llama/Llama-3.1-8B-Instruct", "openai/gpt-oss-20b"} <= {model["model_id"] for model in models}
    assert {"licence", "quality_tier", "approved_for_production", "as_of"} <= models[0].keys()
    some = neuralnav("models", "list", "--task", "rag", "--json").json["models"]
    assert 0 < len(some) < len(models)
    assert "checkpoints of" in neuralnav("models", "list").out


def test_a_task_that_no_model_has_is_refused_with_those_that_there_are(neuralnav: Neuralnav) -> None:
    ran = neuralnav("models", "list", "--task", "cooking", "--json")
    assert (ran.code, ran.json["errors"][0]["field"]) == (2, "task")
    assert "summarization" in ran.json["errors"][0]["allowed"]


def test_a_model_is_shown_with_its_accuracy_for_every_use_case(neuralnav: Neuralnav) -> None:
    shown = neuralnav("models", "show", "llama-3.3-70b", "--json").json
    assert (shown["model"], shown["in_catalogue"]) == ("meta-llama/Llama-3.3-70B-Instruct", True)
    assert shown["parameters"] == pytest.approx(70.6e9, rel=0.01)
    assert len(shown["accuracy"]) == 9
    assert shown["accuracy"]["chatbot_conversational"]["quality_tier"] == "high"
    assert shown["quality_scores"]["gpqa"] > 0
    assert "catalogue.licence: Llama 3.3 Community License" in neuralnav("models", "show", "llama-3.3-70b").out
    assert neuralnav("models", "show", "Qwen/Qwen2-7B", "--json").json["in_catalogue"] is False
    assert neuralnav("models", "show", "lama-3.3").code == 2


def test_a_model_of_ones_own_is_added_planned_with_and_removed(neuralnav: Neuralnav, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG))
    ran = neuralnav("models", "add", "--config", str(config), *OURS, "--licence", "MIT", "--json")
    assert ran.code == 0, ran.err
    assert (ran.json["model"]["short_name"], ran.json["model"]["source"]) == (
        "support-8b",
        "config.json, added by user",
    )
    assert ran.json["parameters"] == pytest.approx(8.03e9, rel=0.001)
    intent = {"use_case": "chatbot_conversational", "user_count": 100, "preferred_models": ["support-8b"]}
    spec = {"intent": intent}
    plan = neuralnav("plan", "--spec", "-", "--json", given=json.dumps(spec))
    assert plan.code == 0, plan.err
    assert {option["option"]["model"] for option in plan.json["options"]} == {"our-company/Support-8B"}
    again = neuralnav("models", "add", "--config", str(config), *OURS)
    assert (again.code, "models remove" in again.err) == (2, True)
    assert neuralnav("models", "remove", "our-company/support-8b", "--json").code == 0
    assert neuralnav("models", "show", "our-company/Support-8B").code == 2


def test_people_are_told_what_was_understood(neuralnav: Neuralnav) -> None:
    ran = neuralnav("models", "add", "--config", "-", "--id", "a/told", given=json.dumps(CONFIG))
    assert (ran.code, "8.03 billion parameters" in ran.out, "--licence" in ran.out) == (0, True, True)
    assert neuralnav("models", "remove", "a/told").out == "Removed a/told\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "not JSON"),
        ("[1]", "a list, not an object"),
        ('{"hidden_size": NaN}', "NaN is not a number"),
        ('{"hidden_size": -4096}', "hidden_size"),
        ("[" * 100_000, "not JSON"),
        ('{"model_type": "llama", "text_config": ' + "[" * 100 + "]" * 100 + "}", "text_config"),
        ("x" * 20_000_001, "larger than"),
    ],
    ids=["empty", "list", "nan", "negative", "nested", "deep", "huge"],
)
def test_a_bad_file_is_refused_clearly(given: str, said: str, neuralnav: Neuralnav) -> None:
    ran = neuralnav("models", "add", "--config", "-", *OURS, given=given)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err) < 3000
    assert "Traceback" not in ran.err


def test_a_missing_file_is_named(neuralnav: Neuralnav, tmp_path: Path) -> None:
    ran = neuralnav("models", "add", "--config", str(tmp_path / "nowhere.json"), *OURS)
    assert (ran.code, "nowhere.json" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("option", "value"), [("--precision", "fp3"), ("--quality-tier", "superb"), ("--context", "0"), ("--id", "x")]
)
def test_an_option_that_cannot_be_is_named(option: str, value: str, neuralnav: Neuralnav) -> None:
    given = json.dumps(CONFIG)
    ran = neuralnav("models", "add", "--config", "-", *OURS, option, value, "--json", given=given)
    assert (ran.code, ran.json["errors"][0]["field"]) == (2, option.removeprefix("--"))


def test_a_name_like_no_models_gets_no_guess(neuralnav: Neuralnav) -> None:
    ran = neuralnav("models", "show", "zzz", "--json")
    assert (ran.code, ran.json["errors"][0]["allowed"]) == (2, "a model of 'models list'")
    assert "Did you mean" not in ran.json["detail"]


def test_templates_that_ship_are_removed_with_their_model_and_named(neuralnav: Neuralnav) -> None:
    templates = neuralnav("templates", "list", "--json").json["templates"]
    model = templates[0]["model"]
    ran = neuralnav("models", "remove", model)
    assert ran.code == 0, ran.err
    assert all(f"the template {one['name']}," in ran.out for one in templates if one["model"] == model)
    left = neuralnav("templates", "list", "--json").json["templates"]
    assert [one["name"] for one in left] == [one["name"] for one in templates if one["model"] != model]
