"""Prompts as files: one Markdown template each, loaded by name.

What precedes the first heading ``## Example`` is the system text. Under each such heading stand two fenced blocks: what
a model is sent, and what it is to answer. A block fenced as ``json`` is sent as one line, as real texts are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DIRECTORY = Path(__file__).resolve().parent
_HEADING = re.compile(r"^## Example.*\n", re.MULTILINE)
_BLOCK = re.compile(r"^```(?P<kind>json|text)\n(?P<content>.*?)\n```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """What a model is sent, and what it is to answer."""

    asked: str
    answered: str


@dataclass(frozen=True)
class Prompt:
    """A system text with examples."""

    system: str
    examples: tuple[Example, ...]


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt called ``name``.

    Raises:
        FileNotFoundError: there is no such prompt.
        ValueError: an example has not two fenced blocks, or a block is no JSON.
    """
    system, *examples = _HEADING.split((_DIRECTORY / f"{name}.md").read_text(encoding="utf-8"))
    return Prompt(system.strip(), tuple(_example(name, text) for text in examples))


def _example(name: str, text: str) -> Example:
    blocks = [_plain(block) for block in _BLOCK.finditer(text)]
    if len(blocks) != 2:
        raise ValueError(f"an example in prompts/{name}.md has {len(blocks)} fenced blocks instead of 2")
    return Example(*blocks)


def _plain(block: re.Match[str]) -> str:
    if block["kind"] == "text":
        return block["content"]
    return json.dumps(json.loads(block["content"]), ensure_ascii=False, separators=(",", ":"))
