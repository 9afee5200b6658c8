import json
from pathlib import Path
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.reply import ActionKind, CheckpointKind
from neuralnav.understanding import read_reply

DATA = Path(__file__).parents[2] / "data" / "replies.jsonl"
KNOWN_MODELS = (
    "llama-3.1-8b",
    "qwen2.5-7b",
    "granite-3.1-8b",
    "mistral-small-24b",
    "gpt-oss-20b",
    "phi-4",
    "deepseek-r1",
    "kimi-k2",
)
EXPLICIT = {
    "yes",
    "yup",
    "yes please",
    "approve",
    "that's right, go ahead",
    "all good, please proceed",
    "ok do it",
    "approve everything",
    "sounds right, proceed",
    "everything fine, go ahead please",
    "yes, that's correct",
    "yup, looks right to me",
}
"""What approves a deployment although it is said elsewhere in the data."""

REPLIES = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: f"{reply['checkpoint']}: {reply['text']}")
def test_a_reply_is_read_as_what_it_asks_for(reply: dict[str, Any]) -> None:
    reading = read_reply(reply["text"], checkpoint=reply["checkpoint"], known_models=KNOWN_MODELS)
    actions = [
        {
            key: value
            for key, value in action.model_dump(mode="json", exclude_defaults=True).items()
            if key != "evidence"
        }
        for action in reading.actions
    ]
    assert actions == reply["actions"]
    assert (reading.question is not None) == reply.get("question", False)
    assert [value.field for value in reading.rejected] == reply.get("rejected", [])


@pytest.mark.parametrize("text", [reply["text"] for reply in REPLIES if reply["checkpoint"] != "approve_deployment"])
def test_only_explicit_words_alone_approve(text: str) -> None:
    kinds = [action.action for action in read_reply(text, checkpoint="approve_deployment").actions]
    assert (ActionKind.APPROVE in kinds) <= (text in EXPLICIT)


def test_an_edit_carries_the_words_of_each_change() -> None:
    (action,) = read_reply("make TTFT 200 ms and budget 3k", checkpoint="review_specification").actions
    assert action.changes == {"ttft_p95_ms": 200.0, "max_monthly_cost_usd": 3000.0}
    assert action.evidence == {"ttft_p95_ms": "TTFT 200 ms", "max_monthly_cost_usd": "budget 3k"}


def test_changes_are_in_json_types() -> None:
    (action,) = read_reply("use A100 80GB, priority cost", checkpoint="review_specification").actions
    assert json.loads(json.dumps(action.changes)) == {"available_gpus": ["A100-80GB"], "priority": "cost"}


def test_relative_changes_start_from_the_intent_so_far() -> None:
    current = DeploymentIntent(user_count=400, available_gpus=("L4",))
    (double,) = read_reply("double the users", checkpoint="review_specification", current=current).actions
    assert double.changes == {"user_count": 800}
    (also,) = read_reply("also allow H100", checkpoint="review_specification", current=current).actions
    assert also.changes == {"available_gpus": ["H100", "L4"]}


def test_relative_changes_are_asked_about_where_the_start_is_not_known() -> None:
    reading = read_reply("double the users", checkpoint="review_specification")
    assert reading.actions == ()
    assert "the new value itself" in (reading.question or "")


def test_no_confirmation_stands_beside_a_value_that_cannot_be() -> None:
    reading = read_reply("TTFT 0 ms, and confirm", checkpoint="review_specification")
    assert reading.actions == ()
    assert reading.rejected[0].field == "ttft_p95_ms"
    assert "cannot be used" in (reading.question or "")


def test_an_unclear_reply_is_answered_with_the_likely_readings() -> None:
    question = read_reply("hmm", checkpoint="present_options").question or ""
    assert "number" in question.lower()
    assert "compare 1 and 3" in question


@pytest.mark.parametrize("checkpoint", list(CheckpointKind))
def test_going_back_starting_over_and_cancelling_work_everywhere(checkpoint: CheckpointKind) -> None:
    for text, kind in (("go back", "back"), ("start over", "start_over"), ("cancel", "cancel"), ("status", "status")):
        assert [action.action for action in read_reply(text, checkpoint=checkpoint).actions] == [kind]


def test_an_unknown_checkpoint_is_an_error_that_names_the_known() -> None:
    with pytest.raises(InvalidInputError) as raised:
        read_reply("yes", checkpoint="lunch")
    assert "approve_deployment" in raised.value.detail
