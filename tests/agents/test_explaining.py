"""Explanations: checked sentences from a model, or nothing."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from agents.breaker import CircuitBreaker
from agents.explaining import MAX_SENTENCES, Explainer, plain_facts
from agents.messages import MAX_FACTS_CHARACTERS
from tests.agents.readers import reader_for
from tests.doubles.ollama import DOWN, Mood, OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers

FACTS = "Option 2 runs on an L4. It has a TTFT of 480 ms, while option 1 on an H100 has one of 62 ms."
QUESTION = "why is 2 slower?"


async def explained(explainer: Explainer, facts: str = FACTS) -> list[str]:
    return [sentence async for sentence in explainer.explain(QUESTION, facts)]


async def test_sentences_that_the_facts_bear_out_come_and_the_others_are_left_out() -> None:
    said = "Option 2 takes 480 ms. It is 8x slower. I approved it. An A100 would help. Option 1 takes 62 ms."
    with OllamaDouble(ScriptedAnswers(explanations={QUESTION: said})) as ollama:
        assert await explained(Explainer(reader_for(ollama.url))) == ["Option 2 takes 480 ms.", "Option 1 takes 62 ms."]
    sent = json.loads(ollama.requests[0]["messages"][-1]["content"])
    assert sent == {"question": QUESTION, "facts": FACTS}


async def test_sentences_come_while_the_model_still_speaks() -> None:
    with OllamaDouble(ScriptedAnswers(), mood=Mood.STALLING) as ollama:
        stream = Explainer(reader_for(ollama.url)).explain(QUESTION, FACTS)
        assert await anext(stream) == "Option 2 runs on an L4."
        await stream.aclose()


async def test_a_sentence_that_is_cut_off_is_left_out() -> None:
    with OllamaDouble(lambda body: "Option 2 takes 480 ms. Option 1 takes 6", mood=Mood.WELL) as ollama:
        assert await explained(Explainer(reader_for(ollama.url))) == ["Option 2 takes 480 ms."]


@pytest.mark.parametrize("mood", [mood for mood in Mood if mood is not Mood.WELL])
async def test_a_model_in_a_bad_mood_says_nothing_that_is_not_so(mood: Mood) -> None:
    with OllamaDouble(ScriptedAnswers(), mood=mood) as ollama:
        said = await explained(Explainer(reader_for(ollama.url, timeout_s=0.8)))
    assert ollama.requests
    began = mood in (Mood.CUT, Mood.KILLED, Mood.STALLING, Mood.ERROR_IN_STREAM, Mood.OUT_OF_TOKENS)
    assert said == (["Option 2 runs on an L4."] if began else [])


async def test_a_stream_that_goes_on_without_end_is_left_at_the_total_time() -> None:
    with OllamaDouble(ScriptedAnswers(), mood=Mood.SLOW) as ollama:
        began = time.monotonic()
        assert await explained(Explainer(reader_for(ollama.url, timeout_s=0.3))) == []
    assert time.monotonic() - began < 2


async def test_what_was_not_begun_is_tried_again() -> None:
    with OllamaDouble(ScriptedAnswers(), mood=[Mood.BROKEN, Mood.BUSY, Mood.WELL]) as ollama:
        assert len(await explained(Explainer(reader_for(ollama.url)))) == 2
    assert len(ollama.requests) == 3


async def test_without_a_model_or_with_the_breaker_open_nothing_is_asked() -> None:
    assert await explained(Explainer(reader_for())) == []
    assert not Explainer(reader_for()).available
    with OllamaDouble(ScriptedAnswers(), mood=Mood.BROKEN) as ollama:
        explainer = Explainer(replace(reader_for(ollama.url), breaker=CircuitBreaker(failures=1, pause_s=60)))
        assert explainer.available
        assert await explained(explainer) == []
        asked = len(ollama.requests)
        assert not explainer.available
        assert await explained(explainer) == []
    assert len(ollama.requests) == asked
    assert await explained(Explainer(reader_for(DOWN))) == []


async def test_explanations_and_what_is_shown_to_the_model_are_bounded() -> None:
    many = " ".join(f"Option {number} takes 62 ms." for number in range(1, 60))
    facts = many + " " * MAX_FACTS_CHARACTERS + "secret tail"
    with OllamaDouble(lambda body: many) as ollama:
        assert len(await explained(Explainer(reader_for(ollama.url)), facts)) == MAX_SENTENCES
    assert "secret tail" not in ollama.requests[0]["messages"][-1]["content"]


async def test_a_sentence_that_is_said_again_and_again_comes_once() -> None:
    with OllamaDouble(lambda body: "Option 2 takes 480 ms. " * 50) as ollama:
        assert await explained(Explainer(reader_for(ollama.url))) == ["Option 2 takes 480 ms."]


def test_facts_are_shown_without_their_markdown() -> None:
    facts = "**Qwen3 8B \\(FP8\\) at \\$520**\n\n- a note\n\n| | Now |\n|---|---:|\n| TTFT | `62 ms` |"
    plain = "Qwen3 8B (FP8) at $520 a note ; ; Now ; ; TTFT ; 62 ms ;"
    assert " ".join(plain_facts(facts).split()) == plain
    document = '{"note": "**as it is** | \\\\("}'
    assert plain_facts(document) == document
