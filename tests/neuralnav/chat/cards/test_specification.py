"""The specification's card says of every value where it comes from, and in which field it is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.checkpoints import CheckpointKind, question
from graph.payloads import SpecificationPayload
from neuralnav.chat.cards import cards_of, lead_of
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent, IntentReading
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.specification import edit_specification, editable_fields, specify

USE_CASES = read_seeds().use_cases
SAID = IntentReading(
    intent=DeploymentIntent(use_case="chatbot_conversational", user_count=1000, priority="latency"),
    evidence={"use_case": "chatbot", "user_count": "1000 *users*", "priority": "low latency"},
)


@pytest.fixture
def specification() -> DeploymentSpecification:
    return specify(SAID, USE_CASES)


def changed(specification: DeploymentSpecification, **changes: Any) -> DeploymentSpecification:
    return edit_specification(specification, changes, USE_CASES, at="2026-11-22T00:00:00+00:00")


def props(specification: DeploymentSpecification) -> dict[str, Any]:
    asked = question(
        CheckpointKind.REVIEW_SPECIFICATION,
        "as the terminal shows it",
        SpecificationPayload(specification=specification),
    )
    (card,) = cards_of(asked)
    assert lead_of(asked).startswith("**Understood** chatbot, ")
    return json.loads(json.dumps(dict(card.props)))  # type: ignore[no-any-return]


def fields(specification: DeploymentSpecification) -> dict[str, dict[str, Any]]:
    shown = props(specification)
    held = [*(field for section in shown["sections"] for field in section["fields"]), shown["priority"]]
    return {field["path"]: field for field in held}


def test_what_was_said_assumed_worked_out_and_left_open_differ(specification: DeploymentSpecification) -> None:
    origins = {path: (field["origin"], field["why"]) for path, field in fields(specification).items()}
    assert origins["user_count"] == ("said", "“1000 *users*”")
    assert origins["ttft_p95_ms"] == ("assumed", "default of Chatbot / Q&A")
    assert origins["max_monthly_cost_usd"] == ("open", "not said")
    origin, formula = origins["average_qps"]
    assert origin == "worked out"
    assert formula == (
        "user count × active fraction × requests per active user per min / 60 with users 1,000, active fraction 0.1, "
        "requests per active user per min 2.7"
    )


def test_every_field_is_one_that_can_be_edited_and_numbers_say_their_unit_and_range(
    specification: DeploymentSpecification,
) -> None:
    shown = fields(specification)
    assert set(shown) <= set(editable_fields())
    numbers = [field for field in shown.values() if field["input"] == "number"]
    assert all(field["unit"] for field in numbers)
    assert shown["user_count"]["range"] == "at least 1"
    assert shown["reliability_pct"]["range"] == "at least 50 %, less than 100 %"
    assert shown["active_fraction"]["range"] == "at least 0 %, at most 100 %"
    assert shown["ttft_p95_ms"]["range"] == "more than 0 ms"


@pytest.mark.parametrize(
    ("path", "value"), [("user_count", 7), ("average_qps", 3.0), ("expected_qps", 30.0), ("output_tokens", 99)]
)
def test_a_value_that_was_set_says_so(specification: DeploymentSpecification, path: str, value: float) -> None:
    field = fields(changed(specification, **{path: value}))[path]
    assert (field["value"], field["origin"]) == (value, "set")
    assert "by you" in field["why"]


def test_weights_are_shown_with_whether_they_were_set(specification: DeploymentSpecification) -> None:
    assert not props(specification)["weights_set"]
    weighed = props(changed(specification, **{"weights.price": 0.7}))
    assert weighed["weights_set"]
    assert {one["name"]: round(one["value"], 2) for one in weighed["weights"]}["price"] == 0.7
