"""Pinned parts of a configuration and the policy's own fields: kept, honoured, refused where they cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import CatalogModel, UseCaseTemplate
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.planning.partial import read_specification
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import edit_specification
from neuralnav.planning.traffic import planned_peak_qps
from tests.neuralnav.planning.conftest import Specify

UseCases = tuple[UseCaseTemplate, ...]
AT = "2026-11-20T10:00:00+00:00"
PINS: dict[str, Any] = {
    "pinned.model": "Qwen2.5-7B",
    "pinned.gpu_type": "nvidia h100",
    "pinned.precision": "fp8",
    "pinned.tensor_parallel": 1,
    "pinned.replicas": 3,
}


@pytest.fixture
def pinned(spec: Specify, use_cases: UseCases) -> DeploymentSpecification:
    return edit_specification(spec(), PINS, use_cases, at=AT)


def test_every_pin_is_kept_recorded_and_said(pinned: DeploymentSpecification, use_cases: UseCases) -> None:
    assert (pinned.pinned.gpu_type, pinned.pinned.precision) == (GpuType.H100, Precision.FP8)
    assert {edit.field for edit in pinned.edits} == PINS.keys()
    assert any(note.startswith("Pinned: model Qwen2.5-7B, gpu type H100") for note in pinned.notes)
    later = edit_specification(pinned, {"user_count": 2000}, use_cases, at=AT)
    assert later.pinned == pinned.pinned
    assert read_specification(json.loads(pinned.model_dump_json()), use_cases) == pinned


def test_a_plan_holds_what_is_pinned_and_nothing_else(planner: Planner, pinned: DeploymentSpecification) -> None:
    plan = planner.plan(pinned)
    options = {option.id: option for view in plan.views.values() for option in view}.values()
    assert options
    for option in options:
        assert "/qwen2.5-7b-instruct" in option.model.lower()
        assert (option.gpu_type, option.precision, option.tensor_parallel, option.replicas) == (
            GpuType.H100,
            Precision.FP8,
            1,
            3,
        )


def test_none_frees_a_pin(pinned: DeploymentSpecification, use_cases: UseCases) -> None:
    freed = edit_specification(pinned, dict.fromkeys(PINS), use_cases, at=AT)
    assert set(dict(freed.pinned).values()) == {None}
    assert not freed.notes


def test_pins_are_part_of_a_partial_specification(use_cases: UseCases) -> None:
    document = {"intent": {"use_case": "translation", "user_count": 40}, "pinned": {"gpu_type": "L40S", "replicas": 2}}
    found = read_specification(document, use_cases)
    assert (found.pinned.gpu_type, found.pinned.replicas) == (GpuType.L40S, 2)


def test_a_pinned_split_is_planned_though_the_planner_would_not_choose_it(
    planner: Planner, spec: Specify, use_cases: UseCases
) -> None:
    pins = {"pinned.model": "smollm3-3b", "pinned.tensor_parallel": 4, "pinned.gpu_type": "H100"}
    plan = planner.plan(edit_specification(spec(), pins, use_cases, at=AT))
    assert {option.tensor_parallel for view in plan.views.values() for option in view} == {4}


def test_replicas_that_do_not_carry_the_peak_fail_and_the_near_miss_says_how_many_do(
    planner: Planner, spec: Specify, use_cases: UseCases
) -> None:
    pins = {"pinned.replicas": 1, "pinned.gpu_type": "L40S", "pinned.tensor_parallel": 1}
    plan = planner.plan(edit_specification(spec(user_count=20_000), pins, use_cases, at=AT))
    assert not plan.feasible
    assert "pinned: 1 replica does not carry the peak" in plan.rejected_summary
    (offered,) = [miss for miss in plan.near_misses if set(miss.change) == {"pinned.replicas"}]
    assert offered.option.replicas == offered.change["pinned.replicas"] > 1
    assert offered.sentence.startswith(f"Plan with {offered.option.replicas} replicas: ")
    assert [(missed.predicted, missed.allowed) for missed in offered.missed] == [(offered.option.replicas, 1)]


@pytest.mark.parametrize(
    ("pins", "intent", "field", "allowed"),
    [
        ({"pinned.model": "quen2.5-7b"}, {}, "pinned.model", "qwen2.5-7b"),
        ({"pinned.model": "no-such-thing"}, {}, "pinned.model", ""),
        ({"pinned.model": "llama-3.1-8b"}, {"excluded_models": ["llama"]}, "pinned.model", "excluded_models"),
        ({"pinned.model": "llama-3.1-8b"}, {"preferred_models": ["qwen"]}, "pinned.model", "preferred_models"),
        ({"pinned.model": "gpt-oss-20b", "pinned.precision": "int8"}, {}, "pinned.precision", "gpt-oss-20b"),
        ({"pinned.gpu_type": "H100"}, {"available_gpus": ["L4"]}, "pinned.gpu_type", "L4"),
        ({"pinned.gpu_type": "H100"}, {"excluded_gpus": ["H100"]}, "pinned.gpu_type", "none of excluded_gpus"),
        ({"pinned.tensor_parallel": 3}, {}, "pinned.tensor_parallel", "1, 2, 4, 8"),
        ({"pinned.tensor_parallel": 4}, {"max_tensor_parallel": 2}, "pinned.tensor_parallel", "at most"),
        ({"pinned.replicas": 9}, {"max_gpus": 8}, "pinned.replicas", "at most 8"),
        ({"pinned.replicas": 200, "pinned.tensor_parallel": 4}, {}, "pinned.replicas", "policy.max_gpus_per_plan"),
    ],
)
def test_pins_that_contradict_something_are_refused_by_field(
    planner: Planner,
    spec: Specify,
    use_cases: UseCases,
    pins: dict[str, Any],
    intent: dict[str, Any],
    field: str,
    allowed: str,
) -> None:
    specification = edit_specification(spec(**intent), pins, use_cases, at=AT)
    with pytest.raises(InvalidInputError) as caught:
        planner.plan(specification)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert allowed in problem.allowed


@pytest.mark.parametrize(
    ("intent", "policy", "offered"),
    [
        ({}, {}, lambda model: model.approved_for_production),
        ({}, {"policy.approved_only": False}, lambda model: True),
        ({"excluded_models": ["llama"]}, {}, lambda model: "llama" not in model.short_name),
        ({"preferred_models": ["mistral"]}, {}, lambda model: "mistral" in model.model_id.casefold()),
    ],
)
def test_models_that_could_be_pinned_are_offered_in_place_of_one_that_does_not_exist(
    planner: Planner,
    spec: Specify,
    use_cases: UseCases,
    intent: dict[str, Any],
    policy: dict[str, Any],
    offered: Callable[[CatalogModel], bool],
) -> None:
    specification = edit_specification(spec(**intent), policy | {"pinned.model": "lama"}, use_cases, at=AT)
    with pytest.raises(InvalidInputError) as caught:
        planner.plan(specification)
    named = set(caught.value.problems[0].allowed.split(", "))
    models = [model for model in planner.reference.models if model.short_name in named]
    assert {model.short_name for model in models} == named
    assert {model.short_name for model in models if offered(model)} == named


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("pinned.gpu_type", "A100", "A100-40GB"),
        ("pinned.gpu_type", "H900", "H"),
        ("pinned.precision", "fp7", "fp8"),
        ("pinned.tensor_parallel", 0, "at least 1"),
        ("pinned.replicas", float("nan"), "number"),
        ("pinned.replicas", 1e9, "at most"),
        ("pinned.model", "", "at least 1"),
        ("policy.burst_factor", 0.5, "at least 1"),
        ("policy.headroom", -1, "at least 0"),
        ("policy.headroom", float("inf"), "finite"),
        ("policy.max_utilisation", 0, "more than 0"),
        ("policy.max_utilisation", 1.5, "at most 1"),
        ("policy.gpu_memory_utilization", 1, "at most 0.99"),
        ("policy.max_gpus_per_plan", 1_000_000, "at most"),
        ("policy.min_weight_gib_per_gpu", -1, "at least 0"),
        ("policy.min_throughput_share", 2, "at most 1"),
        ("policy.spare_replica_from_pct", 20, "at least 50"),
        ("policy.allowed_vendors", 7, "list"),
    ],
)
def test_values_that_pins_and_policy_do_not_take_are_refused_by_field(
    spec: Specify, use_cases: UseCases, field: str, value: Any, allowed: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        edit_specification(spec(), {field: value}, use_cases, at=AT)
    assert caught.value.problems[0].field.startswith(field)
    assert allowed in caught.value.problems[0].allowed


def test_every_policy_field_can_be_set_and_taken_back(spec: Specify, use_cases: UseCases) -> None:
    changes: dict[str, Any] = {
        "policy.max_utilisation": 0.6,
        "policy.gpu_memory_utilization": 0.85,
        "policy.burst_factor": 1.5,
        "policy.headroom": 0.2,
        "policy.max_gpus_per_plan": 64,
        "policy.min_weight_gib_per_gpu": 4.0,
        "policy.min_throughput_share": 0.1,
        "policy.spare_replica_from_pct": 99.0,
        "policy.approved_only": False,
        "policy.allowed_licences": "MIT, apache-2.0",
        "policy.allowed_vendors": ["Qwen"],
        "policy.excluded_vendors": ["Meta"],
    }
    plain = spec()
    assert {f"policy.{field}" for field in type(plain.policy).model_fields} == changes.keys()
    after = edit_specification(plain, changes, use_cases, at=AT)
    assert {edit.field for edit in after.edits} == changes.keys()
    assert after.policy.allowed_licences == ("MIT", "apache-2.0")
    back = edit_specification(after, dict.fromkeys(changes), use_cases, at=AT)
    assert back.policy == plain.policy


def test_bursts_and_headroom_are_planned_for_and_said(planner: Planner, spec: Specify, use_cases: UseCases) -> None:
    more = {"policy.burst_factor": 2, "policy.headroom": 0.5}
    specification = edit_specification(spec(), more, use_cases, at=AT)
    assert planned_peak_qps(specification) == pytest.approx(27)
    assert "27 requests/s are planned for: the peak of 9 x burst factor 2 x (1 + headroom 0.5)." in specification.notes
    policy = specification.policy
    for option in planner.plan(specification).views["balanced"]:
        assert option.replicas * option.predicted.max_qps.value * policy.max_utilisation >= 27 * (1 - 1e-6)


def test_policy_restrictions_are_lifted_by_near_misses_and_approval_never(
    planner: Planner, spec: Specify, use_cases: UseCases
) -> None:
    vendor = min(one.provider for one in planner.reference.models)
    strict = {"policy.allowed_vendors": [vendor], "policy.excluded_vendors": [vendor]}
    specification = edit_specification(spec(), strict, use_cases, at=AT)
    plan = planner.plan(specification)
    assert not plan.feasible
    assert plan.near_misses
    for miss in plan.near_misses:
        assert set(miss.change) & strict.keys()
        assert "policy.approved_only" not in miss.change
        assert planner.plan(edit_specification(specification, miss.change, use_cases, at=AT)).feasible
