"""Numbers, names and quoted words as they read in Markdown."""

from __future__ import annotations

import re
from typing import Any

from neuralnav.models.figures import duration, figure, listed, money
from neuralnav.models.vocabulary import UseCase

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+!|<>~:$&@.-])")
_MARKS = re.compile(r"(?<!\\)(\*{1,2}|`)")
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


def use_case_name(use_case: UseCase) -> str:
    """A use case as people call it."""
    return {
        UseCase.CHATBOT: "chatbot",
        UseCase.CODE_COMPLETION: "code completion",
        UseCase.CODE_GENERATION: "code generation",
        UseCase.TRANSLATION: "translation",
        UseCase.CONTENT_GENERATION: "content generation",
        UseCase.SUMMARIZATION_SHORT: "summaries of short texts",
        UseCase.DOCUMENT_RAG: "answers from documents (RAG)",
        UseCase.SUMMARIZATION_LONG: "summaries of long documents",
        UseCase.RESEARCH_LEGAL: "research and legal analysis",
    }[use_case]


def field_value(field: str, value: Any) -> str:
    """A specification field's value with its unit."""
    if value is None:
        return "not set"
    if field == "use_case":
        return use_case_name(UseCase(value))
    if isinstance(value, list | tuple):
        return escaped(listed([str(item) for item in value])) or "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return escaped(str(value))
    if field.endswith("_ms"):
        return duration(value)
    if field.endswith("_usd"):
        return escaped(money(value))
    if field.endswith("_pct"):
        return f"{value:g} %"
    return figure(value)
