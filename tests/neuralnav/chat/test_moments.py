"""Commands with a slash, and how the moments of a conversation are listed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.checkpoints import CheckpointKind
from graph.time_travel import Moment
from neuralnav.chat.moments import MAX_BUTTONS, MAX_LISTED, Command, Travel, listing, read_command, table, ways_back
from neuralnav.errors import InvalidInputError


def moment(turn: int, title: str = "Understood chatbot, 1,000 users.") -> Moment:
    at = datetime(2026, 11, 21, 18, turn % 60, tzinfo=UTC)
    return Moment(turn=turn, kind=CheckpointKind.REVIEW_SPECIFICATION, at=at, title=title)


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("/history", Command(travel=Travel.HISTORY)),
        ("  /Back 3 ", Command(travel=Travel.BACK, turn=3)),
        ("/fork", Command(travel=Travel.FORK)),
        ("/fork 12", Command(travel=Travel.FORK, turn=12)),
        ("/historyofrome", None),
        ("/deploy", None),
        ("go back 3", None),
        ("what does /back 3 do?", None),
    ],
)
def test_commands_are_told_from_words(said: str, command: Command | None) -> None:
    assert read_command(said) == command


@pytest.mark.parametrize("said", ["/back", "/back x", "/back -1", "/back 1 2", "/fork 9999999999", "/history 3"])
def test_a_command_without_a_number_that_it_takes_says_what_it_takes(said: str) -> None:
    with pytest.raises(InvalidInputError, match=said.split()[0]) as raised:
        read_command(said)
    assert raised.value.problems[0].field == said.split()[0]


def test_the_list_names_each_moment_and_marks_the_present_one() -> None:
    rows = table([moment(1), moment(2, "In place n/x, 2 x $5.")], turn=2).splitlines()[2:]
    assert rows == [
        "| 1 | **Specification** chatbot, 1,000 users. | 21 Nov 18:01 |",
        r"| 2 | **Specification** n/x, 2 x \$5. | now |",
    ]


@pytest.mark.parametrize("title", ["No configuration.", "|" * 120, "x\\" + "y" * 100, "a*b `off"])
def test_whatever_a_question_begins_with_fits_into_one_row(title: str) -> None:
    [row] = table([moment(1, title)], turn=2).splitlines()[2:]
    assert row.replace("\\|", "").count("|") == 4


def test_of_a_long_conversation_the_latest_moments_are_listed_and_fewer_have_a_button() -> None:
    moments = [moment(turn) for turn in range(1, 61)]
    text = listing(moments, turn=60)
    assert text.count("Specification") == MAX_LISTED
    assert "40 earlier ones" in text
    ways = ways_back(moments, turn=60)
    assert [way.to for way in ways] == list(range(60 - MAX_BUTTONS, 60))
    assert {way.turn for way in ways} == {60}


def test_before_the_first_question_there_is_nothing_to_list() -> None:
    assert "Say what you need" in listing([], turn=0)
