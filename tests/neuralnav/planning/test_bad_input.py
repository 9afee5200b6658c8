"""Whatever is asked for: an error that names the field, or an answer that says why nothing fits and what is nearest."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import neuralnav
from neuralnav.errors import InvalidInputError, NeuralNavError
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Plan
from neuralnav.models.specification import Constraints, PlanningPolicy

NEED: dict[str, Any] = {"use_case": "chatbot_conversational", "user_count": 1000}
NUMBERS = [0, -1, -0.5, math.nan, math.inf, -math.inf, 1e300]
COUNTS = ("user_count", "concurrent_users", "prompt_tokens", "output_tokens", "max_gpus", "max_tensor_parallel")
AMOUNTS = (
    "expected_qps", "throughput_rps", "max_monthly_cost_usd", "max_hourly_cost_usd", "max_cost_per_1k_tokens_usd",
    "ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms",
)  # fmt: skip


def asked(section: str, field: str, value: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"intent": dict(NEED)}
    document.setdefault(section, {})[field] = value
    return document


def refused(document: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        neuralnav.plan(document)
    assert caught.value.problems
    assert all(problem.allowed for problem in caught.value.problems)
    json.dumps(caught.value.as_problem(), allow_nan=False)
    return caught.value


@pytest.mark.parametrize("value", [*NUMBERS, "7", True, [], 2.5])
@pytest.mark.parametrize("field", COUNTS)
def test_counts_that_cannot_be_are_refused_by_name(field: str, value: Any) -> None:
    assert field in str(refused(asked("intent", field, value)).problems[0])


@pytest.mark.parametrize("value", [*NUMBERS, "7", True, {}])
@pytest.mark.parametrize("field", AMOUNTS)
def test_amounts_that_cannot_be_are_refused_by_name(field: str, value: Any) -> None:
    assert field in str(refused(asked("intent", field, value)).problems[0])


@pytest.mark.parametrize("field", [field for field in Constraints.model_fields if field != "region"])
def test_constraints_take_no_nonsense(field: str) -> None:
    assert field in str(refused(asked("constraints", field, -7)).problems[0])


@pytest.mark.parametrize("field", PlanningPolicy.model_fields)
def test_policy_takes_no_nonsense(field: str) -> None:
    assert field in str(refused(asked("policy", field, -7)).problems[0])


@pytest.mark.parametrize("value", NUMBERS[1:])
@pytest.mark.parametrize("field", ["prompt_tokens", "output_tokens", "average_qps", "peak_qps", "steady_concurrency"])
def test_traffic_that_cannot_be_is_refused_by_name(field: str, value: float) -> None:
    assert field in str(refused(asked("traffic", field, value)).problems[0])


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, "half"])
@pytest.mark.parametrize(("section", "field"), [("intent", "active_fraction"), ("traffic", "prefix_cache_hit_ratio")])
def test_shares_are_between_zero_and_one(section: str, field: str, value: Any) -> None:
    assert field in str(refused(asked(section, field, value)).problems[0])


def test_no_active_user_is_no_load() -> None:
    assert refused(asked("intent", "active_fraction", 0)).problems[0].field == "active_fraction"


def test_a_billion_users_are_refused_with_what_is_allowed() -> None:
    (problem,) = refused(asked("intent", "user_count", 1_000_000_000)).problems
    assert problem.field.endswith("user_count")
    assert problem.allowed == "at most 100,000,000"


@pytest.mark.parametrize(
    ("document", "close"),
    [
        (asked("constraints", "available_gpus", ["H1000"]), "H100"),
        (asked("pinned", "gpu_type", "L40"), "L40S"),
        (asked("pinned", "model", "qwen2.5-7"), "qwen2.5-7b"),
        (asked("intent", "use_case", "chatbot"), "chatbot_conversational"),
    ],
)
def test_unknown_names_come_with_close_ones(document: dict[str, Any], close: str) -> None:
    assert close in refused(document).problems[0].allowed


def test_an_unknown_preferred_model_is_pointed_out_with_close_names() -> None:
    plan = neuralnav.plan(asked("constraints", "preferred_models", ["lama-3.1-8b"]))
    assert any("'lama-3.1-8b'" in warning and "llama-3.1-8b" in warning for warning in plan.warnings)
    assert plan.near_misses


CONTRADICTIONS: list[dict[str, Any]] = [
    asked("constraints", "max_monthly_cost_usd", 1),
    asked("constraints", "max_hourly_cost_usd", 1e-9),
    asked("constraints", "max_cost_per_1k_tokens_usd", 1e-9),
    asked("slo_targets", "ttft_p95_ms", 1e-6),
    asked("slo_targets", "itl_p95_ms", 1e-6),
    asked("slo_targets", "e2e_p95_ms", 1e-6),
    {"intent": {**NEED, "preferred_models": ["kimi-k2"], "max_gpus": 1}},
    {"intent": {**NEED, "preferred_models": ["qwen"], "excluded_models": ["qwen"]}},
    {"intent": {**NEED, "available_gpus": ["MI300X"], "cloud_provider": "aws"}},
    {"intent": {**NEED, "user_count": 100_000_000}},
    {"intent": {**NEED, "user_count": 100_000_000}, "policy": {"burst_factor": 100, "headroom": 10}},
    {"intent": {**NEED, "user_count": 100_000_000, "preferred_models": ["kimi-k2"], "available_gpus": ["T4"]}},
    {"intent": {**NEED, "expected_qps": 1_000_000, "output_tokens": 10_000}},
    {"intent": NEED, "policy": {"max_gpus_per_plan": 1, "burst_factor": 50}},
    {"intent": NEED, "pinned": {"gpu_type": "T4", "precision": "fp4"}},
    {"intent": NEED, "policy": {"allowed_vendors": ["Nobody"]}},
    {"intent": {**NEED, "prompt_tokens": 10_000_000, "output_tokens": 10_000_000}},
]


@pytest.mark.parametrize("document", CONTRADICTIONS)
def test_a_need_that_nothing_meets_is_answered_with_why_and_the_nearest(document: dict[str, Any]) -> None:
    plan = neuralnav.plan(document)
    assert not plan.feasible
    assert any(warning.startswith("Nothing fits. Most are ruled out by") for warning in plan.warnings)
    assert plan.near_misses
    for miss in plan.near_misses:
        assert miss.change
        assert miss.option.gpus <= 100_000


def far_too_many_gpus(plan: Plan) -> list[str]:
    return [warning for warning in plan.warnings if "above the planner's limit" in warning]


def test_a_load_for_more_gpus_than_policy_allows_is_warned_about_and_never_planned() -> None:
    plan = neuralnav.plan({"intent": {**NEED, "user_count": 100_000_000}})
    assert far_too_many_gpus(plan)
    assert not any(plan.views.values())
    lighter, *_ = plan.near_misses
    assert set(lighter.change) == {"peak_qps"}
    assert lighter.option.gpus <= 512
    assert [(missed.target, missed.allowed) for missed in lighter.missed] == [("peak_qps", 900_000)]


def test_a_load_beyond_any_number_of_gpus_still_names_the_nearest() -> None:
    policy = {"burst_factor": 100, "headroom": 10}
    plan = neuralnav.plan({"intent": {**NEED, "user_count": 100_000_000}, "policy": policy})
    assert far_too_many_gpus(plan)
    assert all(set(miss.change) == {"peak_qps"} or miss.option.gpus <= 100_000 for miss in plan.near_misses)
    assert any("peak_qps" in miss.change for miss in plan.near_misses)


@pytest.mark.parametrize("document", [None, 7, "chatbot", [], {"intent": 7}, {"intent": NEED, "pinned": []}])
def test_what_is_no_specification_is_refused(document: Any) -> None:
    refused(document)


@pytest.mark.parametrize("field", DeploymentIntent.model_fields)
@pytest.mark.parametrize("value", [-1, math.nan, "\x00", [[]], {"a": {}}, "x" * 30_000, 10**400])
def test_no_value_of_any_field_breaks_the_planner(field: str, value: Any) -> None:
    try:
        plan = neuralnav.plan(asked("intent", field, value))
    except NeuralNavError:
        return
    assert plan.feasible or plan.near_misses
