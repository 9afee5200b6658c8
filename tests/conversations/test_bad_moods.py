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

EVERYWHERE = "a_step_fails"
"""A conversation that stops at every checkpoint, with a reply at each that the model reads, and has it explain."""
PLAYED = (EVERYWHERE, "help_desk", "i_do_not_know", "nothing_fits", "operate", "unclear_replies")
ENOUGH_S = 5.0
SLOW = (Mood.SLOW, Mood.STALLING)
MOODS = (*FAILING, Mood.INVENTED)


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


@pytest.mark.parametrize("mood", MOODS, ids=str)
async def test_a_bad_mood_changes_nothing_but_the_note(
    mood: Mood, house: House, rules: Application, by_rules: PlayedByRules
) -> None:
    expected = await by_rules.of(EVERYWHERE)
    async with with_model(house, rules.reference.short_names, mood) as (application, ollama):
        performance = await play(DIRECTORY / f"{EVERYWHERE}.yaml", application)
    require_same_outcome(expected, performance)
    assert model_was_missed(performance) == (mood in FAILING)
    assert ollama.requests


@pytest.mark.parametrize("name", PLAYED)
async def test_a_model_that_is_not_there_changes_nothing_but_the_note(
    name: str, deserted: Application, by_rules: PlayedByRules
) -> None:
    expected = await by_rules.of(name)
    performance = await play(DIRECTORY / f"{name}.yaml", deserted)
    require_same_outcome(expected, performance)
    assert model_was_missed(performance)


@pytest.mark.parametrize("name", PLAYED)
async def test_a_mood_that_changes_with_every_call_changes_nothing(
    name: str, fickle: Application, by_rules: PlayedByRules
) -> None:
    expected = await by_rules.of(name)
    require_same_outcome(expected, await play(DIRECTORY / f"{name}.yaml", fickle))


@pytest.mark.parametrize("mood", [Mood.OBEDIENT, Mood.UNKNOWN_TOOL], ids=str)
async def test_a_model_that_obeys_hostile_texts_changes_nothing(
    mood: Mood, house: House, rules: Application, by_rules: PlayedByRules
) -> None:
    expected = await by_rules.of("hostile_texts")
    async with with_model(house, rules.reference.short_names, mood, ENOUGH_S) as (application, _):
        performance = await play(DIRECTORY / "hostile_texts.yaml", application)
    require_same_outcome(expected, performance)


async def test_the_conversation_of_all_moods_stops_at_every_checkpoint(by_rules: PlayedByRules) -> None:
    performance = await by_rules.of(EVERYWHERE)
    asked = {report.checkpoint.kind for report in performance.reports if report.checkpoint}
    assert asked == set(CheckpointKind)
