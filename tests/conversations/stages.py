"""Applications that conversations are played in: with rules, and with a language model in one mood or another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from graph.application import Application, open_application
from neuralnav.settings import Settings
from tests.doubles.ollama import DOWN, Mood, OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers

SHORT_S = 0.15
"""How long a model in a bad mood is waited for."""
NO_PAUSE_S = 0.01
"""A model that failed is asked again at the next turn, so that each turn meets its mood."""


@dataclass(frozen=True)
class House:
    """What all applications share: a directory for files, and a database."""

    home: Path
    database_url: str

    def settings(self, **more: Any) -> Settings:
        """Settings of an application in this house."""
        return Settings(home=self.home, database_url=SecretStr(self.database_url), **{"llm": None} | more)


@asynccontextmanager
async def with_rules(house: House) -> AsyncIterator[Application]:
    """Without a language model."""
    async with open_application(house.settings()) as application:
        yield application


@asynccontextmanager
async def with_model(
    house: House, known_models: Sequence[str], mood: Mood | Sequence[Mood], timeout_s: float = SHORT_S
) -> AsyncIterator[tuple[Application, OllamaDouble]]:
    """With a language model in ``mood``, or in one mood after another."""
    with OllamaDouble(ScriptedAnswers(known_models=tuple(known_models)), mood) as ollama:
        async with _asking(house, ollama.url, timeout_s) as application:
            yield application, ollama


@asynccontextmanager
async def with_nobody(house: House) -> AsyncIterator[Application]:
    """With a language model that is set but not there."""
    async with _asking(house, DOWN, SHORT_S) as application:
        yield application


@asynccontextmanager
async def _asking(house: House, url: str, timeout_s: float) -> AsyncIterator[Application]:
    settings = house.settings(llm="ollama:test", ollama_url=url, llm_timeout_s=timeout_s, llm_pause_s=NO_PAUSE_S)
    async with open_application(settings) as application:
        yield application
