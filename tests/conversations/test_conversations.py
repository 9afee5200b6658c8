"""Every scripted conversation, with rules and with a language model that does its work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph.application import Application, open_application
from neuralnav.settings import Settings
from tests.conversations.player import play
from tests.conversations.script import all_scripts
from tests.doubles.ollama import OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers

SCRIPTS = all_scripts()


def name_of(path: Path) -> str:
    return path.stem


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scripted")


@pytest.fixture(scope="module")
async def with_rules(home: Path) -> AsyncIterator[Application]:
    async with open_application(Settings(home=home, database_url=None, llm=None)) as application:
        yield application


@pytest.fixture(scope="module")
async def with_model(home: Path, with_rules: Application) -> AsyncIterator[Application]:
    answers = ScriptedAnswers(known_models=with_rules.reference.short_names)
    with OllamaDouble(answers) as ollama:
        settings = Settings(home=home, database_url=None, llm="ollama:test", ollama_url=ollama.url)
        async with open_application(settings) as application:
            yield application


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
async def test_what_the_script_says_holds_with_rules(path: Path, with_rules: Application) -> None:
    await play(path, with_rules)


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
async def test_what_the_script_says_holds_with_a_language_model(path: Path, with_model: Application) -> None:
    await play(path, with_model)
