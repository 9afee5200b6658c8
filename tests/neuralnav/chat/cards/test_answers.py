"""A card learns at once why its reply cannot be taken, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from graph.checkpoints import CheckpointKind, CheckpointReply, question
from graph.payloads import SpecificationPayload
from graph.reports import TurnReport
from neuralnav.chat.cards.answers import Answer, tried
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent
from neuralnav.planning.specification import specify

USE_CASES = read_seeds().use_cases


def answered(action: str, value: Any = None) -> Answer:
    specification = specify(DeploymentIntent(use_case="chatbot_conversational", user_count=1000), USE_CASES)
    standing = TurnReport(
        thread="t",
        turn=1,
        state="review_specification",
        messages=[],
        checkpoint=question(
            CheckpointKind.REVIEW_SPECIFICATION, "Right?", SpecificationPayload(specification=specification)
        ),
        specification=specification.model_dump(mode="json"),
        options=[],
        choice=None,
        deployment=None,
    )
    return tried(CheckpointReply(action=action, value=value), standing, USE_CASES)


@pytest.mark.parametrize(("action", "value"), [("confirm", None), ("edit", {"user_count": 5}), ("edit", None)])
def test_what_can_be_done_is_taken(action: str, value: Any) -> None:
    assert answered(action, value) == Answer(taken=True)


def test_each_field_that_cannot_be_is_named_with_what_is_allowed() -> None:
    answer = answered("edit", {"user_count": -5, "ttft_p95_ms": 0})
    assert not answer.taken
    assert {problem.field: problem.allowed for problem in answer.problems} == {
        "user_count": "at least 1",
        "ttft_p95_ms": "more than 0",
    }


@pytest.mark.parametrize(
    ("action", "value", "detail"),
    [
        ("approve", None, "not possible here"),
        ("edit", {"user_count": None}, "How many people"),
        ("edit", {"nonsense": 1}, "no field nonsense"),
        ("edit", [1], "cannot take"),
    ],
)
def test_what_is_no_fields_fault_is_said_in_a_sentence(action: str, value: Any, detail: str) -> None:
    answer = answered(action, value)
    assert not answer.taken
    assert detail in answer.detail
