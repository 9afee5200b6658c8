"""Confidence in shares: the exact binomial interval's, and as good for many requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from neuralnav.observability.confidence import confidence_above, confidence_below


@given(st.integers(1, 3000), st.floats(0, 1), st.sampled_from([0.001, 0.01, 0.05, 0.5]))
def test_it_is_that_of_the_exact_test(requests: int, part: float, share: float) -> None:
    count = round(part * requests)
    below = 1 - binomtest(count, requests, share, alternative="less").pvalue
    above = 1 - binomtest(count, requests, share, alternative="greater").pvalue
    assert confidence_below(count, requests, share) == pytest.approx(below, abs=1e-9)
    assert confidence_above(count, requests, share) == pytest.approx(above, abs=1e-9)


@pytest.mark.parametrize("count", [450, 490, 500, 510, 1500])
def test_many_requests_are_judged_as_well(count: int) -> None:
    requests = 10_001
    exact = 1 - binomtest(count, requests, 0.05, alternative="less").pvalue
    assert confidence_below(count, requests, 0.05) == pytest.approx(exact, abs=0.01)


def test_fifty_nine_requests_without_a_miss_are_just_enough() -> None:
    assert confidence_below(0, 58, 0.05) < 0.95 <= confidence_below(0, 59, 0.05)


def test_no_requests_make_nothing_sure() -> None:
    assert confidence_below(0, 0, 0.05) == confidence_above(0, 0, 0.05) == 0
    assert confidence_above(0.4, 0.9, 0.05) == 0
