import json
from pathlib import Path
from typing import Any

import pytest

from neuralnav.models.intent import DeploymentIntent
from neuralnav.understanding import read_request
from neuralnav.understanding.reading.text import normalise

DATA = Path(__file__).parents[2] / "data"
KNOWN_MODELS = ("llama-3.1-8b", "qwen2.5-7b", "granite-3.1-8b", "mistral-small-24b", "gpt-oss-20b", "phi-4")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def wrong(sentence: dict[str, Any], *, every_field: bool) -> list[str]:
    """What the reading of a sentence has that it should not have, and the other way round."""
    reading = read_request(sentence["text"], known_models=KNOWN_MODELS)
    want = {key: value for key, value in sentence["want"].items() if not key.startswith("_")}
    found = reading.intent.model_dump(mode="json")
    faults = []
    for field in DeploymentIntent.model_fields:
        if field == "description" or (field not in want and not every_field):
            continue
        expected = want.get(field, "balanced" if field == "priority" else None)
        if isinstance(expected, float):
            expected = pytest.approx(expected, rel=1e-3)
        if found[field] != expected:
            faults.append(f"{field} is {found[field]!r}, not {expected!r}")
    if "_clarify" in sentence["want"] and reading.question is None:
        faults.append("asks nothing")
    if every_field and "_clarify" not in sentence["want"] and reading.question is not None:
        faults.append(f"asks {reading.question!r}")
    refused = [value.field for value in reading.rejected]
    if "_reject" in sentence["want"] and sentence["want"]["_reject"] not in refused:
        faults.append(f"refuses {refused}")
    if every_field and "_reject" not in sentence["want"] and refused:
        faults.append(f"refuses {reading.rejected}")
    said = normalise(sentence["text"])
    faults += [f"{field}: {words!r} was not said" for field, words in reading.evidence.items() if words not in said]
    return faults


@pytest.mark.parametrize("sentence", lines("intents.jsonl"), ids=lambda sentence: sentence["text"])
def test_the_sample_is_understood(sentence: dict[str, Any]) -> None:
    assert wrong(sentence, every_field="_reject" not in sentence["want"]) == []


@pytest.mark.parametrize("sentence", lines("intents_extra.jsonl"), ids=lambda sentence: sentence["text"])
def test_each_sentence_gives_what_was_said_and_nothing_else(sentence: dict[str, Any]) -> None:
    assert wrong(sentence, every_field=True) == []


def test_every_value_carries_the_words_it_came_from() -> None:
    reading = read_request("I need a chatbot for 1000 users, low latency is critical")
    assert reading.evidence == {
        "use_case": "chatbot",
        "user_count": "1000 users",
        "priority": "low latency is critical",
    }
    assert reading.intent.description == "I need a chatbot for 1000 users, low latency is critical"


def test_a_range_is_read_as_its_upper_end_and_the_words_say_so() -> None:
    reading = read_request("chatbot for 500-800 users")
    assert reading.intent.user_count == 800
    assert reading.evidence["user_count"] == "500-800 users"


def test_nothing_understood_means_no_description() -> None:
    reading = read_request("good morning")
    assert reading.intent == DeploymentIntent()
    assert reading.missing == ("use_case", "user_count")


def test_one_question_asks_for_all_that_is_missing() -> None:
    question = read_request("on H100").question or ""
    assert "what the people will do" in question
    assert "how many people" in question
    assert question.count(".") == 1


def test_the_question_names_a_refused_load() -> None:
    reading = read_request("chatbot for -5 users")
    assert [value.model_dump() for value in reading.rejected] == [
        {"field": "user_count", "value": "-5 users", "reason": "must be at least 1"}
    ]
    assert "“-5 users” cannot be used" in (reading.question or "")


def test_two_tasks_named_alike_are_asked_about_by_name() -> None:
    question = read_request("summarise and translate emails for 20 staff").question or ""
    assert "summarising short texts or translation" in question


def test_two_different_values_are_left_out_and_named() -> None:
    reading = read_request("chatbot for 300 users. The chatbot is for 500 users.")
    assert reading.intent.user_count is None
    assert reading.rejected[0].reason.startswith("two different values were said")


def test_known_models_are_written_as_the_catalogue_writes_them() -> None:
    reading = read_request("chat for 9 users with ACME Falcon_Mini 3", known_models=("acme-falcon-mini-3",))
    assert reading.intent.preferred_models == ("acme-falcon-mini-3",)


def test_models_of_a_country_are_those_that_the_catalogue_has() -> None:
    text = "chat for 9 users, no Chinese models"
    assert read_request(text, known_models=KNOWN_MODELS).intent.excluded_models == ("alibaba cloud",)
    assert {"alibaba cloud", "deepseek"} <= set(read_request(text).intent.excluded_models or ())
