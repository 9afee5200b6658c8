"""Prompts as files: one Markdown template each, loaded by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_DIRECTORY = Path(__file__).resolve().parent


@cache
def load_prompt(name: str) -> str:
    """The text of the prompt called ``name``.

    Raises:
        FileNotFoundError: there is no such prompt.
    """
    return (_DIRECTORY / f"{name}.md").read_text(encoding="utf-8").strip()
