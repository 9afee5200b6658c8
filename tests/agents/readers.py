"""Readers over the Ollama double, without pauses between tries."""

from __future__ import annotations

from dataclasses import replace

from agents.model import Reader, build_reader
from neuralnav.settings import Settings

KNOWN_MODELS = ("qwen3-8b", "llama-3.1-8b-instruct")


def reader_for(url: str | None = None, timeout_s: float = 5.0) -> Reader:
    """A reader that asks the model at ``url``, or rules alone."""
    settings = Settings(
        llm="ollama:test" if url else None,
        ollama_url=url or "http://127.0.0.1:9",
        llm_timeout_s=timeout_s,
        database_url=None,
    )
    return replace(build_reader(settings, KNOWN_MODELS), wait_s=0.0)
