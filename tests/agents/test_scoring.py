"""Readings beside what was wanted: every kind of mistake, the shares, and what may be wanted at all."""

from __future__ import annotations

from typing import Any

import pytest

from agents.scoring import (
    SCORED_FIELDS,
    FieldScore,
    IntentScore,
    Mistake,
    Sentence,
    Share,
    latency_of,
    score,
    wanted,
)
from neuralnav.errors import InvalidInputError
from neuralnav.models.intent import DeploymentIntent, IntentReading, RejectedValue


def reading(*, question: str | None = None, refused: str | None = None, model: str = "rules", **said: Any) -> Any:
    rejected = (RejectedValue(field=refused, value="-5", reason="must be at least 1"),) if refused else ()
    intent = DeploymentIntent.model_validate(said)
    return IntentReading(intent=intent, question=question, rejected=rejected, model=model)


def scored(*pairs: tuple[dict[str, Any], IntentReading]) -> IntentScore:
    return score(
        (Sentence(line, f"sentence {line}", wanted(want, "want")), read)
        for line, (want, read) in enumerate(pairs, start=1)
    )


def field(result: IntentScore, name: str) -> FieldScore:
    return next(one for one in result.fields if one.field == name)


def mistakes(result: IntentScore) -> list[tuple[int, Mistake, str | None]]:
    return [(failure.line, fault.mistake, fault.field) for failure in result.failures for fault in failure.faults]


def test_every_field_but_the_persons_own_words_is_scored() -> None:
    assert {*SCORED_FIELDS, "description"} == DeploymentIntent.model_fields.keys()
    result = scored(({}, reading(description="anything")))
    assert [one.field for one in result.fields] == list(SCORED_FIELDS)
    assert result.failures == ()


def test_right_wrong_missed_and_invented_make_precision_and_recall() -> None:
    result = scored(
        ({"user_count": 5}, reading(user_count=5)),
        ({"user_count": 5}, reading(user_count=6)),
        ({"user_count": 5}, reading()),
        ({}, reading(user_count=7)),
        ({}, reading(user_count=8)),
    )
    users = field(result, "user_count")
    assert (users.said, users.right, users.wrong, users.missed, users.invented) == (3, 1, 1, 1, 2)
    assert users.precision == pytest.approx(1 / 4)
    assert users.recall == pytest.approx(1 / 3)
    assert mistakes(result) == [
        (2, Mistake.WRONG, "user_count"),
        (3, Mistake.MISSED, "user_count"),
        (4, Mistake.INVENTED, "user_count"),
        (5, Mistake.INVENTED, "user_count"),
    ]
    assert [(value.line, value.field, value.value) for value in result.invented] == [
        (4, "user_count", 7),
        (5, "user_count", 8),
    ]


def test_the_strict_share_leaves_out_what_is_rightly_empty() -> None:
    result = scored(({"user_count": 5, "region": "eu-west-1"}, reading(user_count=5)), ({}, reading(streaming=True)))
    assert result.stated_fields == Share(right=1, of=3)
    assert result.all_fields == Share(right=2 * len(SCORED_FIELDS) - 2, of=2 * len(SCORED_FIELDS))
    assert result.sentences == Share(right=0, of=2)


def test_a_field_that_nobody_said_or_read_has_neither_precision_nor_recall() -> None:
    region = field(scored(({}, reading())), "region")
    assert (region.precision, region.recall) == (None, None)
    assert field(scored(({"region": "eu"}, reading())), "region").precision is None
    assert field(scored(({}, reading(region="eu"))), "region").recall is None


@pytest.mark.parametrize("want", [{}, {"priority": "balanced"}, {"priority": None}])
def test_a_balanced_priority_counts_as_not_said(want: dict[str, Any]) -> None:
    assert field(scored((want, reading())), "priority").said == 0
    assert mistakes(scored((want, reading(priority="cost")))) == [(1, Mistake.INVENTED, "priority")]
    assert mistakes(scored(({"priority": "cost"}, reading()))) == [(1, Mistake.MISSED, "priority")]


@pytest.mark.parametrize(
    ("want", "said", "right"),
    [
        ({"expected_qps": 0.1}, {"expected_qps": 0.1 + 1e-9}, True),
        ({"expected_qps": 23.148}, {"expected_qps": 2e6 / 86400}, False),
        ({"ttft_p95_ms": 200}, {"ttft_p95_ms": 200.0}, True),
        ({"user_count": 10_000_000}, {"user_count": 10_000_001}, False),
        ({"available_gpus": ["l40s", "L4"]}, {"available_gpus": ["L4", "L40S"]}, True),
        ({"available_gpus": ["L4"]}, {"available_gpus": ["L4", "L40S"]}, False),
        ({"preferred_models": ["Phi-4"]}, {"preferred_models": ["phi-4"]}, True),
        ({"streaming": False}, {"streaming": True}, False),
    ],
)
def test_values_are_compared_as_what_they_mean(want: dict[str, Any], said: dict[str, Any], *, right: bool) -> None:
    assert (scored((want, reading(**said))).failures == ()) is right


def test_a_question_is_wanted_not_wanted_or_either() -> None:
    result = scored(
        ({"_clarify": True}, reading(question="how many?")),
        ({"_clarify": True}, reading()),
        ({"_clarify": False}, reading(question="how many?")),
        ({}, reading(question="how many?")),
    )
    assert result.questions == Share(right=1, of=3)
    assert mistakes(result) == [(2, Mistake.NOT_ASKED, None), (3, Mistake.ASKED, None)]
    assert result.stated_fields == Share(right=0, of=0)


def test_a_wanted_refusal_alone_compares_only_its_field() -> None:
    refused = {"_reject": "user_count"}
    result = scored(
        (refused, reading(use_case="translation", refused="user_count")),
        (refused, reading(user_count=5)),
        ({"use_case": "translation", **refused}, reading(use_case="translation", region="eu", refused="user_count")),
    )
    assert result.refusals == Share(right=2, of=3)
    assert mistakes(result) == [
        (2, Mistake.INVENTED, "user_count"),
        (2, Mistake.NOT_REFUSED, "user_count"),
        (3, Mistake.INVENTED, "region"),
    ]
    assert result.all_fields.of == 2 + len(SCORED_FIELDS)


def test_who_read_how_many_sentences_is_counted() -> None:
    result = scored(({}, reading(model="ollama:one")), ({}, reading()), ({}, reading(model="ollama:one")))
    assert result.read_by == {"ollama:one": 2, "rules": 1}


def test_a_share_of_nothing_is_none_and_reaches_everything() -> None:
    assert Share(right=0, of=0).share is None
    assert Share(right=0, of=0).reaches(100)
    assert Share(right=49, of=50).reaches(98)
    assert not Share(right=48, of=50).reaches(98)


@pytest.mark.parametrize(
    ("want", "said"),
    [
        ({"users": 5}, "line 3: want.users: 'users' (allowed: one of use_case"),
        ({"description": "mine"}, "line 3: want.description"),
        ({"user_count": -5}, "line 3: want.user_count: -5 (allowed: at least 1)"),
        ({"use_case": "dancing"}, "line 3: want.use_case: 'dancing' (allowed: chatbot"),
        ({"available_gpus": ["V100"]}, "line 3: want.available_gpus"),
        ({"_clarify": "yes"}, "line 3: want._clarify: 'yes' (allowed: true or false)"),
        ({"_reject": "users"}, "line 3: want._reject: 'users'"),
        ({"_reject": ["user_count"]}, "line 3: want._reject"),
        ({"_ask": True}, "line 3: want._ask"),
    ],
)
def test_what_cannot_be_wanted_is_refused_by_name(want: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        wanted(want, "line 3: want")
    assert refused.value.detail.startswith(said)
    assert refused.value.problems[0].field.startswith("line 3: want.")


def test_latencies_interpolate_between_readings() -> None:
    latency = latency_of([float(ms) for ms in range(101)])
    assert (latency.p50_ms, latency.p95_ms, latency.max_ms) == (50, 95, 100)
    alone = latency_of([4.0])
    assert (alone.p50_ms, alone.p95_ms, alone.max_ms) == (4, 4, 4)
