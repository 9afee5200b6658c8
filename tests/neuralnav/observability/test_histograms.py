"""Histograms by bucket: bounds that hold the truth, growth and sums that lose nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from neuralnav.observability.histograms import BucketCounts, merged
from tests.neuralnav.observability.conftest import observe

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 2.5)
SHARES = (0.01, 0.5, 0.9, 0.95, 0.99, 1.0)
values = st.lists(st.floats(0.0001, 5), min_size=1, max_size=200)


@given(values, st.sampled_from(SHARES))
def test_the_true_quantile_lies_between_the_bounds_that_are_told(observed: list[float], share: float) -> None:
    found = observe(BOUNDS, *observed).quantile(share)
    truth = sorted(observed)[math.ceil(share * len(observed) - 1e-9) - 1]
    assert found is not None
    assert found.low <= truth <= (math.inf if found.high is None else found.high)
    assert found.value is None or found.low <= found.value <= (found.high or 0)


@given(values, st.floats(0.0005, 10))
def test_the_true_share_above_a_limit_lies_between_the_shares_that_are_told(
    observed: list[float], limit: float
) -> None:
    least, most = observe(BOUNDS, *observed).share_above(limit)
    truth = sum(value > limit for value in observed) / len(observed)
    assert least - 1e-12 <= truth <= most + 1e-12
    if limit in BOUNDS:
        assert least == most


def test_a_target_on_a_bound_leaves_nothing_open() -> None:
    assert observe(BOUNDS, 0.02, 0.05, 0.2, 3.0).share_above(0.05) == (0.5, 0.5)


def test_more_than_the_last_bound_is_no_number() -> None:
    found = observe(BOUNDS, 0.02, 3.0, 3.0).quantile(0.95)
    assert found is not None
    assert (found.value, found.low, found.high) == (None, 2.5, None)
    assert observe(BOUNDS).quantile(0.95) is None


@given(values, values)
def test_growth_and_sum_undo_each_other(first: list[float], later: list[float]) -> None:
    before, after, grown = observe(BOUNDS, *first), observe(BOUNDS, *first, *later), observe(BOUNDS, *later)
    assert after.since(before).counts == grown.counts
    assert after.since(before).total == pytest.approx(grown.total, abs=1e-6)
    total = merged([before, grown])
    assert total is not None
    assert total.counts == after.counts


def test_counting_anew_counts_all_of_it() -> None:
    restarted = observe(BOUNDS, 0.02)
    assert restarted.since(observe(BOUNDS, 0.2, 0.3, 0.4)) == restarted


@given(values, values)
def test_replicas_with_other_buckets_are_added_where_both_can_tell(first: list[float], second: list[float]) -> None:
    total = merged([observe(BOUNDS, *first), observe((0.01, 0.3, 1.0), *second)])
    assert total is not None
    assert total.bounds == (0.01, 1.0)
    assert total.counts == observe((0.01, 1.0), *first, *second).counts


@pytest.mark.parametrize("counts", [(1.0,), (2.0, 1.0), (-1.0, 1.0), (math.nan, 1.0)])
def test_counts_that_cannot_be_are_refused(counts: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        BucketCounts(bounds=(1.0,), counts=counts, total=1.0)
