"""What was explored last as a card: rows in their groups, and in words how each value differs from the first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.explored import Explored, ExploredKind
from graph.payloads import OptionsPayload
from neuralnav.chat.cards.comparison import comparison_card, scenarios_card
from neuralnav.chat.cards.comparison_change import Change, change

HOSTILE = "<b>*big*</b> | iron"
WHAT_IF = Explored(
    kind=ExploredKind.WHAT_IF,
    sentence="318 options meet every target then, 2,361 do now.",
    names=("Now", "Then"),
    rows=(
        ("GPUs", "not set", "A100-80GB"),
        ("TTFT p95", "150 ms", "100 ms"),
        ("options that meet every target", "2,361", "318"),
        ("balanced: option", "one on 1x NVIDIA H100", "another on 1x NVIDIA A100-80GB"),
        ("balanced: cost", "$5,022/month", "$3,700/month"),
        ("lowest cost: E2E p95", "900 ms", "1.8 s"),
    ),
    changes={"available_gpus": ["A100-80GB"], "ttft_p95_ms": 100},
    warnings=("Now: a warning.",),
)


def payload(**parts: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"options": (), "near_misses": (), "evaluated": 0, "compliant": 0, "warnings": ()}
    return OptionsPayload.model_validate(empty | parts).model_dump(mode="json")


def props(**parts: Any) -> dict[str, Any]:
    (card,) = comparison_card(payload(**parts))
    assert card.element == "ComparisonCard"
    return json.loads(json.dumps(dict(card.props)))  # type: ignore[no-any-return]


def test_a_what_if_shows_what_was_supposed_and_how_each_figure_differs() -> None:
    compared = props(explored=WHAT_IF)["compared"]
    assert compared["supposed"] == ["GPUs A100-80GB", "TTFT p95 100 ms"]
    assert compared["changes"] == WHAT_IF.changes
    assert [column["name"] for column in compared["columns"]] == ["Now", "Then"]
    shown = {
        (group["title"], row["label"]): (row["cells"][1]["text"], row["cells"][1]["change"], row["cells"][1]["tone"])
        for group in compared["groups"]
        for row in group["rows"]
    }
    assert shown == {
        ("", "GPUs"): ("A100-80GB", "differs", ""),
        ("", "TTFT p95"): ("100 ms", "33 % less", ""),
        ("", "Options that meet every target"): ("318", "87 % fewer", "bad"),
        ("Balanced", "Option"): ("another on 1x NVIDIA A100-80GB", "differs", ""),
        ("Balanced", "Cost"): ("$3,700/month", "26 % less", "good"),
        ("Lowest cost", "E2E p95"): ("1.8 s", "2 times as much", "bad"),
    }
    assert all(row["cells"][0]["change"] == "" for group in compared["groups"] for row in group["rows"])


@pytest.mark.parametrize(
    ("label", "first", "other", "expected"),
    [
        ("TTFT p95", "61.5 ms", "61.5 ms", Change("same", "")),
        ("TTFT p95", "150 ms", "1.2 s", Change("8 times as much", "bad")),
        ("ITL p95", "2.19 ms", "2.28 ms", Change("4 % more", "bad")),
        ("TTFT p95", "31.9 ms", "32 ms", Change("about the same", "")),
        ("Cost", "$1,359/month", "no price known", Change("differs", "")),
        ("Cost", "$210,240/month", "$1,359/month", Change("99 % less", "good")),
        ("Carries", "0.5 requests/s", "11.3 requests/s", Change("22.6 times as much", "good")),
        ("Accuracy score", "62", "63 (estimate)", Change("1 point higher", "good")),
        ("Accuracy score", "62", "31", Change("31 points lower", "bad")),
        ("GPU memory used", "6%", "4%", Change("33 % less", "")),
        ("GPUs", "1x NVIDIA L4", "2 x (1x NVIDIA L4)", Change("differs", "")),
    ],
)
def test_options_differ_in_words(label: str, first: str, other: str, expected: Change) -> None:
    assert change(ExploredKind.OPTIONS, label, first, other) == expected


def test_options_can_be_chosen_by_what_the_list_calls_them() -> None:
    compared = Explored(
        kind=ExploredKind.OPTIONS, sentence="-", names=("one", "other"), rows=(), options=("id-1", "id-2")
    )
    shown = props(explored=compared, keeps_scenarios=True)
    assert shown["compared"]["columns"] == [
        {"name": "one", "id": "id-1", "number": None},
        {"name": "other", "id": "id-2", "number": None},
    ]
    assert shown["keep"] is None


def test_a_what_if_is_kept_under_a_name_where_scenarios_can_be_kept() -> None:
    assert props(explored=WHAT_IF)["keep"] is None
    before = props(explored=WHAT_IF, keeps_scenarios=True)
    assert before["keep"] == {"kept_as": None, "name": "GPUs A100-80GB; TTFT p95 100"}
    kept = WHAT_IF.model_copy(update={"kept_as": HOSTILE})
    after = props(explored=kept, keeps_scenarios=True, scenarios=(HOSTILE,))
    assert after["keep"]["kept_as"] == HOSTILE
    assert after["scenarios"] == [HOSTILE]


def test_scenarios_alone_have_a_card_where_nothing_else_shows_them() -> None:
    kept = {"scenarios": (HOSTILE,), "keeps_scenarios": True}
    (card,) = scenarios_card(payload(**kept))
    assert card.props["compared"] is None
    assert card.props["scenarios"] == [HOSTILE]
    assert comparison_card(payload(**kept)) == []
    assert scenarios_card(payload(**kept, explored=WHAT_IF)) == []
    assert scenarios_card(payload(scenarios=(HOSTILE,))) == []
