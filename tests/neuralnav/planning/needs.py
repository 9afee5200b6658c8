"""Needs of all kinds for property tests: most can be met, many cannot."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from neuralnav.models.vocabulary import Priority, UseCase

GPUS = st.sampled_from(["T4", "L4", "A10G", "L40S", "A100-80GB", "H100", "H200", "MI300X", "B200"])
MODELS = st.sampled_from(["llama-3.1-8b", "qwen2.5-7b", "gpt-oss-20b", "granite-3.1-8b", "kimi-k2", "qwen"])


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), values)


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if value is not None}


def _consistent(fields: dict[str, Any]) -> dict[str, Any]:
    """A GPU is not both available and excluded."""
    available = fields["available_gpus"] or []
    excluded = [gpu for gpu in fields["excluded_gpus"] or [] if gpu not in available]
    return _without_none({**fields, "excluded_gpus": excluded or None})


intents = st.fixed_dictionaries(
    {
        "use_case": st.sampled_from([case.value for case in UseCase]),
        "user_count": st.sampled_from([1, 50, 1000, 20_000, 3_000_000, 40_000_000]),
        "priority": st.sampled_from([priority.value for priority in Priority]),
        "ttft_p95_ms": _maybe(st.sampled_from([0.5, 20, 120, 900])),
        "itl_p95_ms": _maybe(st.sampled_from([0.01, 6, 15, 60])),
        "e2e_p95_ms": _maybe(st.sampled_from([1, 900, 4_000, 60_000])),
        "max_monthly_cost_usd": _maybe(st.sampled_from([1, 900, 5_000, 100_000])),
        "max_gpus": _maybe(st.integers(1, 20)),
        "max_tensor_parallel": _maybe(st.sampled_from([1, 2])),
        "available_gpus": _maybe(st.lists(GPUS, min_size=1, max_size=3)),
        "excluded_gpus": _maybe(st.lists(GPUS, min_size=1, max_size=3)),
        "preferred_models": _maybe(st.lists(MODELS, min_size=1, max_size=2)),
        "excluded_models": _maybe(st.lists(MODELS, min_size=1, max_size=2)),
        "cloud_provider": _maybe(st.sampled_from(["aws", "gcp", "azure"])),
        "licence": _maybe(st.sampled_from(["open", "commercial"])),
        "quality": _maybe(st.sampled_from(["high", "very_high"])),
        "reliability_pct": _maybe(st.sampled_from([95, 99.5, 99.95])),
    }
).map(_consistent)
"""Fields of an intent with a use case and a load."""

policies_and_pins = st.fixed_dictionaries(
    {
        "policy.headroom": _maybe(st.sampled_from([0.2, 3])),
        "policy.burst_factor": _maybe(st.sampled_from([1.5, 20])),
        "policy.max_gpus_per_plan": _maybe(st.sampled_from([4, 40, 5_000])),
        "policy.allowed_licences": _maybe(st.just(["apache-2.0"])),
        "policy.excluded_vendors": _maybe(st.just(["Qwen", "Meta"])),
        "pinned.model": _maybe(st.sampled_from(["llama-3.1-8b", "qwen2.5-7b", "gpt-oss-20b"])),
        "pinned.gpu_type": _maybe(GPUS),
        "pinned.precision": _maybe(st.sampled_from(["bf16", "fp8", "int4"])),
        "pinned.tensor_parallel": _maybe(st.sampled_from([1, 2, 8])),
        "pinned.replicas": _maybe(st.sampled_from([1, 2, 30])),
    }
).map(_without_none)
"""Edits of a specification that pin parts of a configuration or make policy stricter."""
