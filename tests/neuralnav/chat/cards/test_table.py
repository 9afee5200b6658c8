"""The table of all options holds a plan's own figures in few bytes, and says what of it all is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.payloads import OptionsPayload, PlanOverview
from neuralnav.chat.cards.table import COLUMNS, MOST_ROWS, all_options
from neuralnav.models.figures import duration, money
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.options import number_options
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.vocabulary import View
from neuralnav.services.shipped_plans import plan as plan_for

LARGEST_BYTES = 300_000
HOSTILE = "<img src=x onerror=alert(1)> **bold** `code`"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_for({"intent": {"use_case": "chatbot_conversational", "user_count": 1000, "priority": "latency"}})


def payload(plan: Plan) -> OptionsPayload:
    numbered = number_options(plan)
    return OptionsPayload(
        options=numbered,
        near_misses=plan.near_misses,
        evaluated=plan.evaluated,
        compliant=plan.compliant,
        warnings=plan.warnings,
        overview=PlanOverview.of(plan, numbered),
    )


def props(shown: OptionsPayload) -> dict[str, Any]:
    (card,) = all_options(shown.model_dump(mode="json"))
    assert card.element == "AllOptions"
    return json.loads(json.dumps(dict(card.props)))  # type: ignore[no-any-return]


def cells(table: dict[str, Any], identity: str) -> dict[str, str]:
    """What a person reads in the row of an option, by its column."""
    row = next(row for row in table["rows"] if row[0] == identity)
    found = {}
    for column, cell in zip(table["columns"], row[2:], strict=True):
        if cell is None:
            found[column["key"]] = column["empty"]
        elif column["words"]:
            found[column["key"]] = column["words"][cell]
        else:
            found[column["key"]] = cell[1] if isinstance(cell, list) else str(cell)
    return found


def longer(plan: Plan, length: int) -> Plan:
    """``plan`` with so many different options in one of its views."""
    some = plan.views[View.LOWEST_LATENCY]
    many = tuple(
        some[n % len(some)].model_copy(update={"id": f"{n:04}-{some[n % len(some)].id}"}) for n in range(length)
    )
    return plan.model_copy(update={"views": plan.views | {View.LOWEST_LATENCY: many}, "compliant": length * 2})


def test_every_option_of_the_plan_is_listed_once_with_its_own_figures(plan: Plan) -> None:
    table = props(payload(plan))
    listed: dict[str, Recommendation] = {
        option.id: option for options in (*plan.views.values(), plan.pareto) for option in options
    }
    assert sorted(row[0] for row in table["rows"]) == sorted(listed)
    assert [row[1] for row in table["rows"] if row[1]] == [one.number for one in number_options(plan)]
    for identity, option in listed.items():
        found = cells(table, identity)
        assert found["model"] == model_label(option)
        assert found["hardware"] == hardware_label(option)
        assert found["cost"] == (money(option.cost.per_month_usd) if option.cost else "no price known")
        assert found["e2e_p95_ms"] == duration(option.predicted.e2e_p95_ms.value)
        assert found["accuracy"].startswith(f"{option.scores.accuracy:.0f}")
        assert ("estimate" in found["accuracy"]) is not option.scores.accuracy_rated
        assert found["source"] == option.source.value


def test_it_says_how_many_of_how_many_are_listed(plan: Plan) -> None:
    shown = payload(plan)
    table = props(shown)
    said = f"{len(table['rows'])} of the {plan.compliant:,} options that meet every target"
    assert table["about"].startswith(said)
    assert f"{plan.evaluated:,} configurations were evaluated" in table["about"]
    every = props(shown.model_copy(update={"compliant": len(table["rows"])}))
    assert every["about"].startswith(f"All {len(table['rows'])} options")


def test_a_thousand_options_are_small_and_more_than_are_read_are_left_out(plan: Plan) -> None:
    thousand = props(payload(longer(plan, 1000)))
    assert len(thousand["rows"]) >= 1000
    assert len(json.dumps(thousand)) < LARGEST_BYTES
    assert len({row[0] for row in thousand["rows"]}) == len(thousand["rows"])
    assert len(props(payload(longer(plan, MOST_ROWS + 1)))["rows"]) == MOST_ROWS


def test_what_is_narrowed_and_sorted_by_is_a_column(plan: Plan) -> None:
    table = props(payload(plan))
    keys = {column["key"] for column in table["columns"]}
    assert len(keys) == len(COLUMNS)
    assert {one["column"] for one in table["ranges"]} < keys
    assert {column["key"] for column in table["columns"] if not column["shown"]} == {"gpu"}


def test_names_stay_as_they_are(plan: Plan) -> None:
    numbered = number_options(plan)
    first = numbered[0].model_copy(update={"option": numbered[0].option.model_copy(update={"display_name": HOSTILE})})
    shown = payload(plan).model_copy(update={"options": (first, *numbered[1:])})
    assert HOSTILE in cells(props(shown), first.option.id)["model"]


def test_a_question_that_was_stored_without_an_overview_lists_its_numbered_options(plan: Plan) -> None:
    old = payload(plan).model_copy(update={"overview": None})
    table = props(old)
    assert len(table["rows"]) == len(number_options(plan))
    assert "that have a number" in table["about"]


def test_there_is_no_table_where_there_is_nothing_to_sort(plan: Plan) -> None:
    one = payload(plan).model_copy(update={"options": payload(plan).options[:1], "overview": None})
    assert all_options(one.model_dump(mode="json")) == []
    none = plan_for({"intent": {"use_case": "chatbot_conversational", "user_count": 1000, "max_monthly_cost_usd": 1}})
    assert all_options(payload(none).model_dump(mode="json")) == []
