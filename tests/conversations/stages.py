"""Applications that conversations are played in: with rules, and with a language model in one mood or another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from graph.application import Application, open_application
from neuralnav.settings import Settings
from tests.doubles.ollama import DOWN, Mood, OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers

SHORT_S = 0.15
"""How long a model in a bad mood is waited for."""
NO_PAUSE_S = 0.01
"""A model that failed is asked again at the next turn, so that each turn meets its mood."""


@asynccontextmanager
async def with_rules(home: Path) -> AsyncIterator[Application]:
    """Without a language model."""
    async with open_application(Settings(home=home, database_url=None, llm=None)) as application:
        yield application


@asynccontextmanager
async def with_model(
    home: Path, known_models: Sequence[str], mood: Mood | Sequence[Mood], timeout_s: float = SHORT_S
) -> AsyncIterator[tuple[Application, OllamaDouble]]:
    """With a language model in ``mood``, or in one mood after another."""
    with OllamaDouble(ScriptedAnswers(known_models=tuple(known_models)), mood) as ollama:
        async with _asking(home, ollama.url, timeout_s) as application:
            yield application, ollama


@asynccontextmanager
async def with_nobody(home: Path) -> AsyncIterator[Application]:
    """With a language model that is set but not there."""
    async with _asking(home, DOWN, SHORT_S) as application:
        yield application


@asynccontextmanager
async def _asking(home: Path, url: str, timeout_s: float) -> AsyncIterator[Application]:
    settings = Settings(
        home=home,
        database_url=None,
        llm="ollama:test",
        ollama_url=url,
        llm_timeout_s=timeout_s,
        llm_pause_s=NO_PAUSE_S,
    )
    async with open_application(settings) as application:
        yield application
