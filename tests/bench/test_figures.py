"""What is printed of a figure follows from its samples and its bound."""

from __future__ import annotations

import pytest

from bench.figures import Figure, Rate


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 10.0), (0.95, 19.0), (1.0, 20.0)])
def test_a_percentile_is_the_smallest_sample_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    samples = tuple(float(number) for number in range(20, 0, -1))
    assert Figure("runs", samples, bound_ms=1).percentile(share) == expected


def test_every_percentile_of_one_sample_is_that_sample() -> None:
    figure = Figure("runs", (7.0,), bound_ms=1)
    assert {figure.percentile(share) for share in (0.0, 0.5, 0.95, 1.0)} == {7.0}


def test_one_slow_run_in_twenty_is_forgiven_and_two_are_not() -> None:
    assert Figure("runs", (*[10.0] * 19, 99.0), bound_ms=10).holds
    assert not Figure("runs", (*[10.0] * 18, 99.0, 99.0), bound_ms=10).holds


def test_a_figure_says_its_median_its_p95_its_longest_run_and_the_verdict() -> None:
    figure = Figure("a search", (4.0, 1240.0, 12.4), bound_ms=50)
    assert str(figure) == "a search: median 12 ms, p95 1,240 ms, max 1,240 ms over 3; MISSES the bound of 50 ms"


def test_a_figure_of_one_run_says_it_once() -> None:
    assert str(Figure("the first run", (8.25,), bound_ms=2000)) == "the first run: 8.2 ms; holds the bound of 2,000 ms"


@pytest.mark.parametrize(("per_s", "verdict"), [(999.9, "MISSES"), (1000.0, "holds"), (2e6, "holds")])
def test_a_rate_holds_from_its_bound_on(per_s: float, verdict: str) -> None:
    rate = Rate("points", per_s, bound_per_s=1000)
    assert rate.holds == (verdict == "holds")
    assert str(rate) == f"points: {per_s:,.0f} a second; {verdict} the bound of 1,000"


def test_a_figure_may_hold_its_median_against_the_bound() -> None:
    samples = (1.0, 1.0, 5.0)
    assert not Figure("lag", samples, bound_ms=2).holds
    assert Figure("lag", samples, bound_ms=2, bounded_share=0.5).holds
