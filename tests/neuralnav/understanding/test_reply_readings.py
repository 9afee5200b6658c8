"""Replies that are not clear get one question with likely readings, each clear in itself."""

import json
from pathlib import Path

import pytest

from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.reply import MAX_READINGS, ActionKind, CheckpointKind, ReplyReading
from neuralnav.understanding import read_reply

DATA = Path(__file__).parents[2] / "data" / "replies.jsonl"
TEXTS = sorted({json.loads(line)["text"] for line in DATA.read_text(encoding="utf-8").splitlines()})


def read(text: str, checkpoint: str) -> ReplyReading:
    return read_reply(text, checkpoint=checkpoint)


@pytest.mark.parametrize("checkpoint", list(CheckpointKind))
def test_every_reading_offered_is_read_back_as_one_action_at_the_same_checkpoint(checkpoint: CheckpointKind) -> None:
    offered = {reading for text in TEXTS for reading in read(text, checkpoint).readings}
    assert offered
    for reading in offered:
        again = read(reading, checkpoint)
        assert len(again.actions) == 1, reading
        assert (again.question, again.readings, again.rejected) == (None, (), ()), reading


@pytest.mark.parametrize("checkpoint", list(CheckpointKind))
@pytest.mark.parametrize(
    "text", ["asdfgh", "hello", "???", "...", "", "🤷", "you are useless", "bonjour", "<b>x</b>", "no comment on that"]
)
def test_nonsense_does_nothing_and_is_answered_with_the_usual_readings(text: str, checkpoint: CheckpointKind) -> None:
    reading = read(text, checkpoint)
    assert reading.actions == ()
    assert reading.question
    assert 1 < len(reading.readings) <= MAX_READINGS


@pytest.mark.parametrize(
    ("checkpoint", "text", "readings"),
    [
        ("present_options", "the second maybe?", ("take 2", "why 2?")),
        ("present_options", "cheaper", ("take the cheapest", "what if priority is cost?", "set the priority to cost")),
        ("present_options", "A100", ("only A100", "what if we use A100?", "no A100")),
        ("present_options", "1 or 2", ("compare 1 and 2", "take 1", "take 2")),
        ("present_options", "not 2", ("take 1", "take the cheapest", "why 2?")),
        ("present_options", "keep 2", ("save that as a scenario", "take 2")),
        ("present_options", "take the second one but with H100", ("what if we use H100?", "only H100", "take 2")),
        ("present_options", "2 please, but on H100", ("what if we use H100?", "only H100", "take 2")),
        ("present_options", "take the cheapest, but with TTFT 200 ms", ("TTFT 200 ms", "take the cheapest")),
        ("present_options", "take number one, but on A100", ("what if we use A100?", "only A100", "take 1")),
        ("present_options", "take the nearest", ("take 1", "compare 1 and 2", "why these?")),
        ("review_specification", "undo that", ("explain the specification", "start over")),
        ("review_specification", "take that back", ("explain the specification", "start over")),
        ("operate", "undo that", ("roll back", "how is it doing?")),
        ("review_specification", "500", ("500 users", "TTFT 500 ms", "$500 a month")),
        ("review_specification", "A100", ("only A100", "what if we use A100?", "no A100")),
        ("approve_deployment", "ok", ("approve", "reject")),
        ("approve_deployment", "fine", ("approve", "reject")),
        ("approve_deployment", "looks good", ("approve", "reject")),
        ("approve_deployment", "aprove", ("approve", "reject")),
        ("approve_deployment", "👍", ("approve", "reject")),
        ("clarify", "code assistant", ("it is for code completion", "it is for code generation")),
        ("operate", "should we roll back?", ("roll back", "how is it doing?")),
        ("operate", "scale to zero", ("retire the deployment", "scale to 1 replica")),
        ("operate", "double the replicas", ("add 1 replica", "add 2 replicas")),
        ("operate", "don't delete it", ("how is it doing?", "why?")),
        ("failed", "ok", ("retry", "what went wrong?", "cancel")),
    ],
)
def test_what_was_likely_meant_is_offered(checkpoint: str, text: str, readings: tuple[str, ...]) -> None:
    reading = read(text, checkpoint)
    assert reading.actions == ()
    assert reading.question
    assert reading.readings == readings


def test_beside_a_live_deployment_nothing_that_leaves_it_is_offered() -> None:
    reading = read_reply("banana", checkpoint="operate", current=DeploymentIntent(user_count=400))
    assert reading.readings == ("how is it doing?", "what if we had twice the users?", "why?")


def test_a_clear_reply_offers_no_readings() -> None:
    assert read("take 2", "present_options").readings == ()


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("comfirm", ActionKind.CONFIRM),
        ("strat over", ActionKind.START_OVER),
        ("thnaks", ActionKind.THANKS),
        ("cancle", ActionKind.CANCEL),
        ("expalin that", ActionKind.EXPLAIN),
    ],
)
def test_slips_in_harmless_words_are_read(typed: str, kind: ActionKind) -> None:
    assert [action.action for action in read(typed, "review_specification").actions] == [kind]


@pytest.mark.parametrize(
    ("checkpoint", "typed"),
    [
        ("approve_deployment", "aprove"),
        ("approve_deployment", "dpeloy it"),
        ("approve_deployment", "yess"),
        ("operate", "delte the deployment"),
        ("operate", "roll bakc"),
    ],
)
def test_slips_in_words_that_approve_or_take_away_are_asked_about(checkpoint: str, typed: str) -> None:
    reading = read(typed, checkpoint)
    assert reading.actions == ()
    assert reading.readings
