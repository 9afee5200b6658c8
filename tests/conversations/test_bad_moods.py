"""A language model that is down, slow, cut off, talks nonsense, invents or obeys changes no outcome."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph.application import Application
from graph.checkpoints import CheckpointKind
from tests.conversations.outcomes import model_was_missed, require_same_outcome
from tests.conversations.player import Performance, play
from tests.conversations.script import DIRECTORY
from tests.conversations.stages import SHORT_S, with_model, with_nobody, with_rules
from tests.doubles.ollama import FAILING, Mood

PLAYED = ("a_step_fails", "help_desk", "i_do_not_know", "nothing_fits", "operate", "unclear_replies")
"""Conversations that together stop at every checkpoint and have the model read and explain."""
ENOUGH_S = 5.0
SLOW = (Mood.SLOW, Mood.STALLING)
MOODS = (*FAILING, Mood.INVENTED)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("moods")


@pytest.fixture(scope="module")
async def rules(home: Path) -> AsyncIterator[Application]:
    async with with_rules(home) as application:
        yield application


@pytest.fixture(scope="module")
async def by_rules(rules: Application) -> dict[str, Performance]:
    return {name: await play(script(name), rules) for name in (*PLAYED, "hostile_texts")}


def script(name: str) -> Path:
    return DIRECTORY / f"{name}.yaml"


async def require_nothing_changes(
    application: Application, by_rules: dict[str, Performance], names: tuple[str, ...]
) -> list[bool]:
    """Whether, in each of ``names``, the person was told that the model is absent."""
    missed = []
    for name in names:
        performance = await play(script(name), application)
        require_same_outcome(by_rules[name], performance)
        missed.append(model_was_missed(performance))
    return missed


@pytest.mark.parametrize("mood", MOODS, ids=str)
async def test_a_bad_mood_changes_nothing_but_the_note(
    mood: Mood, home: Path, rules: Application, by_rules: dict[str, Performance]
) -> None:
    async with with_model(home, rules.reference.short_names, mood) as (application, ollama):
        missed = await require_nothing_changes(application, by_rules, PLAYED)
    assert ollama.requests
    assert all(missed) == (mood in FAILING)


@pytest.mark.parametrize("mood", [Mood.INVENTED, Mood.OBEDIENT, Mood.UNKNOWN_TOOL, Mood.WRONG_SCHEMA], ids=str)
async def test_a_model_that_obeys_hostile_texts_changes_nothing(
    mood: Mood, home: Path, rules: Application, by_rules: dict[str, Performance]
) -> None:
    async with with_model(home, rules.reference.short_names, mood, ENOUGH_S) as (application, _):
        await require_nothing_changes(application, by_rules, ("hostile_texts",))


async def test_a_model_that_is_not_there_changes_nothing_but_the_note(
    home: Path, by_rules: dict[str, Performance]
) -> None:
    async with with_nobody(home) as application:
        missed = await require_nothing_changes(application, by_rules, PLAYED)
    assert all(missed)


async def test_a_model_whose_mood_changes_with_every_call_changes_nothing(
    home: Path, rules: Application, by_rules: dict[str, Performance]
) -> None:
    moods = [mood for mood in Mood if mood not in SLOW] * 20
    async with with_model(home, rules.reference.short_names, moods, 10 * SHORT_S) as (application, _):
        await require_nothing_changes(application, by_rules, PLAYED)


def test_the_conversations_played_stop_at_every_checkpoint(by_rules: dict[str, Performance]) -> None:
    asked = {
        report.checkpoint.kind for name in PLAYED for report in by_rules[name].reports if report.checkpoint is not None
    }
    assert asked == set(CheckpointKind)
