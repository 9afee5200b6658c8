"""Every scripted conversation, with rules and with a language model that does its work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph.application import Application
from neuralnav.errors import NotFoundError
from tests.conversations.outcomes import model_was_missed, require_same_outcome
from tests.conversations.player import Performance, play, turns
from tests.conversations.script import all_scripts, read_script
from tests.conversations.stages import with_model, with_rules
from tests.doubles.ollama import Mood, OllamaDouble

SCRIPTS = {path.stem: path for path in all_scripts()}
PATIENT_S = 20.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scripted")


@pytest.fixture(scope="module")
async def rules(home: Path) -> AsyncIterator[Application]:
    async with with_rules(home) as application:
        yield application


@pytest.fixture(scope="module")
async def model(home: Path, rules: Application) -> AsyncIterator[tuple[Application, OllamaDouble]]:
    async with with_model(home, rules.reference.short_names, Mood.WELL, PATIENT_S) as stage:
        yield stage


@pytest.mark.parametrize("name", SCRIPTS)
async def test_what_the_script_says_holds(
    name: str, rules: Application, model: tuple[Application, OllamaDouble]
) -> None:
    by_rules = await play(SCRIPTS[name], rules)
    application, ollama = model
    asked_before = len(ollama.requests)
    by_model = await play(SCRIPTS[name], application)
    require_same_outcome(by_rules, by_model)
    assert len(ollama.requests) > asked_before
    assert not model_was_missed(by_model)


async def test_conversations_that_take_turns_do_not_touch_each_other(rules: Application) -> None:
    paths = [SCRIPTS[name] for name in ("by_buttons", "what_ifs", "operate", "stale_window")]
    alone = [await play(path, rules) for path in paths]
    together = [Performance(read_script(path), rules) for path in paths]
    playing = [turns(path, performance) for path, performance in zip(paths, together, strict=True)]
    while playing:
        playing = [each for each in playing if await anext(each, None) is not None]
    for before, after in zip(alone, together, strict=True):
        require_same_outcome(before, after)


async def test_nobody_can_look_into_the_conversation_of_another(rules: Application) -> None:
    mine = await play(SCRIPTS["by_buttons"], rules)
    theirs = await play(SCRIPTS["what_ifs"], rules)
    assert mine.owner != theirs.owner
    mine.owner = theirs.owner
    with pytest.raises(NotFoundError):
        await rules.conversations.present(mine.thread, mine.owner)
