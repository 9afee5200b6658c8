"""Options by number: templates first, every option reachable, and where their figures come from."""

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.options import SHIPPED, find_option, number_options, sources_of
from neuralnav.models.plan import Plan, TemplateOption
from neuralnav.models.vocabulary import Source, View
from neuralnav.services.shipped_plans import plan as plan_for


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_for({"intent": {"use_case": "chatbot_conversational", "user_count": 1000}})


def with_template(plan: Plan, kept_by: str) -> Plan:
    kept = TemplateOption(name="help-desk", kept_by=kept_by, option=plan.pareto[-1])
    return plan.model_copy(update={"templates": (kept,)})


def test_the_first_numbers_are_those_of_the_balanced_view(plan: Plan) -> None:
    numbered = number_options(plan)
    assert [one.option for one in numbered[:5]] == list(plan.views[View.BALANCED][:5])
    assert [one.number for one in numbered] == list(range(1, len(numbered) + 1))
    assert all(one.template is None for one in numbered)


def test_a_template_that_a_person_kept_comes_first_and_is_named(plan: Plan) -> None:
    first, *others = number_options(with_template(plan, "ada"))
    assert (first.template, first.option) == ("help-desk", plan.pareto[-1])
    assert all(one.template is None for one in others)


def test_a_template_that_ships_has_no_precedence(plan: Plan) -> None:
    assert number_options(with_template(plan, SHIPPED)) == number_options(plan)


def test_every_option_that_a_plan_shows_is_found_by_its_id(plan: Plan) -> None:
    listed = [option for options in plan.views.values() for option in options]
    for option in (*plan.pareto, *listed):
        assert find_option(plan, option.id) == option
    assert all(find_option(plan, one.option.id).id == one.option.id for one in plan.templates)
    assert find_option(plan, "lowest_cost") == plan.views[View.LOWEST_COST][0]


@pytest.mark.parametrize("choice", [0, 99, "cheapest", ""])
def test_a_choice_that_is_none_is_refused_with_what_is_allowed(plan: Plan, choice: int | str) -> None:
    with pytest.raises(InvalidInputError, match="best_accuracy"):
        find_option(plan, choice)


def test_without_options_a_choice_is_told_that_there_are_none(plan: Plan) -> None:
    nothing = plan.model_copy(update={"views": {}, "pareto": (), "templates": (), "near_misses": ()})
    with pytest.raises(InvalidInputError) as refused:
        find_option(nothing, 1)
    assert refused.value.detail == "There is no option 1: no configuration meets every target."


def test_where_figures_come_from_is_said_once_or_by_number(plan: Plan) -> None:
    first, *others = number_options(plan)
    assert sources_of((first, *others)) == "simulated"
    measured = first.model_copy(update={"option": first.option.model_copy(update={"source": Source.MEASURED})})
    assert sources_of((measured, *others[:2])) == "measured (1), simulated (2, 3)"
