"""Numbers, names and quoted words as they read in Markdown."""

from __future__ import annotations

import re
from typing import Any

from neuralnav.models import labels
from neuralnav.models.reply import ActionKind

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+!|<>~:$&@.-])")
_MARKS = re.compile(r"(?<!\\)(\*{1,2}|`)")
_TICKS = re.compile("`+")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~:$&@])")


def quoted(words: str, limit: int = 80) -> str:
    """A person's words as plain text in quotes: nothing in them is Markdown or HTML any more."""
    short = words if len(words) <= limit else words[: limit - 1] + "…"
    return f"“{escaped(' '.join(short.split()))}”"


def escaped(text: str) -> str:
    """``text`` with everything that Markdown would take for markup made literal."""
    return _MARKDOWN.sub(r"\\\1", text)


def plain(markdown: str) -> str:
    """``markdown`` of one line as plain text."""
    return _ESCAPED.sub(r"\1", _MARKS.sub("", markdown))


def code(text: str) -> str:
    """``text`` as code."""
    return f"`{code_free(text)}`"


def code_free(text: str) -> str:
    """``text`` as it can stand within code."""
    return text.replace("`", chr(39))


def fenced(text: str, language: str = "") -> str:
    """``text`` as a block of code, behind a fence that is longer than any within it."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}{language}\n{text}\n{fence}"


def field_value(field: str, value: Any) -> str:
    """A specification field's value with its unit."""
    return escaped(labels.field_value(field, value))


def to_be_said_alone(action: ActionKind) -> str:
    """That an action that binds was left out, and how it is asked for."""
    words = action.value.replace("_", " ")
    return f"I left out “{words}”: say it alone, in answer to what it is about."
