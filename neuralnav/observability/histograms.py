"""Histograms as counts by bucket: their growth, their sum over replicas, and what can honestly be read out of them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Self

from pydantic import model_validator

from neuralnav.models.base import Frozen

MOST_BUCKETS = 500


class Quantile(Frozen):
    """A quantile, and the bounds of the bucket that holds it: the true value is between them."""

    value: float | None
    """Interpolated within the bucket; ``None``: it is above the last finite bound, and nobody knows how far."""
    low: float
    high: float | None
    """``None``: there is no upper bound."""

    def scaled(self, factor: float) -> Quantile:
        """The same in another unit."""
        value, high = (None if part is None else part * factor for part in (self.value, self.high))
        return Quantile(value=value, low=self.low * factor, high=high)


class BucketCounts(Frozen):
    """Observations counted by bucket, as Prometheus's classic histograms do."""

    bounds: tuple[float, ...]
    """Upper bounds of the finite buckets, rising; a bucket holds what is above the bound before and at most its own."""
    counts: tuple[float, ...]
    """Observations up to each bound, then all of them. Growth that Prometheus extrapolates need not be whole."""
    total: float
    """Sum of the observed values."""

    @model_validator(mode="after")
    def _counts_are_cumulative(self) -> Self:
        if len(self.counts) != len(self.bounds) + 1 or len(self.bounds) > MOST_BUCKETS:
            raise ValueError(f"counts: one for each bound and one for all, for at most {MOST_BUCKETS} bounds")
        if any(later <= earlier for earlier, later in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError("bounds: must rise")
        if self.counts[0] < 0 or any(b < a for a, b in zip(self.counts, self.counts[1:], strict=False)):
            raise ValueError("counts: must not be negative nor fall")
        return self

    @classmethod
    def of(cls, by_bound: Mapping[float, float], total: float) -> BucketCounts | None:
        """Counts by upper bound, infinity among them; ``None`` where infinity is missing.

        A count below that of a smaller bound, which rounding makes, is raised to it, as Prometheus does.
        """
        if math.inf not in by_bound:
            return None
        rising = sorted(by_bound)
        counts = tuple(accumulate((by_bound[bound] for bound in rising), max))
        return cls(bounds=tuple(rising[:-1]), counts=counts, total=total)

    @property
    def count(self) -> float:
        """All observations."""
        return self.counts[-1]

    @property
    def mean(self) -> float | None:
        """Exact, whatever the buckets; ``None`` without observations."""
        return self.total / self.count if self.count > 0 else None

    def quantile(self, share: float) -> Quantile | None:
        """The value below which ``share`` (0 to 1) of the observations lie; ``None`` without observations.

        Interpolated linearly within its bucket, the first from 0 on, as Prometheus's ``histogram_quantile`` does
        (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), except that above the
        last finite bound there is no value, where Prometheus gives that bound.
        """
        if self.count <= 0 or not self.bounds:
            return None
        rank = share * self.count
        place = bisect_left(self.counts, rank, hi=len(self.bounds))
        if place == len(self.bounds):
            return Quantile(value=None, low=self.bounds[-1], high=None)
        low, below = (self.bounds[place - 1], self.counts[place - 1]) if place else (0.0, 0.0)
        high, held = self.bounds[place], self.counts[place] - below
        value = low + (high - low) * ((rank - below) / held) if held else low
        return Quantile(value=min(value, high), low=low, high=high)

    def share_above(self, limit: float) -> tuple[float, float]:
        """The least and the most that the share of observations above ``limit`` can be; (0, 1) without any."""
        if self.count <= 0:
            return 0.0, 1.0
        within = bisect_right(self.bounds, limit)
        surely_within = self.counts[within - 1] if within else 0.0
        on_a_bound = bool(within) and self.bounds[within - 1] == limit
        perhaps_within = surely_within if on_a_bound else self.counts[within]
        return 1 - perhaps_within / self.count, 1 - surely_within / self.count

    def since(self, earlier: BucketCounts | None) -> BucketCounts:
        """What came after ``earlier``; all of it where that is ``None``, or where the counting began anew."""
        if earlier is None or earlier.bounds != self.bounds or self.fell_below(earlier):
            return self
        grown = (b - a for a, b in zip(earlier.counts, self.counts, strict=True))
        counts = tuple(accumulate(grown, max))
        return BucketCounts(bounds=self.bounds, counts=counts, total=max(self.total - earlier.total, 0.0))

    def fell_below(self, earlier: BucketCounts) -> bool:
        """Whether the counting began anew after ``earlier``: a counter never falls otherwise."""
        return self.count < earlier.count


def merged(parts: Iterable[BucketCounts]) -> BucketCounts | None:
    """The sum of several; of bounds that differ, those that all have remain. ``None``: there are none."""
    found = list(parts)
    if not found:
        return None
    shared = set(found[0].bounds).intersection(*(part.bounds for part in found[1:]))
    bounds = tuple(sorted(shared))
    at_bounds = [[_at(part, bound) for part in found] for bound in bounds]
    counts = (*map(math.fsum, at_bounds), math.fsum(part.count for part in found))
    return BucketCounts(
        bounds=bounds, counts=tuple(accumulate(counts, max)), total=math.fsum(part.total for part in found)
    )


def _at(part: BucketCounts, bound: float) -> float:
    return part.counts[bisect_left(part.bounds, bound)]
