from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.plan import Plan
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import edit_specification
from neuralnav.planning.what_if import WhatIf, what_if
from tests.neuralnav.planning.conftest import Specify

AT = "2026-11-20T10:00:00+00:00"


def asked(
    planner: Planner, spec: Specify, use_cases: tuple[UseCaseTemplate, ...], changes: dict[str, object]
) -> WhatIf:
    present = spec()
    changed = edit_specification(present, changes, use_cases, at=AT)
    return what_if(planner.plan(present), planner.plan(changed))


def test_more_users_cost_more_and_the_sentence_says_how_much(
    planner: Planner, spec: Specify, use_cases: tuple[UseCaseTemplate, ...]
) -> None:
    found = asked(planner, spec, use_cases, {"user_count": 20_000})
    rows = {name: (now, then) for name, now, then in found.differences}
    assert rows["users"] == ("1,000", "20,000")
    assert rows["requests/s at peak"] == ("9", "180")
    assert "more." in found.sentence
    assert found.specification.version == 2
    assert found.plan.specification == found.specification


def test_an_impossible_what_if_says_that_nothing_is_left(
    planner: Planner, spec: Specify, use_cases: tuple[UseCaseTemplate, ...]
) -> None:
    found = asked(planner, spec, use_cases, {"max_monthly_cost_usd": 1})
    assert found.sentence.startswith("0 options meet every target then")
    assert not found.plan.feasible


def test_the_present_plan_stays_as_it_was(
    planner: Planner, spec: Specify, use_cases: tuple[UseCaseTemplate, ...], golden: Plan
) -> None:
    asked(planner, spec, use_cases, {"available_gpus": ["H100"]})
    assert planner.plan(spec()).views == golden.views
