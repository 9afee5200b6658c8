"""A window as it is kept: every field in its place, and nothing kept that is not known."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from neuralnav.models.outcome import Outcome
from neuralnav.observability.observed import EngineLevels, ObservedWindow, outcome_of
from tests.neuralnav.observability.conftest import NOON, TARGETS

Make = Callable[..., ObservedWindow]
ID = UUID(int=7)


def kept(window: ObservedWindow) -> Outcome | None:
    return outcome_of(
        window, deployment_id=ID, targets=TARGETS, recorded_by="neuralnav observe", recorded_at=NOON, cost_usd=2.5
    )


def test_an_observed_window_is_an_outcome(make_window: Make) -> None:
    window = make_window(
        [90.0] * 60, failed=3.0, peak_qps=0.9, levels=EngineLevels(gpu_memory=0.8, gpu_busy=0.4, in_flight=2)
    )
    found = kept(window)
    assert found is not None
    assert (found.requests, found.errors, found.peak_qps, found.replicas) == (63, 3, 0.9, 2)
    assert (found.ttft_mean_ms, found.itl_mean_ms, found.e2e_mean_ms) == pytest.approx((90, 20, 4000))
    assert found.ttft_p95_ms == pytest.approx(99)
    assert (found.prompt_tokens_mean, found.output_tokens_mean) == (500, 250)
    assert (found.gpu_memory_utilisation, found.compute_utilisation, found.cost_usd) == (0.8, 0.4, 2.5)
    assert found.target_ttft_p95_ms == TARGETS.ttft_p95_ms


def test_a_window_without_requests_is_kept_too(make_window: Make) -> None:
    found = kept(make_window([]))
    assert found is not None
    assert (found.requests, found.ttft_p95_ms, found.peak_qps) == (0, None, 0)


def test_counts_that_were_extrapolated_are_kept_whole(make_window: Make) -> None:
    window = make_window([90.0] * 60).model_copy(update={"answered": 60.6, "failed": 0.2, "peak_qps": 0.0})
    found = kept(window)
    assert found is not None
    assert (found.requests, found.errors) == (61, 0)
    assert found.peak_qps >= found.average_qps


def test_answers_of_one_token_have_no_itl(make_window: Make) -> None:
    found = kept(make_window([90.0] * 60).model_copy(update={"itl": None}))
    assert found is not None
    assert found.itl_p95_ms is None
    assert found.ttft_p95_ms is not None


@pytest.mark.parametrize("unknown", ["ttft", "e2e", "prompt_tokens"])
def test_answers_without_their_figures_are_not_kept(make_window: Make, unknown: str) -> None:
    assert kept(make_window([90.0] * 60).model_copy(update={unknown: None})) is None


def test_a_p95_that_is_no_number_is_not_kept(make_window: Make) -> None:
    assert kept(make_window([9_000_000.0] * 60)) is None


def test_a_window_without_replicas_is_not_kept(make_window: Make) -> None:
    assert kept(make_window([], replicas=0)) is None


def test_a_window_is_plain_data(make_window: Make) -> None:
    window = make_window([90.0, 9_000_000.0], failed=1.0)
    assert ObservedWindow.model_validate_json(window.model_dump_json()) == window
