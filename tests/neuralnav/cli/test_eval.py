"""``neuralnav eval intent``: what it measures, how it says so, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.scoring import SCORED_FIELDS
from neuralnav.cli import eval as evaluation
from neuralnav.errors import InvalidInputError
from tests.doubles.ollama import OllamaDouble
from tests.doubles.ollama_answers import request_words
from tests.neuralnav.cli.conftest import Neuralnav

SAMPLE = Path(__file__).parents[2] / "data" / "intents.jsonl"
LAWYERS: dict[str, Any] = {
    "text": "translate contracts for 25 lawyers",
    "want": {"use_case": "translation", "user_count": 25},
}
MISREAD: dict[str, Any] = {
    "text": "translate contracts for 25 lawyers on H100",
    "want": {"use_case": "translation", "user_count": 26},
}
TRIBUNAL = "Our 300 people want something to make sense of what the tribunal wrote"


def lines(*sentences: dict[str, Any]) -> str:
    return "\n".join(json.dumps(sentence) for sentence in sentences) + "\n"


def test_the_sample_is_read_wholly_right_and_nothing_is_invented(neuralnav: Neuralnav) -> None:
    ran = neuralnav("eval", "intent", str(SAMPLE), "--json", "--at-least", "100")
    assert (ran.code, ran.err) == (0, "")
    assert (ran.json["model"], ran.json["read_by"]) == ("rules", {"rules": 22})
    assert ran.json["sentences"] == {"right": 22, "of": 22}
    assert (ran.json["stated_share"], ran.json["all_share"]) == (1, 1)
    assert (ran.json["invented"], ran.json["failures"], ran.json["passed"]) == ([], [], True)
    assert [field["field"] for field in ran.json["fields"]] == list(SCORED_FIELDS)
    latency = ran.json["latency"]
    assert 0 < latency["p50_ms"] <= latency["p95_ms"] <= latency["max_ms"]


def test_people_get_a_table_with_the_totals_under_it(neuralnav: Neuralnav) -> None:
    ran = neuralnav("eval", "intent", str(SAMPLE), COLUMNS="80")
    assert (ran.code, ran.err) == (0, "")
    assert "use_case" in ran.out
    assert "region" not in ran.out
    assert "Stated fields right (a value was wanted or given): 49 of 49 (100.0 %)." in ran.out
    assert "Invented values: none." in ran.out
    assert "Latency a sentence: p50 " in ran.out
    assert "…" not in ran.out


def test_failing_sentences_are_shown_when_asked_for(neuralnav: Neuralnav) -> None:
    given = "\n" + lines(LAWYERS, MISREAD)
    ran = neuralnav("eval", "intent", "-", "--failures", given=given)
    assert ran.code == 0
    assert 'Line 3 (2 faults): "translate contracts for 25 lawyers on H100"' in ran.out
    assert "user_count: wanted 26, got 25 (wrong)" in ran.out
    assert 'available_gpus: wanted nothing, got ["H100"] (invented)' in ran.out
    assert "Line 2" not in ran.out
    silent = neuralnav("eval", "intent", "-", given=given)
    assert "Line 3" not in silent.out
    assert 'line 3, available_gpus: ["H100"]' in silent.out
    (failure,) = neuralnav("eval", "intent", "-", "--json", given=given).json["failures"]
    assert failure["line"] == 3
    assert failure["faults"][0] == {"mistake": "wrong", "field": "user_count", "wanted": 26, "got": 25}


def test_control_characters_of_a_text_do_not_reach_the_terminal(neuralnav: Neuralnav) -> None:
    ran = neuralnav(
        "eval", "intent", "-", "--failures", given=lines({"text": "\x1b[2Jhello\x07", "want": {"region": "eu"}})
    )
    assert 'Line 1 (1 fault): "[2Jhello"' in ran.out
    assert not {"\x1b", "\x07"} & set(ran.out)


@pytest.mark.parametrize(
    ("sentences", "percent", "code"),
    [
        ([LAWYERS], "100", 0),
        ([LAWYERS, {**LAWYERS, "want": {**LAWYERS["want"], "region": "eu"}}], "80", 0),
        ([LAWYERS, {**LAWYERS, "want": {**LAWYERS["want"], "region": "eu"}}], "80.1", 1),
        ([{**LAWYERS, "want": {"use_case": "translation"}}], "0", 1),
        ([{"text": "good morning", "want": {"_clarify": True}}], "100", 0),
    ],
)
def test_a_share_that_is_not_reached_or_an_invented_value_has_code_1(
    neuralnav: Neuralnav, sentences: list[dict[str, Any]], percent: str, code: int
) -> None:
    ran = neuralnav("eval", "intent", "-", "--json", "--at-least", percent, given=lines(*sentences))
    assert ran.code == code
    assert ran.json["passed"] is (code == 0)


def test_the_language_model_that_is_set_is_measured(neuralnav: Neuralnav) -> None:
    given = lines({"text": TRIBUNAL, "want": {"use_case": "research_legal_analysis", "user_count": 300}})
    assert neuralnav("eval", "intent", "-", "--json", given=given).json["fields"][0]["missed"] == 1
    quoted = [{"field": "use_case", "words": "make sense of what the tribunal wrote"}]
    answer = request_words(use_case="research_legal_analysis", quotes=quoted)
    with OllamaDouble(answer=lambda body: answer) as llm:
        ran = neuralnav(
            "eval", "intent", "-", "--json", given=given, NEURALNAV_LLM="ollama:test", NEURALNAV_OLLAMA_URL=llm.url
        )
    assert ran.code == 0, ran.err
    assert (ran.json["model"], ran.json["read_by"]) == ("ollama:test", {"ollama:test": 1})
    assert ran.json["stated_share"] == 1
    assert ran.json["fields"][0]["right"] == 1


def test_a_language_model_that_fails_is_named_beside_the_rules_that_read(neuralnav: Neuralnav) -> None:
    with OllamaDouble(answer=lambda body: "", mood="broken") as llm:
        ran = neuralnav(
            "eval", "intent", "-", given=lines(LAWYERS), NEURALNAV_LLM="ollama:test", NEURALNAV_OLLAMA_URL=llm.url
        )
    assert ran.code == 0
    assert "Model: ollama:test; sentences read by rules 1." in ran.out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "holds no sentences"),
        ("\n \n", "holds no sentences"),
        ("nonsense", "line 1 is not JSON"),
        ("[1]", "line 1 holds a list, not an object"),
        ('{"text": "a", "want": {"user_count": NaN}}', "NaN is not a number"),
        ('{"want": {}}', "line 1: 'text' is missing or not a string"),
        ('{"text": 5, "want": {}}', "line 1: 'text' is missing or not a string"),
        (json.dumps({"text": "a" * 20_001, "want": {}}), "line 1: 'text' has 20,001 characters"),
        ('{"text": "a"}', "line 1: 'want' is missing or not an object"),
        ('{"text": "a", "want": [1]}', "line 1: 'want' is missing or not an object"),
        ('{"text": "a", "want": {}}\n\n{"text": "a", "want": {"users": 5}}', "line 3: want.users"),
        ('{"text": "a", "want": {"user_count": "many"}}', "line 1: want.user_count: 'many'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, given: str, said: str) -> None:
    file = tmp_path / "wrong.jsonl"
    file.write_text(given, encoding="utf-8")
    with pytest.raises(InvalidInputError) as refused:
        evaluation.read_sentences(str(file))
    assert said in refused.value.detail
    assert refused.value.exit_code == 2


def test_a_wrong_line_is_said_in_words_and_as_json(neuralnav: Neuralnav) -> None:
    given = lines(LAWYERS) + '{"text": "a", "want": {"users": 5}}'
    ran = neuralnav("eval", "intent", "-", given=given)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Invalid input: line 2: want.users")
    assert len(ran.err.splitlines()) == 1
    problem = neuralnav("eval", "intent", "-", "--json", given=given)
    assert (problem.code, problem.json["status"]) == (2, 422)
    assert problem.json["errors"][0]["field"] == "line 2: want.users"
    assert "standard input holds no sentences" in neuralnav("eval", "intent", "-").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("intent", "/nowhere/at/all"), "No such file"),
        (("intent", "/"), "directory"),
        (("intent",), "file"),
        (("intent", str(SAMPLE), "--at-least", "101"), "no percentage"),
        (("intent", str(SAMPLE), "--at-least", "nan"), "no percentage"),
        (("intent", str(SAMPLE), "--at-least", "all"), "'all' is no percentage"),
        (("replies", str(SAMPLE)), "replies"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(neuralnav: Neuralnav, arguments: tuple[str, ...], said: str) -> None:
    ran = neuralnav("eval", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(("limit", "value"), [("MAX_SENTENCES", 2), ("MAX_CHARACTERS", 40)])
def test_more_than_can_be_kept_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text(lines(LAWYERS), encoding="utf-8")
    monkeypatch.setattr(evaluation, limit, value)
    assert len(evaluation.read_sentences(str(file))) == 1
    file.write_text(lines(LAWYERS, LAWYERS, LAWYERS), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=f"{value:,} "):
        evaluation.read_sentences(str(file))
