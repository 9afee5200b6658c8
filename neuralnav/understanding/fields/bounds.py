"""Checks values against the bounds of the intent's fields, and says in words why one cannot be."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.problems import allowed_in

_WHOLE = frozenset(
    {"user_count", "concurrent_users", "prompt_tokens", "output_tokens", "max_gpus", "max_tensor_parallel"}
)
_UNITS = {
    "ttft_p95_ms": " ms",
    "itl_p95_ms": " ms",
    "e2e_p95_ms": " ms",
    "max_monthly_cost_usd": " US dollars",
    "max_hourly_cost_usd": " US dollars",
    "max_cost_per_1k_tokens_usd": " US dollars",
    "expected_qps": " requests per second",
    "throughput_rps": " requests per second",
    "reliability_pct": " %",
}


def settled(field: str, value: Any) -> Any:
    """``value`` in the type of ``field``: counts as whole numbers."""
    if field in _WHOLE and isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def reason_against(field: str, value: Any) -> str | None:
    """Why ``value`` cannot be the intent's ``field``, or ``None`` where it can."""
    if field == "active_fraction" and isinstance(value, float | int) and value <= 0:
        return "must be more than 0"
    if field in _WHOLE and isinstance(value, float) and not value.is_integer():
        return "must be a whole number"
    try:
        DeploymentIntent.model_validate({field: value})
    except ValidationError as error:
        return _in_words(field, error.errors()[0])
    return None


def _in_words(field: str, error: Any) -> str:
    limited = {"gt", "ge", "le", "lt"} & error.get("ctx", {}).keys()
    return f"must be {allowed_in(error)}{_UNITS.get(field, '') if limited else ''}"
