"""Departures from the plan are named with their numbers, and only where something can be said; they must last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from neuralnav.observability import news
from neuralnav.observability.drift import Drift, DriftKind, Reading, read_window
from neuralnav.observability.expectation import Expectation
from neuralnav.observability.hysteresis import DriftMemory, DriftRecord, settle
from neuralnav.observability.observed import ObservedWindow
from tests.neuralnav.observability.conftest import TARGETS

Make = Callable[..., ObservedWindow]
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def kinds(reading: Reading) -> set[DriftKind]:
    return {drift.kind for drift in reading.drifts}


def sentence(reading: Reading, kind: DriftKind) -> str:
    return next(drift.sentence for drift in reading.drifts if drift.kind is kind)


def test_what_goes_as_planned_has_no_drift(make_window: Make, expected: Expectation) -> None:
    reading = read_window(make_window([90.0] * 900), TARGETS, expected)
    assert reading.drifts == ()
    assert reading.judged == frozenset(DriftKind)


def test_nothing_is_said_of_a_quiet_window(make_window: Make, expected: Expectation) -> None:
    reading = read_window(make_window([]), TARGETS, expected)
    assert reading.drifts == ()
    assert reading.judged == {DriftKind.TRAFFIC_ABOVE_PLAN, DriftKind.REPLICAS_MISSING, DriftKind.RESTARTS}


def test_a_missed_target_is_told_with_its_verdict(make_window: Make, expected: Expectation) -> None:
    reading = read_window(make_window([90.0] * 400 + [900.0] * 100), TARGETS, expected)
    assert kinds(reading) == {DriftKind.TTFT_MISSED, DriftKind.TTFT_ABOVE_PREDICTION}
    assert "allowed are 150 ms: missed" in sentence(reading, DriftKind.TTFT_MISSED)
    assert "predicted were 100 ms (80-125) (simulated)" in sentence(reading, DriftKind.TTFT_ABOVE_PREDICTION)


@pytest.mark.parametrize(("requests", "drifts"), [(1240, False), (1300, True)])
def test_more_traffic_than_planned_is_more_than_chance_makes(
    make_window: Make, expected: Expectation, *, requests: int, drifts: bool
) -> None:
    reading = read_window(make_window([90.0] * requests, peak_qps=6.0), TARGETS, expected)
    assert (DriftKind.TRAFFIC_ABOVE_PLAN in kinds(reading)) is drifts
    if drifts:
        told = "4.33 requests/s came on average over 5 min and 6 in the busiest minute; planned for were 4."
        assert sentence(reading, DriftKind.TRAFFIC_ABOVE_PLAN) == told


def test_slowness_under_more_traffic_than_planned_is_not_the_predictions(
    make_window: Make, expected: Expectation
) -> None:
    reading = read_window(make_window([900.0] * 1500), TARGETS, expected)
    assert kinds(reading) == {DriftKind.TTFT_MISSED, DriftKind.TRAFFIC_ABOVE_PLAN}
    assert DriftKind.TTFT_ABOVE_PREDICTION not in reading.judged


def test_longer_requests_than_planned_are_told(make_window: Make, expected: Expectation) -> None:
    reading = read_window(make_window([90.0] * 100, tokens=(700, 260)), TARGETS, expected)
    assert kinds(reading) == {DriftKind.PROMPTS_ABOVE_PLAN}
    told = "Prompts have 700 tokens on average (100 requests); planned for were 512."
    assert sentence(reading, DriftKind.PROMPTS_ABOVE_PLAN) == told
    few = read_window(make_window([90.0] * 20, tokens=(700, 900)), TARGETS, expected)
    assert not kinds(few)


def test_missing_and_restarted_replicas_are_told(make_window: Make, expected: Expectation) -> None:
    reading = read_window(make_window([], replicas=1, restarts=2), TARGETS, expected)
    assert [drift.sentence for drift in reading.drifts] == [
        "1 replica can be read, 2 should run.",
        "Replicas began anew 2 times within 5 min.",
    ]


def test_replicas_of_which_nobody_knows_how_many_should_run_are_not_judged(
    make_window: Make, expected: Expectation
) -> None:
    unknown = expected.model_copy(update={"replicas": None})
    reading = read_window(make_window([], replicas=1), TARGETS, unknown)
    assert DriftKind.REPLICAS_MISSING not in reading.judged


def reading(sign: str, window_from: datetime = BEGUN) -> Reading:
    """What a window tells: ``x``: it drifts, ``.``: it does not, ``?``: it was not seen."""
    drift = Drift(kind=DriftKind.TTFT_MISSED, sentence="slow", figures="1")
    judged: frozenset[DriftKind] = frozenset() if sign == "?" else frozenset({DriftKind.TTFT_MISSED})
    return Reading(compliance=(), drifts=(drift,) if sign == "x" else (), judged=judged, window_from=window_from)


def played(pattern: str) -> str:
    """What windows tell becomes ``B``: begins, ``E``: ends, ``l``: lasts, ``-``: does not."""
    memory, told = DriftMemory(), ""
    for sign in pattern:
        before = memory.lasting
        memory = DriftMemory.model_validate_json(settle(memory, reading(sign)).model_dump_json())
        told += ("l" if before else "B") if memory.lasting else "E" if before else "-"
    return told


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("x.x..x...", "---------"),
        ("xxx", "--B"),
        ("x.x.x", "----B"),
        ("xxx.x.x.x.x", "--Bllllllll"),
        ("xxx......", "--BlllE--"),
        ("xx????x????", "------Bllll"),
        ("xxx......xxx", "--BlllE----B"),
    ],
)
def test_only_what_lasts_is_told_and_it_does_not_flap(pattern: str, told: str) -> None:
    assert played(pattern) == told


def test_what_lasts_is_told_with_how_long_and_by_how_much(make_window: Make, expected: Expectation) -> None:
    missed = read_window(make_window([90.0] * 400 + [900.0] * 100), TARGETS, expected)
    memory = DriftMemory()
    for minutes in (0, 10, 15):
        later = missed.model_copy(update={"window_from": BEGUN + timedelta(minutes=minutes)})
        memory = settle(memory, later)
    record = DriftMemory.model_validate_json(memory.model_dump_json()).records[DriftKind.TTFT_MISSED]
    told = news.lasting(DriftKind.TTFT_MISSED, record, BEGUN + timedelta(minutes=20))
    assert told == "TTFT p95 has been above its target for 20 minutes: 938 ms against 150 ms."


def test_what_begins_to_last_is_no_older_than_the_windows_that_showed_it() -> None:
    memory, every = DriftMemory(), timedelta(minutes=5)
    rare_then_bad = "x..." * 60 + "xxx"
    for number, sign in enumerate(rare_then_bad):
        memory = settle(memory, reading(sign, BEGUN + number * every))
    began = BEGUN + (len(rare_then_bad) - 3) * every
    assert memory.records[DriftKind.TTFT_MISSED].since == began
    for number, sign in enumerate("x.xxxx", start=len(rare_then_bad)):
        memory = settle(memory, reading(sign, BEGUN + number * every))
    assert memory.records[DriftKind.TTFT_MISSED].since == began
    for _ in range(5):
        memory = settle(memory, reading("."))
    assert memory.records[DriftKind.TTFT_MISSED].since is None


def test_every_departure_has_words_for_its_beginning_and_its_end() -> None:
    for kind in DriftKind:
        assert news.lasting(kind, DriftRecord(), BEGUN).endswith(".")
        assert news.over(kind).endswith(".")
