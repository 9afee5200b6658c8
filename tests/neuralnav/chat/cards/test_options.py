"""The options' card shows a plan's own figures, written out; what is hostile in them stays text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.payloads import OptionsPayload, PlanOverview
from neuralnav.chat.cards import cards_of, decided_cards, lead_of
from neuralnav.chat.cards.option import quality_classes
from neuralnav.models.figures import banded, money
from neuralnav.models.labels import hardware_label
from neuralnav.models.options import SHIPPED, number_options
from neuralnav.models.plan import Plan, Recommendation, TemplateOption
from neuralnav.models.vocabulary import Source, View
from neuralnav.services.shipped_plans import plan as plan_for

HOSTILE = "<img src=x onerror=alert(1)> **bold** :word `code` $x$"
LARGEST_BYTES = 300_000


def planned(**limits: Any) -> Plan:
    return plan_for({"intent": {"use_case": "chatbot_conversational", "user_count": 1000, **limits}})


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(priority="latency")


def asked(plan: Plan) -> Checkpoint:
    numbered = number_options(plan)
    payload = OptionsPayload(
        options=numbered,
        near_misses=plan.near_misses,
        evaluated=plan.evaluated,
        compliant=plan.compliant,
        warnings=plan.warnings,
        overview=PlanOverview.of(plan, numbered),
    )
    return question(CheckpointKind.PRESENT_OPTIONS, "as the terminal shows it", payload)


def props(checkpoint: Checkpoint) -> dict[str, Any]:
    card, *_ = cards_of(checkpoint)
    return json.loads(json.dumps(dict(card.props)))  # type: ignore[no-any-return]


def with_option(plan: Plan, changed: Recommendation) -> Plan:
    """``plan`` with ``changed`` wherever the option of its id is listed."""

    def replaced(options: tuple[Recommendation, ...]) -> tuple[Recommendation, ...]:
        return tuple(changed if option.id == changed.id else option for option in options)

    views = {view: replaced(options) for view, options in plan.views.items()}
    return plan.model_copy(update={"views": views, "pareto": replaced(plan.pareto)})


def test_every_option_of_the_views_and_of_the_front_is_shown_and_within_bounds(plan: Plan) -> None:
    shown = props(asked(plan))
    ranked = {view["key"]: view["ids"] for view in shown["views"]}
    assert list(ranked) == ["balanced", "best_accuracy", "lowest_cost", "lowest_latency", "simplest"]
    assert ranked == {view.value: [option.id for option in options] for view, options in plan.views.items()}
    assert set(shown["plot"]["front"]) == {option.id for option in plan.pareto}
    assert set(shown["plot"]["ids"]) <= set(shown["options"])
    numbers = {option["id"]: option["number"] for option in shown["options"].values() if option["number"]}
    assert numbers == {one.option.id: one.number for one in number_options(plan)}
    assert len(json.dumps(shown)) < LARGEST_BYTES
    assert len(asked(plan).model_dump_json()) < LARGEST_BYTES


def test_figures_are_those_of_the_plan_as_they_are_written_everywhere(plan: Plan) -> None:
    first = plan.views[View.BALANCED][0]
    option = props(asked(plan))["options"][first.id]
    assert first.cost is not None
    assert option["hardware"] == hardware_label(first)
    assert option["cost"] == f"{money(first.cost.per_month_usd)} a month"
    assert option["reason"] == first.reason
    assert [row["text"] for row in option["latencies"]] == [
        banded(estimate)
        for estimate in (first.predicted.ttft_p95_ms, first.predicted.itl_p95_ms, first.predicted.e2e_p95_ms)
    ]
    assert [row["of"] for row in option["latencies"]] == [" of 150 ms", " of 25 ms", " of 7 s"]
    assert option["badges"][0] == {"kind": "simulated", "text": "simulated"}
    assert option["scores"][0] == f"{first.scores.accuracy:.0f}"


def test_a_band_beyond_a_target_and_a_figure_of_another_source_are_said(plan: Plan) -> None:
    first = plan.views[View.BALANCED][0]
    ttft = first.predicted.ttft_p95_ms.model_copy(update={"high": 151.0})
    itl = first.predicted.itl_p95_ms.model_copy(update={"value": 26.0, "high": 30.0, "source": Source.MEASURED})
    predicted = first.predicted.model_copy(update={"ttft_p95_ms": ttft, "itl_p95_ms": itl})
    changed = first.model_copy(update={"predicted": predicted})
    option = props(asked(with_option(plan, changed)))["options"][first.id]
    assert [row["fits"] for row in option["latencies"]] == ["may miss", "missed", "kept"]
    assert option["latencies"][1]["of"] == " of 25 ms, measured"
    assert {"kind": "may-miss", "text": "TTFT and ITL may miss"} in option["badges"]


def test_hostile_names_stay_text(plan: Plan) -> None:
    first = plan.views[View.BALANCED][0]
    hostile = first.model_copy(update={"display_name": HOSTILE, "reason": HOSTILE})
    checkpoint = asked(with_option(plan, hostile))
    option = props(checkpoint)["options"][first.id]
    assert option["model"].startswith(HOSTILE)
    assert option["reason"] == HOSTILE
    lead = lead_of(checkpoint)
    assert r"\<img src=x onerror=alert\(1\)\>" in lead
    assert r"\*\*bold\*\* \:word \`code\` \$x\$" in lead


def test_a_template_that_people_kept_comes_first_and_says_so(plan: Plan) -> None:
    for kept_by, begins in (("ada", plan.pareto[-1].id), (SHIPPED, plan.views[View.BALANCED][0].id)):
        template = TemplateOption(name="help-desk", kept_by=kept_by, option=plan.pareto[-1])
        shown = props(asked(plan.model_copy(update={"templates": (template,)})))
        assert shown["views"][0]["ids"][0] == begins
        badges = shown["options"][plan.pareto[-1].id]["badges"]
        assert ({"kind": "template", "text": "template help-desk"} in badges) is (kept_by == "ada")


def test_what_has_no_price_is_listed_and_not_in_the_plot(plan: Plan) -> None:
    unpriced = {option.id for options in plan.views.values() for option in options if option.cost is None}
    shown = props(asked(plan))
    assert unpriced
    assert unpriced <= set(shown["options"])
    assert not unpriced & set(shown["plot"]["ids"])
    assert all(shown["options"][one]["cost"] == "no price known" for one in unpriced)
    assert f"{len(unpriced)} option" in shown["plot"]["summary"]


def test_where_nothing_fits_the_nearest_comes_with_its_fix() -> None:
    checkpoint = asked(planned(max_monthly_cost_usd=300))
    shown = props(checkpoint)
    assert (shown["views"], shown["plot"], shown["options"]) == ([], None, {})
    near = shown["near"][0]
    assert near["change"] == {"max_monthly_cost_usd": 1360.0}
    assert near["fix"] == "Plan again with budget a month $1,360"
    assert near["missed"] == ["Budget a month $1,360, allowed $300"]
    assert lead_of(checkpoint).startswith("**No configuration meets every target and constraint.** Nothing fits.")


def test_questions_that_were_stored_without_an_overview_still_open(plan: Plan) -> None:
    now = asked(plan)
    stored = now.model_copy(update={"data": {name: value for name, value in now.data.items() if name != "overview"}})
    shown = props(stored)
    assert len(shown["options"]) == len(number_options(plan))
    assert [view["ids"][0] for view in shown["views"]] == [
        plan.views[View(view["key"])][0].id for view in shown["views"]
    ]
    assert [target["value"] for target in shown["targets"]] == [None, None, None]
    assert {row["fits"] for option in shown["options"].values() for row in option["latencies"]} == {""}
    assert shown["plot"]["front"] == []
    empty = {"options": [], "near_misses": [], "evaluated": 0, "compliant": 0, "warnings": []}
    assert cards_of(stored.model_copy(update={"data": empty})) == []


def test_classes_of_accuracy_hold_every_option_in_equal_steps(plan: Plan) -> None:
    classes = quality_classes(plan.pareto)
    assert 1 < len(classes) <= 4
    assert len({one.high - one.low for one in classes[:-1]}) == 1
    assert all(classes[0].low <= option.scores.accuracy <= classes[-1].high for option in plan.pareto)
    assert len(quality_classes(plan.pareto[:1])) == 1


def test_only_a_question_that_follows_from_a_choice_marks_it(plan: Plan) -> None:
    assert decided_cards(asked(plan), asked(plan)) == []
    choice = plan.pareto[0]
    approval = Checkpoint(
        kind=CheckpointKind.APPROVE_DEPLOYMENT, prompt="?", actions=(), data={"choice": choice.model_dump(mode="json")}
    )
    card, *_ = decided_cards(asked(plan), approval)
    assert card.props["chosen"]["id"] == choice.id
    assert card.props["options"] == props(asked(plan))["options"]
