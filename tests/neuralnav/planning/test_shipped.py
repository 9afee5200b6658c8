import subprocess
import sys

import pytest

import neuralnav
from neuralnav.errors import InvalidInputError, QuestionPendingError
from neuralnav.models.vocabulary import Source


def test_the_package_plans_without_a_database() -> None:
    plan = neuralnav.plan({"intent": {"use_case": "chatbot_conversational", "user_count": 1000}})
    assert plan.feasible
    assert neuralnav.plan(plan.specification).views == plan.views


UNUSUAL = {
    "intent": {"use_case": "chatbot_conversational", "user_count": 1000},
    "traffic": {"prompt_tokens": 345},
    "constraints": {"available_gpus": ["L4", "H100"], "preferred_models": ["llama-3.1-8b"]},
}
"""A load that does not ship, narrow enough to be simulated in a moment."""


def test_a_load_that_ships_is_planned_from_simulations_without_simulating() -> None:
    plan = neuralnav.plan({"intent": {"use_case": "summarization_short", "user_count": 50}}, patience_s=0)
    assert plan.estimated == 0
    assert {option.source for option in plan.pareto} == {Source.SIMULATED}


def test_a_new_load_is_estimated_without_patience_and_simulated_with_it() -> None:
    hasty = neuralnav.plan(UNUSUAL, patience_s=0)
    assert hasty.feasible
    assert hasty.estimated > 0
    patient = neuralnav.plan(UNUSUAL)
    assert patient.estimated == 0
    assert {option.source for option in patient.pareto} == {Source.SIMULATED}
    assert neuralnav.plan(UNUSUAL, patience_s=0).views == patient.views


def test_a_script_without_a_main_guard_may_plan_a_new_load() -> None:
    """Workers do not run the caller's program again, and the program ends when it is done."""
    code = f"import neuralnav; print(neuralnav.plan({UNUSUAL!r}).estimated)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=90, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "0"), ran.stderr
    assert not ran.stderr


def test_bad_input_is_refused_and_missing_input_asked_for() -> None:
    with pytest.raises(InvalidInputError, match="user_count"):
        neuralnav.plan({"intent": {"user_count": -1}})
    with pytest.raises(QuestionPendingError):
        neuralnav.plan({})


def test_importing_the_package_loads_no_planner() -> None:
    code = "import neuralnav, sys; assert 'numpy' not in sys.modules and 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="plam"):
        neuralnav.plam  # noqa: B018
