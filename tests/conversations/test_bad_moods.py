"""A language model that is down, slow, cut off, talks nonsense, invents or obeys changes no outcome."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from graph.application import Application
from graph.checkpoints import CheckpointKind
from tests.conversations.outcomes import model_was_missed, require_same_outcome
from tests.conversations.player import PlayedByRules, play
from tests.conversations.script import DIRECTORY
from tests.conversations.stages import SHORT_S, House, with_model, with_nobody
from tests.doubles.ollama import FAILING, Mood

ALWAYS = ("a_step_fails", "help_desk")
"""Conversations that together stop at every checkpoint, have the model read at each, and explain."""
MORE = (*ALWAYS, "i_do_not_know", "nothing_fits", "operate", "unclear_replies")
ENOUGH_S = 5.0
SLOW = (Mood.SLOW, Mood.STALLING)
MOODS = (*FAILING, Mood.INVENTED)


@pytest.fixture(params=MOODS, ids=str, scope="module")
async def moody(
    request: pytest.FixtureRequest, house: House, rules: Application
) -> AsyncIterator[tuple[Mood, Application]]:
    """An application with a language model in a mood of its own."""
    async with with_model(house, rules.reference.short_names, request.param) as (application, _):
        yield request.param, application


@pytest.fixture(scope="module")
async def deserted(house: House) -> AsyncIterator[Application]:
    """An application with a language model that is not there."""
    async with with_nobody(house) as application:
        yield application


@pytest.fixture(scope="module")
async def fickle(house: House, rules: Application) -> AsyncIterator[Application]:
    """An application with a language model whose mood changes with every call."""
    moods = [mood for mood in Mood if mood not in SLOW] * 30
    async with with_model(house, rules.reference.short_names, moods, 10 * SHORT_S) as (application, _):
        yield application


@pytest.mark.parametrize("name", ALWAYS)
async def test_a_bad_mood_changes_nothing_but_the_note(
    name: str, moody: tuple[Mood, Application], by_rules: PlayedByRules
) -> None:
    mood, application = moody
    expected = await by_rules.of(name)
    performance = await play(DIRECTORY / f"{name}.yaml", application)
    require_same_outcome(expected, performance)
    assert model_was_missed(performance) == (mood in FAILING)


@pytest.mark.parametrize("name", MORE)
async def test_a_model_that_is_not_there_changes_nothing_but_the_note(
    name: str, deserted: Application, by_rules: PlayedByRules
) -> None:
    expected = await by_rules.of(name)
    performance = await play(DIRECTORY / f"{name}.yaml", deserted)
    require_same_outcome(expected, performance)
    assert model_was_missed(performance)


@pytest.mark.parametrize("name", MORE)
async def test_a_mood_that_changes_with_every_call_changes_nothing(
    name: str, fickle: Application, by_rules: PlayedByRules
) -> None:
    expected = await by_rules.of(name)
    require_same_outcome(expected, await play(DIRECTORY / f"{name}.yaml", fickle))


@pytest.mark.parametrize("mood", [Mood.INVENTED, Mood.OBEDIENT, Mood.UNKNOWN_TOOL, Mood.WRONG_SCHEMA], ids=str)
async def test_a_model_that_obeys_hostile_texts_changes_nothing(
    mood: Mood, house: House, rules: Application, by_rules: PlayedByRules
) -> None:
    expected = await by_rules.of("hostile_texts")
    async with with_model(house, rules.reference.short_names, mood, ENOUGH_S) as (application, _):
        performance = await play(DIRECTORY / "hostile_texts.yaml", application)
    require_same_outcome(expected, performance)


async def test_the_conversations_played_stop_at_every_checkpoint(by_rules: PlayedByRules) -> None:
    performances = [await by_rules.of(name) for name in ALWAYS]
    reports = [report for performance in performances for report in performance.reports]
    assert {report.checkpoint.kind for report in reports if report.checkpoint} == set(CheckpointKind)
