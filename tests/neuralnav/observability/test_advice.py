"""Advice is an edit that the planner can evaluate, with the figures that speak for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification, Pinned, PlanningPolicy, SpecificationOverrides
from neuralnav.models.vocabulary import UseCase
from neuralnav.observability.advice import AdviceKind, Demand, advise
from neuralnav.observability.drift import DriftKind
from neuralnav.observability.observed import ObservedWindow, outcome_of
from neuralnav.planning.derivation import derive_specification
from neuralnav.planning.specification import edit_specification
from tests.neuralnav.observability.conftest import NOON, TARGETS

Make = Callable[..., ObservedWindow]
USE_CASES = read_seeds().use_cases


@pytest.fixture(scope="module")
def specification() -> DeploymentSpecification:
    """A chat that is planned for 10 requests/s at peak on two replicas, and asked to carry 8."""
    intent = DeploymentIntent(use_case=UseCase.CHATBOT, description="chat", expected_qps=10, throughput_rps=8)
    return derive_specification(
        intent,
        USE_CASES,
        evidence={},
        overrides=SpecificationOverrides(),
        policy=PlanningPolicy(),
        pinned=Pinned(replicas=2),
    )


def demand(peak_qps: float, *, hours: float = 24, requests: float = 90_000, prompt: float = 500) -> Demand:
    return Demand(
        watched=timedelta(hours=hours),
        requests=requests,
        peak_qps=peak_qps,
        prompt_tokens_mean=prompt,
        output_tokens_mean=200,
    )


def test_a_light_load_is_planned_again(choice: Recommendation, specification: DeploymentSpecification) -> None:
    (found,) = advise(demand(3.77), {}, choice, specification)
    assert found.kind is AdviceKind.PLAN_FOR_LESS
    assert found.changes == {"peak_qps": 3.8, "throughput_rps": 3.8, "pinned.replicas": None}
    assert found.sentence == (
        "Requests are at 38% of the planned peak: 3.77 of 10 requests/s (90,000 requests in 24 h). Plan for 3.8 "
        "requests/s to see what is enough."
    )
    after = edit_specification(specification, found.changes, USE_CASES, at="2026-03-02T12:00:00+00:00")
    assert (after.traffic.peak_qps, after.pinned.replicas) == (3.8, None)


@pytest.mark.parametrize("seen", [demand(9.0), demand(3.0, hours=0.5), demand(3.0, requests=20)])
def test_a_fitting_or_hardly_seen_load_is_left(
    choice: Recommendation, specification: DeploymentSpecification, seen: Demand
) -> None:
    assert advise(seen, {}, choice, specification) == ()


def test_more_and_longer_requests_are_planned_for(
    choice: Recommendation, specification: DeploymentSpecification
) -> None:
    seen = demand(14.2, prompt=900.4)
    lasting = dict.fromkeys((DriftKind.TRAFFIC_ABOVE_PLAN, DriftKind.PROMPTS_ABOVE_PLAN, DriftKind.TTFT_MISSED), seen)
    (found,) = advise(seen, lasting, choice, specification)
    assert found.kind is AdviceKind.PLAN_FOR_MORE
    assert found.changes == {"peak_qps": 15.0, "prompt_tokens": 901, "pinned.replicas": None}
    after = edit_specification(specification, found.changes, USE_CASES, at="2026-03-02T12:00:00+00:00")
    assert (after.traffic.peak_qps, after.traffic.prompt_tokens.mean) == (15, 901)


def test_what_lasts_is_weighed_with_what_came_since_it_began(
    choice: Recommendation, specification: DeploymentSpecification
) -> None:
    a_week, since = demand(9.0, hours=168, prompt=200), demand(9.5, hours=0.25, requests=900, prompt=640.2)
    lasting = {DriftKind.PROMPTS_ABOVE_PLAN: since, DriftKind.TTFT_MISSED: since}
    (found,) = advise(a_week, lasting, choice, specification)
    assert found.changes["prompt_tokens"] == 641
    assert "641 prompt tokens on average" in found.sentence
    assert "(900 requests in 15 min)" in found.sentence
    quiet_since = demand(2.0, hours=0.25, requests=900)
    (slow,) = advise(a_week, {DriftKind.TTFT_MISSED: quiet_since}, choice, specification)
    assert slow.kind is AdviceKind.LOOK_INTO_IT


def test_slow_under_the_planned_load_asks_for_a_replica_more(
    choice: Recommendation, specification: DeploymentSpecification
) -> None:
    (found,) = advise(demand(9.5), {DriftKind.TTFT_MISSED: demand(9.5)}, choice, specification)
    assert found.kind is AdviceKind.ADD_REPLICA
    assert found.changes["pinned.replicas"] == choice.replicas + 1
    assert "TTFT misses its target at 95% of the planned peak" in found.sentence
    after = edit_specification(specification, found.changes, USE_CASES, at="2026-03-02T12:00:00+00:00")
    assert after.pinned.replicas == 3


def test_slow_under_little_load_is_no_matter_of_replicas(
    choice: Recommendation, specification: DeploymentSpecification
) -> None:
    seen = demand(2.0)
    (found,) = advise(seen, {DriftKind.ITL_ABOVE_PREDICTION: seen}, choice, specification)
    assert (found.kind, found.changes) == (AdviceKind.LOOK_INTO_IT, {})
    assert "ITL is above what was predicted at 20% of the planned peak" in found.sentence


def test_kept_outcomes_add_up_to_a_demand(make_window: Make) -> None:
    windows = [make_window([90.0] * 100, peak_qps=2.0), make_window([90.0] * 300, peak_qps=5.0, tokens=(900, 250))]
    outcomes = [
        outcome
        for window in windows
        if (
            outcome := outcome_of(
                window,
                deployment_id=UUID(int=1),
                targets=TARGETS,
                recorded_by="test",
                recorded_at=NOON,
            )
        )
    ]
    found = Demand.of_outcomes(outcomes)
    assert found is not None
    assert (found.requests, found.peak_qps, found.prompt_tokens_mean) == (400, 5, 800)
    assert found.watched == timedelta(minutes=10)
    assert Demand.of_outcomes([]) is None
    assert Demand.of_window(windows[1]).prompt_tokens_mean == 900
