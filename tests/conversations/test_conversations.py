"""Every scripted conversation, with rules and with a language model that does its work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from graph.application import Application
from tests.conversations.outcomes import model_was_missed, require_same_outcome
from tests.conversations.player import Performance, PlayedByRules, play, turns
from tests.conversations.script import all_scripts, read_script
from tests.conversations.stages import House, with_model
from tests.doubles.ollama import Mood, OllamaDouble

SCRIPTS = {path.stem: path for path in all_scripts()}
PATIENT_S = 20.0


@pytest.fixture(scope="module")
async def model(house: House, rules: Application) -> AsyncIterator[tuple[Application, OllamaDouble]]:
    """The application with a language model that answers well."""
    async with with_model(house, rules.reference.short_names, Mood.WELL, PATIENT_S) as stage:
        yield stage


@pytest.mark.parametrize("name", SCRIPTS)
async def test_what_the_script_says_holds(
    name: str, by_rules: PlayedByRules, model: tuple[Application, OllamaDouble]
) -> None:
    expected = await by_rules.of(name)
    application, ollama = model
    asked_before = len(ollama.requests)
    performance = await play(SCRIPTS[name], application)
    require_same_outcome(expected, performance)
    assert len(ollama.requests) > asked_before
    assert not model_was_missed(performance)


async def test_conversations_that_take_turns_do_not_touch_each_other(
    rules: Application, by_rules: PlayedByRules
) -> None:
    names = ("by_buttons", "what_ifs", "operate", "stale_window")
    together = {name: Performance(read_script(SCRIPTS[name]), rules) for name in names}
    playing = [turns(SCRIPTS[name], performance) for name, performance in together.items()]
    while playing:
        playing = [each for each in playing if await anext(each, None) is not None]
    for name, performance in together.items():
        require_same_outcome(await by_rules.of(name), performance)
