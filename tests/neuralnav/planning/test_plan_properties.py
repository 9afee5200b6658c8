"""What holds for every plan, whatever is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import edit_specification, specify
from tests.neuralnav.planning.needs import intents, policies_and_pins

UseCases = tuple[UseCaseTemplate, ...]
AT = "2026-11-20T10:00:00+00:00"
plans_are_slow = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def specified(intent: dict[str, Any], edits: dict[str, Any], use_cases: UseCases) -> DeploymentSpecification:
    plain = specify(DeploymentIntent.model_validate(intent), use_cases)
    return edit_specification(plain, edits, use_cases, at=AT)


def planned(planner: Planner, specification: DeploymentSpecification) -> Plan:
    """The plan, where the need does not contradict itself."""
    try:
        return planner.plan(specification)
    except InvalidInputError:
        assume(False)
        raise


def hourly(plan: Plan) -> float:
    """The cheapest compliant configuration's cost; infinite where none has a price."""
    options = plan.views[View.LOWEST_COST]
    return options[0].cost.per_hour_usd if options and options[0].cost else float("inf")


@plans_are_slow
@given(intents, policies_and_pins)
def test_what_a_near_miss_asks_for_is_enough_whatever_the_need(
    planner: Planner, use_cases: UseCases, intent: dict[str, Any], edits: dict[str, Any]
) -> None:
    specification = specified(intent, edits, use_cases)
    plan = planned(planner, specification)
    assert plan.feasible or plan.near_misses
    for miss in plan.near_misses:
        assert "policy.approved_only" not in miss.change
        after = planner.plan(edit_specification(specification, miss.change, use_cases, at=AT))
        assert after.feasible, miss.sentence
        if miss.option.cost:
            assert hourly(after) <= miss.option.cost.per_hour_usd * (1 + 1e-9), miss.sentence


@plans_are_slow
@given(intents, policies_and_pins)
def test_plans_keep_every_limit(
    planner: Planner, use_cases: UseCases, intent: dict[str, Any], edits: dict[str, Any]
) -> None:
    specification = specified(intent, edits, use_cases)
    plan = planned(planner, specification)
    pinned, policy, peak = specification.pinned, specification.policy, specification.traffic.peak_qps
    for option in {o.id: o for options in plan.views.values() for o in options}.values():
        assert option.gpus <= policy.max_gpus_per_plan
        assert pinned.gpu_type in (None, option.gpu_type)
        assert option.gpu_type not in (specification.constraints.excluded_gpus or ())
        assert pinned.precision in (None, option.precision)
        assert pinned.tensor_parallel in (None, option.tensor_parallel)
        assert pinned.replicas in (None, option.replicas)
        carried = option.replicas * option.predicted.max_qps.value * policy.max_utilisation
        assert carried >= peak * policy.burst_factor * (1 + policy.headroom) * (1 - 1e-6)


RELAXED = st.sampled_from(
    [
        {"max_monthly_cost_usd": None},
        {"available_gpus": None},
        {"excluded_gpus": None},
        {"max_gpus": None},
        {"max_tensor_parallel": None},
        {"preferred_models": None},
        {"excluded_models": None},
        {"cloud_provider": None},
        {"licence": None},
        {"quality": None},
        {"policy.allowed_licences": None},
        {"policy.excluded_vendors": None},
        {"policy.max_gpus_per_plan": 100_000},
        {"pinned.model": None},
        {"pinned.gpu_type": None},
        {"pinned.precision": None},
    ]
)


def configuration(option: Recommendation) -> tuple[object, ...]:
    return option.model, option.precision, option.gpu_type, option.tensor_parallel, option.replicas


def at_least_as_good(view: View, new: Recommendation, old: Recommendation) -> bool:
    """By what the view ranks by; accuracy and latency count in whole points there."""
    if view is View.LOWEST_COST:
        return bool(new.cost and old.cost and new.cost.per_hour_usd <= old.cost.per_hour_usd * (1 + 1e-9))
    if view is View.BEST_ACCURACY:
        return round(new.scores.accuracy) >= round(old.scores.accuracy)
    if view is View.LOWEST_LATENCY:
        return round(new.scores.latency) >= round(old.scores.latency)
    if view is View.SIMPLEST:
        return new.scores.complexity >= old.scores.complexity - 1e-9
    return new.scores.balanced >= old.scores.balanced - 1e-9


@plans_are_slow
@given(intents, policies_and_pins, RELAXED)
def test_relaxing_a_constraint_never_removes_the_best(
    planner: Planner, use_cases: UseCases, intent: dict[str, Any], edits: dict[str, Any], relaxed: dict[str, Any]
) -> None:
    specification = specified(intent, edits, use_cases)
    before = planned(planner, specification)
    after = planner.plan(edit_specification(specification, relaxed, use_cases, at=AT))
    assert after.compliant >= before.compliant
    for view, options in before.views.items():
        if options:
            best = after.views[view][0]
            same = configuration(best) == configuration(options[0])
            assert same or at_least_as_good(view, best, options[0]), view


@plans_are_slow
@given(intents, policies_and_pins, st.sampled_from(["ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms"]))
def test_relaxing_a_target_never_makes_the_cheapest_dearer(
    planner: Planner, use_cases: UseCases, intent: dict[str, Any], edits: dict[str, Any], field: str
) -> None:
    specification = specified(intent, {k: v for k, v in edits.items() if k != "pinned.replicas"}, use_cases)
    before = planned(planner, specification)
    looser = min(1.5 * getattr(specification.slo_targets, field), 3_600_000)
    after = planner.plan(edit_specification(specification, {field: looser}, use_cases, at=AT))
    assert hourly(after) <= hourly(before) * (1 + 1e-9)


@plans_are_slow
@given(intents, policies_and_pins, st.sampled_from([1.01, 1.7, 4.0, 30.0]))
def test_more_users_never_make_the_cheapest_plan_cheaper(
    planner: Planner, use_cases: UseCases, intent: dict[str, Any], edits: dict[str, Any], factor: float
) -> None:
    fewer = specified(intent, edits, use_cases)
    before = planned(planner, fewer)
    users = min(round(intent["user_count"] * factor), 40_000_000)
    assume(users > intent["user_count"])
    after = planner.plan(edit_specification(fewer, {"user_count": users}, use_cases, at=AT))
    assert hourly(after) >= hourly(before) * (1 - 1e-9)


def test_the_cheapest_is_the_cheapest_of_all_views(golden: Plan) -> None:
    costs = [option.cost.per_hour_usd for options in golden.views.values() for option in options if option.cost]
    assert hourly(golden) == pytest.approx(min(costs))
