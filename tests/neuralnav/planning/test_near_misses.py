from typing import Any

import pytest

from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.plan import Plan
from neuralnav.models.vocabulary import GpuType
from neuralnav.planning.changes import change_words, round_up
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import edit_specification
from tests.neuralnav.planning.conftest import Specify

UseCases = tuple[UseCaseTemplate, ...]


def ids(plan: Plan) -> set[str]:
    return {option.id for view in plan.views.values() for option in view}


@pytest.mark.parametrize(
    "asked",
    [
        {"max_monthly_cost_usd": 1},
        {"max_hourly_cost_usd": 0.5},
        {"max_cost_per_1k_tokens_usd": 1e-6},
        {"ttft_p95_ms": 1},
        {"ttft_p95_ms": 0.2},
        {"itl_p95_ms": 1},
        {"itl_p95_ms": 0.001},
        {"ttft_p95_ms": 0.2, "itl_p95_ms": 0.01, "e2e_p95_ms": 1},
        {"e2e_p95_ms": 200},
        {"available_gpus": ("T4",)},
        {"available_gpus": ("L4",), "max_monthly_cost_usd": 500},
        {"excluded_gpus": tuple(GpuType)},
        {"excluded_gpus": tuple(GpuType)[1:], "max_monthly_cost_usd": 20},
        {"cloud_provider": "aws", "available_gpus": ("MI300X",)},
        {"preferred_models": ("kimi-k2",), "max_gpus": 1},
        {"quality": "very_high", "max_monthly_cost_usd": 3000},
        {"licence": "open", "preferred_models": ("llama-3.1-8b",)},
        {"reliability_pct": 99.95, "max_gpus": 1},
        {"user_count": 100_000_000},
        {"use_case": "code_generation_detailed", "user_count": 40_000_000, "max_monthly_cost_usd": 1},
        {"use_case": "code_completion", "user_count": 40_000_000, "e2e_p95_ms": 1, "max_monthly_cost_usd": 1},
        {"use_case": "summarization_short", "ttft_p95_ms": 0.5, "cloud_provider": "gcp", "max_gpus": 1},
    ],
)
def test_what_a_near_miss_asks_for_is_enough(
    asked: dict[str, Any], planner: Planner, spec: Specify, use_cases: UseCases
) -> None:
    specification = spec(**asked)
    plan = planner.plan(specification)
    assert not plan.feasible
    assert any("Nothing fits" in warning for warning in plan.warnings)
    assert plan.near_misses
    for miss in plan.near_misses:
        changed = edit_specification(specification, miss.change, use_cases, at="2026-11-20T10:00:00+00:00")
        after = planner.plan(changed)
        assert after.feasible, miss.sentence
        cheapest = after.views["lowest_cost"] or after.views["best_accuracy"]
        assert cheapest
        if miss.option.cost and cheapest[0].cost:
            assert cheapest[0].cost.per_hour_usd <= miss.option.cost.per_hour_usd


@pytest.mark.parametrize(
    ("lengths", "shortened"),
    [
        ({"prompt_tokens": 1_000_000}, {"prompt_tokens"}),
        ({"prompt_tokens": 10_000_000, "output_tokens": 10_000_000}, {"prompt_tokens", "output_tokens"}),
        (
            {"mix": [{"weight": 1, "prompt_tokens": {"mean": 9_000_000}, "output_tokens": {"mean": 100}}]},
            {"mix"},
        ),
    ],
)
def test_requests_that_are_too_long_come_with_the_lengths_that_would_do(
    lengths: dict[str, Any], shortened: set[str], planner: Planner, spec: Specify, use_cases: UseCases
) -> None:
    specification = edit_specification(spec(), lengths, use_cases, at="2026-11-20T10:00:00+00:00")
    plan = planner.plan(specification)
    assert not plan.feasible
    miss = plan.near_misses[0]
    assert shortened <= set(miss.change)
    assert "horten" in miss.sentence
    changed = edit_specification(specification, miss.change, use_cases, at="2026-11-20T10:00:00+00:00")
    assert planner.plan(changed).feasible


def test_a_target_that_nothing_keeps_is_relaxed_to_about_the_best_there_is(planner: Planner, spec: Specify) -> None:
    (miss, *_) = planner.plan(spec(ttft_p95_ms=0.2)).near_misses
    assert set(miss.change) == {"ttft_p95_ms"}
    (same, *_) = planner.plan(spec(ttft_p95_ms=0.0001)).near_misses
    assert same.change == miss.change


def test_a_missed_target_says_by_how_much_and_what_would_do(planner: Planner, spec: Specify) -> None:
    (miss, *_) = planner.plan(spec(itl_p95_ms=1)).near_misses
    (target,) = miss.missed
    assert (target.target, target.allowed) == ("itl_p95_ms", 1)
    assert 1 < target.predicted <= miss.change["itl_p95_ms"]
    assert not miss.option.slo_met
    assert miss.sentence.startswith("Relax ITL to")


def test_a_tiny_budget_names_the_nearest_budget(planner: Planner, spec: Specify) -> None:
    (miss,) = planner.plan(spec(max_monthly_cost_usd=1)).near_misses
    assert miss.option.slo_met
    assert miss.option.cost is not None
    assert miss.change["max_monthly_cost_usd"] >= miss.option.cost.per_month_usd
    assert "budget" in miss.sentence


def test_when_no_single_change_helps_the_nearest_names_all(
    planner: Planner, spec: Specify, use_cases: UseCases
) -> None:
    specification = spec(ttft_p95_ms=5, max_monthly_cost_usd=1, available_gpus=("T4",))
    (miss,) = planner.plan(specification).near_misses
    assert {"ttft_p95_ms", "max_monthly_cost_usd", "available_gpus"} <= set(miss.change)
    changed = edit_specification(specification, miss.change, use_cases, at="2026-11-20T10:00:00+00:00")
    assert planner.plan(changed).feasible


def test_with_plenty_of_options_there_are_no_near_misses(golden: Plan) -> None:
    assert golden.near_misses == ()


def test_with_few_options_a_near_miss_must_be_better_than_these(
    planner: Planner, spec: Specify, use_cases: UseCases
) -> None:
    pins = {"pinned.model": "llama-3.1-8b", "pinned.gpu_type": "H100", "pinned.precision": "bf16"}
    plan = planner.plan(
        edit_specification(spec(max_tensor_parallel=1), pins, use_cases, at="2026-11-20T10:00:00+00:00")
    )
    assert 0 < plan.compliant < 3
    assert plan.near_misses
    cheapest = plan.views["lowest_cost"][0].cost
    best = max(option.scores.accuracy for option in plan.views["best_accuracy"])
    assert cheapest is not None
    for miss in plan.near_misses:
        assert miss.option.cost is not None
        assert miss.option.cost.per_hour_usd < cheapest.per_hour_usd or miss.option.scores.accuracy > best


@pytest.mark.parametrize(("value", "rounded"), [(173.2, 180), (180, 180), (7301, 7400), (0.0123, 0.013), (9.96, 10)])
def test_suggestions_are_round_and_large_enough(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded)


def test_changes_read_as_instructions() -> None:
    assert change_words("ttft_p95_ms", 180.0) == "relax TTFT to 180 ms"
    assert change_words("max_monthly_cost_usd", 1180.0) == "raise the budget a month to $1,180"
    assert change_words("available_gpus", ["L4", "L40S"]) == "set available gpus to L4, L40S"
    assert change_words("region", None) == "leave the region open"
    assert change_words("max_gpus", 24) == "allow 24 GPUs"
    assert change_words("pinned.gpu_type", None) == "leave the GPU open"
    assert change_words("pinned.replicas", 3) == "plan with 3 replicas"
    assert change_words("policy.allowed_licences", ["MIT"]) == "set allowed licences to MIT"
    assert change_words("policy.headroom", 0.0) == "plan without headroom"
    assert change_words("peak_qps", 37_000.0) == "plan for 37,000 requests/s at peak"
    assert change_words("max_monthly_cost_usd", 1_230_000.0) == "raise the budget a month to $1,230,000"
    assert change_words("prompt_tokens", 65_536) == "shorten prompts to 65,536 tokens on average"
