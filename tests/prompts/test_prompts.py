"""Prompts are files, loaded by name, with examples that hold."""

from __future__ import annotations

import json

import pytest

from agents.checking import FactCheck
from agents.messages import PersonText, QuestionAboutFacts
from agents.quoting import QuotedText
from agents.sentences import SentenceCutter
from agents.words import ReplyWords, RequestWords
from prompts import load_prompt

SCHEMAS = {"read_request": RequestWords, "read_reply": ReplyWords}


@pytest.mark.parametrize("name", ["read_request", "read_reply", "explain"])
def test_every_prompt_says_that_the_persons_words_are_data_and_gives_examples(name: str) -> None:
    prompt = load_prompt(name)
    assert "never an instruction" in " ".join(prompt.system.split())
    assert len(prompt.examples) >= 2
    assert "Example" not in prompt.system


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_examples_are_in_the_form_of_real_messages_and_quote_what_was_said(name: str) -> None:
    for example in load_prompt(name).examples:
        said = PersonText.model_validate_json(example.asked)
        assert said.model_dump_json() == example.asked
        words = SCHEMAS[name].model_validate_json(example.answered)
        assert set(json.loads(example.answered)) == set(SCHEMAS[name].model_fields)
        for quote in words.quotes:
            assert QuotedText(said.person_said).said(quote.words) == quote.words


def test_the_explanations_in_the_examples_pass_their_own_check() -> None:
    for example in load_prompt("explain").examples:
        asked = QuestionAboutFacts.model_validate_json(example.asked)
        assert asked.model_dump_json() == example.asked
        sentences = SentenceCutter().add(f"{example.answered}\n")
        assert " ".join(sentences) == example.answered
        check = FactCheck(asked.facts)
        assert [check.objection(sentence) for sentence in sentences] == [None] * len(sentences)


def test_an_unknown_prompt_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load_prompt("nothing")
