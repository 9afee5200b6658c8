"""What the chat says by itself, and Markdown as plain text."""

from __future__ import annotations

import pytest

from graph.checkpoints import CheckpointKind
from graph.conversation import StepEvent
from graph.wording.text import escaped, plain
from neuralnav.chat.plain import done, how_to_edit, legible, running, too_long
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.reply import read_reply

AWKWARD = r"a*b*_c_ [d](e) `f` <g> $5 : ~h~ #i \ !j | {k} & @l"


def test_escaped_text_is_read_back_as_it_was() -> None:
    assert plain(escaped(AWKWARD.replace("`", "'"))) == AWKWARD.replace("`", "'")


def test_marks_are_left_out_of_labels() -> None:
    assert plain(r"*Why 1* budget **\$1,360** in `neuralnav`") == "Why 1 budget $1,360 in neuralnav"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("line\r\nline\rline\n\ttab", "line\nline\nline\n\ttab"),
        ("a\x00b\x07c\x1b[31m\x9f\ufeff\u200b\u202e", "abc[31m"),
        ("broken \ud83d", "broken "),
        ("می‌خواهم 你好 👩‍🔬 é", "می‌خواهم 你好 👩‍🔬 é"),
    ],
)
def test_what_cannot_be_read_is_dropped_and_every_language_kept(given: str, kept: str) -> None:
    assert legible(given) == kept
    assert kept.encode()


def test_a_step_says_what_it_does_then_what_it_found_and_how_long_it_took() -> None:
    began = StepEvent(step="plan_capacity", state="began")
    ended = StepEvent(step="plan_capacity", state="done", found="5,555 evaluated, cheapest \\$5.", took_ms=1834.2)
    assert running(began) == "Capacity · evaluating every configuration …"
    assert done(ended) == "Capacity · 5,555 evaluated, cheapest $5 · 1.83 s"


def test_a_step_that_nobody_named_still_reads() -> None:
    assert running(StepEvent(step="look_again", state="began")) == "Look again · working …"


@pytest.mark.parametrize("kind", CheckpointKind)
def test_how_to_change_something_can_be_said_everywhere(kind: CheckpointKind) -> None:
    assert how_to_edit(kind).startswith("Say what to change")


@pytest.mark.parametrize("kind", [kind for kind in CheckpointKind if kind is not CheckpointKind.CLARIFY])
def test_every_example_of_a_change_is_understood_where_it_is_given(kind: CheckpointKind) -> None:
    examples = [line.removeprefix("- `").removesuffix("`") for line in how_to_edit(kind).splitlines() if "- `" in line]
    assert examples
    current = DeploymentIntent(use_case=UseCase.CHATBOT, user_count=1000)
    for example in examples:
        reading = read_reply(example, checkpoint=kind.value, current=current)
        assert reading.actions, example
        assert reading.question is None, example


def test_a_text_that_is_too_long_is_refused_with_both_figures() -> None:
    assert "100,000" in too_long(100_000)
    assert "20,000" in too_long(100_000)
