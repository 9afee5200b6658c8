"""The one question that is asked before planning can start."""

from __future__ import annotations

from collections.abc import Sequence

from neuralnav.models.intent import DeploymentIntent, RejectedValue
from neuralnav.models.vocabulary import UseCase

LOAD_FIELDS = frozenset({"user_count", "concurrent_users", "expected_qps", "throughput_rps"})

_USE_CASE_NAMES = {
    UseCase.CHATBOT: "chat",
    UseCase.CODE_COMPLETION: "code completion while typing",
    UseCase.CODE_GENERATION: "generating whole functions",
    UseCase.TRANSLATION: "translation",
    UseCase.CONTENT_GENERATION: "writing content",
    UseCase.SUMMARIZATION_SHORT: "summarising short texts",
    UseCase.DOCUMENT_RAG: "questions over documents",
    UseCase.SUMMARIZATION_LONG: "summarising long documents",
    UseCase.RESEARCH_LEGAL: "research or legal analysis",
}

_ANY_USE_CASE = (
    "what the people will do with the model (chat, complete or write code, translate, write content, "
    "summarise, "
    "ask questions over documents, research)"
)
_LOAD = "how many people will use it, or how many requests per second it gets at peak"


def missing_fields(intent: DeploymentIntent) -> tuple[str, ...]:
    """What planning cannot start without; ``user_count`` stands for any load."""
    missing = [] if intent.use_case is not None else ["use_case"]
    return (*missing, *(() if intent.has_load else ("user_count",)))


def question_for(
    intent: DeploymentIntent, rejected: Sequence[RejectedValue], candidates: Sequence[UseCase] = ()
) -> str | None:
    """One question for all that is missing, or ``None``; a refused load is named in it."""
    missing = missing_fields(intent)
    if not missing:
        return None
    asked = []
    if "use_case" in missing:
        names = [_USE_CASE_NAMES[candidate] for candidate in candidates]
        asked.append(f"which comes first: {' or '.join(names)}" if names else _ANY_USE_CASE)
    if "user_count" in missing:
        asked.append(_LOAD)
    question = f"Please tell me {', and '.join(asked)}."
    refused = [value for value in rejected if value.field in LOAD_FIELDS]
    if "user_count" in missing and refused:
        notes = "; ".join(f"“{value.value}” cannot be used: {value.reason}" for value in refused)
        question = f"{notes}. {question}"
    return question
