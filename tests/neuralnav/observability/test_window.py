"""A window over snapshots: what was counted between them, whatever replicas came, went or began anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.observability.exposition import EngineSnapshot
from neuralnav.observability.queries import Histogram
from neuralnav.observability.totals import Counted, Totals
from neuralnav.observability.window import SnapshotWindow
from tests.neuralnav.observability.conftest import NOON, observe

HOUR = timedelta(hours=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def snapshot(seconds: float, requests: int, *, started: float = -1000, waiting: float = 0) -> EngineSnapshot:
    """A replica that answered so many requests since it started, each with a TTFT of 30 ms."""
    totals = Totals(
        histograms={Histogram.TTFT: observe((0.02, 0.04), *[0.03] * requests)},
        ended={"length": requests},
        counters={Counted.OUTPUT_TOKENS: 10.0 * requests},
    )
    start = NOON.timestamp() + started
    return EngineSnapshot(at=at(seconds), totals=totals, started_at=start, running=1, waiting=waiting, kv_usage=0.5)


def filled(*looks: tuple[float, dict[str, EngineSnapshot]], **limits: int) -> SnapshotWindow:
    window = SnapshotWindow(**limits)
    for seconds, replicas in looks:
        window.add(at(seconds), replicas)
    return window


def test_growth_is_added_over_replicas() -> None:
    window = filled(
        (0, {"a": snapshot(0, 100), "b": snapshot(0, 7)}),
        (60, {"a": snapshot(60, 130), "b": snapshot(60, 37, waiting=4)}),
    )
    found = window.observed(HOUR)
    assert found is not None
    assert (found.requests, found.replicas, found.restarts, found.average_qps) == (60, 2, 0, 1.0)
    assert found.output_tokens_per_s == 10
    assert found.ttft is not None
    assert found.ttft.count == 60
    assert found.ttft.mean == pytest.approx(30)
    assert (found.levels.waiting, found.levels.in_flight, found.levels.kv_usage) == (4, 4, 0.5)


def test_one_look_tells_nothing() -> None:
    assert filled((0, {"a": snapshot(0, 5)})).observed(HOUR) is None


def test_a_restarted_replica_counts_from_nothing_and_is_told() -> None:
    window = filled((0, {"a": snapshot(0, 100)}), (60, {"a": snapshot(60, 8, started=30)}))
    found = window.observed(HOUR)
    assert found is not None
    assert (found.requests, found.restarts) == (8, 1)


def test_a_restart_that_soon_counted_more_than_before_is_noticed_by_its_start() -> None:
    window = filled((0, {"a": snapshot(0, 5)}), (60, {"a": snapshot(60, 9, started=30)}))
    found = window.observed(HOUR)
    assert found is not None
    assert (found.requests, found.restarts) == (9, 1)


def test_a_replica_that_joins_counts_from_its_start_only_where_that_is_in_the_window() -> None:
    window = filled(
        (0, {"a": snapshot(0, 1)}),
        (60, {"a": snapshot(60, 1), "new": snapshot(60, 4, started=20), "old": snapshot(60, 500)}),
        (120, {"a": snapshot(120, 1), "new": snapshot(120, 6, started=20), "old": snapshot(120, 503)}),
    )
    found = window.observed(HOUR)
    assert found is not None
    assert (found.requests, found.restarts, found.replicas) == (9, 0, 3)


def test_a_replica_that_did_not_answer_once_loses_nothing() -> None:
    window = filled((0, {"a": snapshot(0, 1)}), (30, {}), (60, {"a": snapshot(60, 11)}))
    found = window.observed(HOUR)
    assert found is not None
    assert found.requests == 10


def test_the_peak_is_of_a_minute_at_least() -> None:
    looks = [(seconds, {"a": snapshot(seconds, count)}) for seconds, count in ((0, 0), (10, 50), (60, 60), (130, 200))]
    found = filled(*looks).observed(HOUR)
    assert found is not None
    assert found.peak_qps == 2.0, "140 requests in 70 s, not 50 in 10 s"
    short = filled(*looks[:2]).observed(HOUR)
    assert short is not None
    assert short.peak_qps == short.average_qps == 5.0


def test_only_the_time_that_is_asked_for_counts() -> None:
    window = filled(*((minute * 60.0, {"a": snapshot(minute * 60, minute)}) for minute in range(30)))
    found = window.observed(timedelta(minutes=5))
    assert found is not None
    assert (found.requests, found.length) == (5, timedelta(minutes=5))


def test_the_window_forgets_by_age_and_by_number() -> None:
    looks = [(minute * 60.0, {"a": snapshot(minute * 60, minute)}) for minute in range(200)]
    by_age = filled(*looks).observed(timedelta(days=1))
    by_number = filled(*looks, max_snapshots=10).observed(timedelta(days=1))
    assert by_age is not None
    assert by_number is not None
    assert (by_age.length, by_number.length) == (timedelta(hours=2), timedelta(minutes=9))


def test_time_that_goes_back_and_a_flood_of_replicas_are_refused() -> None:
    window = filled((60, {"a": snapshot(60, 1)}), max_replicas=2)
    with pytest.raises(InvalidInputError, match="in the order of time"):
        window.add(at(60), {})
    with pytest.raises(InvalidInputError, match="at most 2"):
        window.add(at(120), {name: snapshot(120, 1) for name in "abc"})
