"""Verdicts say what the requests that were seen can carry, and no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from neuralnav.models.outcome import OutcomeSource
from neuralnav.observability.compliance import Compliance, Verdict, judge_window
from neuralnav.observability.observed import ObservedWindow
from tests.neuralnav.observability.conftest import TARGETS

Make = Callable[..., ObservedWindow]


def judged(window: ObservedWindow, **targets: float) -> dict[str, Compliance]:
    return {one.target: one for one in judge_window(window, TARGETS.model_copy(update=targets))}


def test_many_fast_requests_meet_their_targets(make_window: Make) -> None:
    found = judged(make_window([90.0] * 500))
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(
        ("TTFT", "ITL", "E2E", "answered"), Verdict.MET
    )
    sentence = judged(make_window([90.0] * 500), ttft_p95_ms=100)["TTFT"].sentence
    assert sentence == (
        "TTFT at p95 is 99 ms (between 80 ms and 100 ms), allowed are 100 ms: met. 0 % of 500 requests in the last "
        "5 min took longer; 99.9 % sure (the replicas' metrics)."
    )


def test_many_slow_requests_miss_it(make_window: Make) -> None:
    found = judged(make_window([90.0] * 400 + [900.0] * 100))["TTFT"]
    assert found.verdict is Verdict.MISSED
    assert found.confidence > 0.99
    assert "20 % of 500 requests" in found.sentence


@pytest.mark.parametrize(("count", "verdict"), [(58, Verdict.NOT_SURE), (59, Verdict.MET)])
def test_few_requests_settle_nothing(make_window: Make, count: int, verdict: Verdict) -> None:
    assert judged(make_window([50.0] * count))["TTFT"].verdict is verdict


def test_a_bucket_around_the_target_settles_nothing(make_window: Make) -> None:
    found = judged(make_window([120.0] * 500))["TTFT"]
    assert found.verdict is Verdict.NOT_SURE
    assert (found.least_over, found.most_over) == (0, 1)
    assert "0 % to 100 % of 500 requests" in found.sentence
    assert found.sentence.endswith("that does not settle it (the replicas' metrics).")


def test_more_than_the_last_bucket_is_missed_without_a_number(make_window: Make) -> None:
    found = judged(make_window([9_000_000.0] * 100))["TTFT"]
    assert found.verdict is Verdict.MISSED
    assert found.observed is not None
    assert found.observed.value is None
    assert "TTFT at p95 is more than 2,560 s" in found.sentence


def test_without_requests_nothing_is_seen(make_window: Make) -> None:
    found = judged(make_window([], source=OutcomeSource.PROMETHEUS))
    assert {one.verdict for one in found.values()} == {Verdict.NOT_SEEN}
    assert found["ITL"].sentence == "ITL was not seen: no request was answered in the last 5 min (Prometheus)."


def test_failed_requests_count_against_reliability(make_window: Make) -> None:
    assert judged(make_window([50.0] * 500, failed=50))["answered"].verdict is Verdict.MISSED
    assert judged(make_window([50.0] * 500, failed=5))["answered"].verdict is Verdict.NOT_SURE
    assert judged(make_window([50.0] * 5000, failed=5))["answered"].verdict is Verdict.MET


def test_tokens_of_one_request_are_one_witness(make_window: Make) -> None:
    window = make_window([50.0] * 500)
    assert window.itl is not None
    few = window.model_copy(update={"answered": 20.0})
    assert judged(few)["ITL"].verdict is Verdict.NOT_SURE
