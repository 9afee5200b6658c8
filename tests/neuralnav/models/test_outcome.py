"""Outcomes: figures of one window that agree with each other, and what they say of the targets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from neuralnav.models.outcome import Outcome

START = datetime(2026, 11, 1, tzinfo=UTC)
NOTHING_ANSWERED: dict[str, Any] = dict.fromkeys(
    (
        "prompt_tokens_mean", "output_tokens_mean", "ttft_mean_ms", "ttft_p95_ms",
        "itl_mean_ms", "itl_p95_ms", "e2e_mean_ms", "e2e_p95_ms",
    )
)  # fmt: skip


def outcome(**changes: Any) -> Outcome:
    fields: dict[str, Any] = {
        "deployment_id": UUID(int=1),
        "window_from": START,
        "window_to": START + timedelta(hours=1),
        "source": "prometheus",
        "engine_version": "0.31.0",
        "replicas": 2,
        "requests": 7200,
        "errors": 72,
        "peak_qps": 9.0,
        "prompt_tokens_mean": 512.0,
        "output_tokens_mean": 256.0,
        "ttft_mean_ms": 60.0,
        "ttft_p95_ms": 120.0,
        "itl_mean_ms": 12.0,
        "itl_p95_ms": 20.0,
        "e2e_mean_ms": 3000.0,
        "e2e_p95_ms": 6000.0,
        "target_ttft_p95_ms": 150.0,
        "target_itl_p95_ms": 25.0,
        "target_e2e_p95_ms": 7000.0,
        "gpu_memory_utilisation": 0.86,
        "compute_utilisation": 0.4,
        "cost_usd": 1.61,
        "recorded_by": "observer",
        "recorded_at": START + timedelta(hours=2),
    }
    return Outcome.model_validate(fields | changes)


def test_averages_follow_from_counts_and_window() -> None:
    assert outcome().average_qps == 2.0


def test_every_target_that_is_met_exactly_or_better_counts_as_met() -> None:
    made = outcome(ttft_p95_ms=150)
    assert [(verdict.latency, verdict.met) for verdict in made.verdicts] == [
        ("TTFT", True),
        ("ITL", True),
        ("E2E", True),
    ]
    assert made.slo_met is True


@pytest.mark.parametrize(("field", "value"), [("ttft_p95_ms", 151), ("itl_p95_ms", 25.1), ("e2e_p95_ms", 8000)])
def test_one_missed_target_is_enough_to_miss(field: str, value: float) -> None:
    made = outcome(**{field: value})
    assert [verdict.met for verdict in made.verdicts].count(False) == 1
    assert made.slo_met is False


def test_what_was_not_observed_is_neither_met_nor_missed() -> None:
    silent = {"itl_mean_ms": None, "itl_p95_ms": None}
    assert outcome(**silent).slo_met is None
    assert outcome(**silent, ttft_p95_ms=151).slo_met is False
    assert outcome(requests=5, errors=5, **NOTHING_ANSWERED).slo_met is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"window_to": START}, "window_to"),
        ({"window_to": START - timedelta(seconds=1)}, "window_to"),
        ({"window_to": START + timedelta(days=32), "recorded_at": START + timedelta(days=40)}, "window_to"),
        ({"window_from": datetime(2026, 11, 1)}, "window_from"),  # noqa: DTZ001 - without a zone on purpose
        ({"recorded_at": START + timedelta(minutes=59)}, "recorded_at"),
        ({"errors": 7201}, "errors"),
        ({"peak_qps": 1.9}, "peak_qps"),
        ({"ttft_p95_ms": None}, "ttft_p95_ms"),
        ({"output_tokens_mean": None}, "output_tokens_mean"),
        ({"requests": 0, "errors": 0}, "prompt_tokens_mean"),
        ({"itl_p95_ms": None}, "itl_mean_ms"),
        ({"requests": 5, "errors": 5, **NOTHING_ANSWERED, "itl_mean_ms": 1.0, "itl_p95_ms": 1.0}, "itl_p95_ms"),
        ({"ttft_mean_ms": 0}, "ttft_mean_ms"),
        ({"e2e_p95_ms": float("nan")}, "e2e_p95_ms"),
        ({"gpu_memory_utilisation": 86}, "gpu_memory_utilisation"),
        ({"cost_usd": -1}, "cost_usd"),
        ({"replicas": 0}, "replicas"),
        ({"source": "guessed"}, "source"),
        ({"engine_version": "0.31; rm"}, "engine_version"),
        ({"recorded_by": " "}, "recorded_by"),
    ],
)
def test_figures_that_cannot_be_are_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        outcome(**changes)
