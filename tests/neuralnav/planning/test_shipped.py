import subprocess
import sys

import pytest

import neuralnav
from neuralnav.errors import InvalidInputError, QuestionPendingError


def test_the_package_plans_without_a_database() -> None:
    plan = neuralnav.plan({"intent": {"use_case": "chatbot_conversational", "user_count": 1000}})
    assert plan.feasible
    assert neuralnav.plan(plan.specification).views == plan.views


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
