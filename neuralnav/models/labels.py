"""Options and fields as people read them: the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from neuralnav.models.figures import duration, figure, listed, money
from neuralnav.models.gpus import gpu_label
from neuralnav.models.plan import Recommendation
from neuralnav.models.vocabulary import Precision, UseCase

_FORMAT_WORDS: Mapping[Precision, frozenset[str]] = MappingProxyType(
    {
        Precision.BF16: frozenset({"bf16", "bfloat16"}),
        Precision.FP8: frozenset({"fp8"}),
        Precision.INT8: frozenset({"int8", "w8a8", "w8a16"}),
        Precision.INT4: frozenset({"int4", "awq", "gptq", "w4a16"}),
        Precision.FP4: frozenset({"fp4", "mxfp4", "nvfp4"}),
    }
)
"""How published names say a number format, in lower case."""

UNRATED_MARK = "*"
UNRATED = f"{UNRATED_MARK} accuracy estimated, no benchmark scores"
"""The footnote of a table that lists a model with the mark."""

_FIELD_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "ttft_p95_ms": "TTFT p95",
        "itl_p95_ms": "ITL p95",
        "e2e_p95_ms": "E2E p95",
        "user_count": "users",
        "expected_qps": "requests/s at peak",
        "throughput_rps": "requests/s to carry",
        "max_monthly_cost_usd": "budget a month",
        "max_hourly_cost_usd": "budget an hour",
        "max_cost_per_1k_tokens_usd": "cost of 1,000 tokens at most",
        "available_gpus": "GPUs",
        "excluded_gpus": "excluded GPUs",
        "reliability_pct": "availability",
    }
)


def model_label(option: Recommendation) -> str:
    """A model with its number format, said once: ``Qwen3 4B (FP8)``, ``gpt-oss 20B (MXFP4)``."""
    words = set(re.findall(r"[a-z0-9]+", option.display_name.lower()))
    if words & _FORMAT_WORDS[option.precision]:
        return option.display_name
    return f"{option.display_name} ({option.precision.value.upper()})"


def listed_model_label(option: Recommendation) -> str:
    """A model as a table lists it: marked where its accuracy is but an estimate, which :data:`UNRATED` explains."""
    return model_label(option) if option.scores.accuracy_rated else f"{model_label(option)}{UNRATED_MARK}"


def hardware_label(option: Recommendation) -> str:
    """The GPUs of an option, by replica where there are several: ``1x NVIDIA H100``, ``2 x (4x NVIDIA L4)``."""
    each = gpu_label(option.gpu_type, option.tensor_parallel)
    return each if option.replicas == 1 else f"{option.replicas} x ({each})"


def field_label(field: str) -> str:
    """A specification field as people call it."""
    return _FIELD_LABELS.get(field, field.replace("_", " ").replace(".", ": "))


def field_value(field: str, value: Any) -> str:
    """A specification field's value with its unit."""
    if value is None:
        return "not set"
    if field == "use_case":
        return use_case_name(UseCase(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return listed([str(item) for item in value]) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{field_label(name)} {field_value(name, inner)}" for name, inner in value.items())
    if not isinstance(value, int | float):
        return str(value)
    if field.endswith("_ms"):
        return duration(value)
    if field.endswith("_usd"):
        return money(value)
    if field.endswith("_pct"):
        return f"{value:g} %"
    return figure(value)


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
