"""Models whose repositories bring code that vLLM would have to run are planned with only where that is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification, Pinned
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.suitability import REMOTE_CODE
from tests.neuralnav.planning.conftest import Specify

ALLOW = "NEURALNAV_ALLOW_TRUST_REMOTE_CODE=true"


def bringing_code(planner: Planner) -> set[str]:
    return {model.model_id for model in planner.reference.models if model.trust_remote_code}


def offered(plan: Plan) -> set[str]:
    """Every model that the plan shows, near misses too."""
    options = [option for shown in (*plan.views.values(), plan.pareto) for option in shown]
    return {option.model for option in (*options, *(miss.option for miss in plan.near_misses))}


def said(plan: Plan) -> str:
    return " ".join(plan.warnings)


def test_they_are_left_out_and_counted_with_their_reason(golden: Plan, planner: Planner, spec: Specify) -> None:
    assert golden.feasible
    assert not offered(golden) & bringing_code(planner)
    assert golden.rejected_summary[REMOTE_CODE.reason] > 0
    names = {model.short_name for model in planner.reference.models if model.trust_remote_code}
    short = planner.shortlist(spec())
    assert short.ruled_out[REMOTE_CODE.reason] == len(names)
    assert not names & set(short.models)
    assert "remote code" not in said(golden), "who asked for none of them need not hear of it"


def test_where_it_is_allowed_they_are_planned_with(trusting: Planner, spec: Specify) -> None:
    plan = trusting.plan(spec(preferred_models=("nemotron", "kimi-k2")))
    assert plan.feasible
    assert offered(plan) <= bringing_code(trusting)
    assert REMOTE_CODE.reason not in plan.rejected_summary
    assert ALLOW not in said(plan)


@pytest.mark.parametrize(
    ("preferred", "named", "feasible"),
    [
        (("kimi-k2",), "kimi-k2, kimi-k2-0905 and kimi-k2.5 are left out", False),
        (("nemotron-nano-9b-v2", "llama-3.1-8b"), "nemotron-nano-9b-v2 is left out", True),
    ],
)
def test_who_asks_for_one_by_name_hears_why_it_is_out_and_what_to_do(
    preferred: tuple[str, ...],
    named: str,
    feasible: object,
    planner: Planner,
    spec: Specify,
) -> None:
    plan = planner.plan(spec(preferred_models=preferred))
    assert plan.feasible is feasible
    assert named in said(plan)
    assert ALLOW in said(plan)
    assert not offered(plan) & bringing_code(planner)
    assert feasible or plan.near_misses


@pytest.mark.parametrize("pin", ["moonshotai/Kimi-K2-Instruct", "KIMI-K2-INSTRUCT", "kimi-k2"])
def test_a_pin_on_one_is_answered_with_the_reason(pin: str, planner: Planner, spec: Specify) -> None:
    plan = planner.plan(spec().model_copy(update={"pinned": Pinned(model=pin)}))
    assert not plan.feasible
    assert "kimi-k2 is left out: vLLM would have to run Python code from its repository" in said(plan)
    assert ALLOW in said(plan)
    assert [miss.change for miss in plan.near_misses] == [{"pinned.model": None}]


@pytest.mark.parametrize("fields", [{}, {"use_case": "code_completion"}, {"use_case": "long_document_summarization"}])
def test_what_was_simulated_is_good_for_both(
    fields: dict[str, Any], planner: Planner, trusting: Planner, spec: Specify
) -> None:
    specification: DeploymentSpecification = spec(**fields)
    assert planner.edition == trusting.edition
    assert planner.runnable(specification).rows.tolist() == trusting.runnable(specification).rows.tolist()
    assert planner.surfaces.knows(LoadShape.of(specification))
    with_them, without = trusting.plan(specification), planner.plan(specification)
    assert without.estimated == with_them.estimated == 0
    assert without.compliant < with_them.compliant
    assert (without.evaluated, without.models_considered) == (with_them.evaluated, with_them.models_considered)
