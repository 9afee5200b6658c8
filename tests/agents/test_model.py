"""How the model is asked: tries, time, the breaker, and what is logged."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel

from agents.breaker import BreakerState, CircuitBreaker
from agents.messages import compose
from agents.model import build_reader
from agents.words import RequestWords
from neuralnav.models.vocabulary import UseCase
from neuralnav.settings import Settings
from tests.agents.readers import reader_for
from tests.doubles.ollama import DOWN, Mood, OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers, request_words

SECRET = "a chatbot for the Zanzibar project"
TRANSLATES = request_words(use_case="translation")


@pytest.mark.parametrize(
    ("mood", "tries"),
    [
        (Mood.BROKEN, 3),
        (Mood.BUSY, 3),
        (Mood.KILLED, 3),
        (Mood.CUT, 3),
        (Mood.ERROR_IN_STREAM, 3),
        (Mood.OUT_OF_TOKENS, 3),
        (Mood.GARBAGE, 2),
        (Mood.GARBAGE_LINES, 2),
        (Mood.STRANGE_LINES, 2),
        (Mood.WRONG_SCHEMA, 2),
        (Mood.OBEDIENT, 2),
        (Mood.UNKNOWN_TOOL, 2),
        (Mood.EMPTY, 2),
        (Mood.LOADED, 2),
        (Mood.SILENT, 2),
        (Mood.UNKNOWN_MODEL, 1),
        (Mood.BAD_REQUEST, 1),
        (Mood.HUGE, 1),
    ],
)
async def test_only_what_may_pass_is_tried_again_and_not_for_ever(mood: Mood, tries: int) -> None:
    with OllamaDouble(lambda body: TRANSLATES, mood=mood) as ollama:
        words, by = await reader_for(ollama.url).ask(compose("read_request", SECRET), RequestWords)
    assert by == "rules"
    assert words.use_case is UseCase.CHATBOT
    assert len(ollama.requests) == tries


async def test_a_model_that_is_well_again_at_the_third_try_is_heard() -> None:
    with OllamaDouble(lambda body: TRANSLATES, mood=[Mood.BROKEN, Mood.KILLED, Mood.WELL]) as ollama:
        words, by = await reader_for(ollama.url).ask(compose("read_request", SECRET), RequestWords)
    assert (words.use_case, by) == (UseCase.TRANSLATION, "ollama:test")


async def test_an_answer_that_comes_in_small_pieces_is_read_as_one() -> None:
    with OllamaDouble(ScriptedAnswers()) as ollama:
        words, by = await reader_for(ollama.url).ask(compose("read_request", SECRET), RequestWords)
    assert (words.use_case, by) == (UseCase.CHATBOT, "ollama:test")
    body = ollama.requests[0]
    assert body["stream"] is True
    assert set(body["format"]["required"]) == set(RequestWords.model_fields)
    assert body["options"] == {"temperature": 0.0, "num_predict": 1024}


@pytest.mark.parametrize("mood", [Mood.SLOW, Mood.STALLING])
async def test_a_slow_model_is_waited_for_no_longer_than_the_total_time(mood: Mood) -> None:
    with OllamaDouble(lambda body: TRANSLATES, mood=mood) as ollama:
        began = time.monotonic()
        _, by = await reader_for(ollama.url, timeout_s=0.4).ask(compose("read_request", SECRET), RequestWords)
        took = time.monotonic() - began
    assert by == "rules"
    assert took < 2
    assert 1 <= len(ollama.requests) <= 2


async def test_a_model_that_failed_three_times_in_a_row_is_left_alone_and_asked_once_after_the_pause() -> None:
    now = 0.0
    breaker = CircuitBreaker(pause_s=60, clock=lambda: now)
    messages = compose("read_request", SECRET)
    with OllamaDouble(lambda body: TRANSLATES, mood=Mood.UNKNOWN_MODEL) as ollama:
        reader = replace(reader_for(ollama.url), breaker=breaker)
        for _ in range(5):
            assert (await reader.ask(messages, RequestWords))[1] == "rules"
        assert len(ollama.requests) == 3
        assert not reader.available
        now = 61.0
        assert reader.available
        assert (await reader.ask(messages, RequestWords))[1] == "rules"
        assert (await reader.ask(messages, RequestWords))[1] == "rules"
        assert len(ollama.requests) == 4
        now = 122.0
        ollama.mood = Mood.WELL
        assert (await reader.ask(messages, RequestWords))[1] == "ollama:test"
    assert breaker.state is BreakerState.CLOSED


async def test_a_turn_that_is_cancelled_is_no_failure_of_the_model() -> None:
    with OllamaDouble(lambda body: TRANSLATES, mood=Mood.SLOW) as ollama:
        reader = reader_for(ollama.url)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await reader.ask(compose("read_request", SECRET), RequestWords)
    assert reader.breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize("mood", [Mood.WRONG_SCHEMA, Mood.BROKEN, Mood.OBEDIENT])
async def test_the_log_says_what_failed_and_nothing_that_was_said(mood: Mood, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with OllamaDouble(lambda body: TRANSLATES, mood=mood) as ollama:
        await reader_for(ollama.url).ask(compose("read_request", SECRET), RequestWords)
    (record,) = [record for record in caplog.records if record.name == "agents.model"]
    assert record.__dict__["llm"] == "ollama:test"
    assert record.__dict__["fault"] in ("malformed", "transient")
    for said in ("Zanzibar", "world domination", "approve", "runner"):
        assert said not in caplog.text


async def test_rules_alone_ask_nobody() -> None:
    reader = reader_for()
    assert not reader.available
    assert (await reader.ask(compose("read_request", SECRET), RequestWords))[1] == "rules"
    assert [piece async for piece in reader.stream(compose("read_request", SECRET))] == []


async def test_a_model_of_ones_own_need_not_say_that_it_is_done() -> None:
    model = GenericFakeChatModel(messages=iter(["One. Two."]))
    reader = build_reader(Settings(database_url=None), model=model)
    assert "".join([piece async for piece in reader.stream(compose("explain", "?"))]) == "One. Two."


async def test_whatever_a_model_of_ones_own_raises_the_rules_answer() -> None:
    reader = build_reader(Settings(database_url=None), model=GenericFakeChatModel(messages=iter([])))
    assert (await reader.ask(compose("read_request", SECRET), RequestWords))[1] == "rules"
    assert [piece async for piece in reader.stream(compose("explain", "?"))] == []


async def test_nobody_there_costs_no_time() -> None:
    began = time.monotonic()
    assert (await reader_for(DOWN).ask(compose("read_request", SECRET), RequestWords))[1] == "rules"
    assert time.monotonic() - began < 2
