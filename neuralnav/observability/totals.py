"""What vLLM counts since it started: the sums that grow, their growth between two looks, and over all replicas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from pydantic import Field

from neuralnav.models.base import Frozen
from neuralnav.observability.histograms import BucketCounts, merged
from neuralnav.observability.queries import Histogram

ABORTED, FAILED = "abort", "error"
"""Values of ``finished_reason`` of requests that got no whole answer: the client left, or the engine failed."""

K = TypeVar("K")


class Counted(StrEnum):
    """Counters of the engine."""

    PROMPT_TOKENS = "prompt_tokens"
    OUTPUT_TOKENS = "output_tokens"
    PREEMPTIONS = "preemptions"
    PREFIX_QUERIES = "prefix_queries"
    """Prompt tokens that were looked up in the prefix cache."""
    PREFIX_HITS = "prefix_hits"
    """Those of them that were found."""


class Totals(Frozen):
    """Counts of one replica since it started or, as a growth, those of a time; what is missing was not exposed."""

    histograms: dict[Histogram, BucketCounts] = Field(default_factory=dict)
    ended: dict[str, float] = Field(default_factory=dict)
    """Requests that ended, by vLLM's ``finished_reason``."""
    counters: dict[Counted, float] = Field(default_factory=dict)

    @property
    def answered(self) -> float:
        """Requests that got their whole answer."""
        return math.fsum(count for reason, count in self.ended.items() if reason not in (ABORTED, FAILED))

    @property
    def failed(self) -> float:
        """Requests that the engine failed."""
        return self.ended.get(FAILED, 0.0)

    @property
    def aborted(self) -> float:
        """Requests whose client left before the end."""
        return self.ended.get(ABORTED, 0.0)

    def fell_below(self, earlier: Totals) -> bool:
        """Whether the counting began anew after ``earlier``."""
        return (
            any(self.ended.get(reason, count) < count for reason, count in earlier.ended.items())
            or any(self.counters.get(name, count) < count for name, count in earlier.counters.items())
            or any(
                self.histograms[name].fell_below(counts)
                for name, counts in earlier.histograms.items()
                if name in self.histograms
            )
        )

    def since(self, earlier: Totals) -> Totals:
        """What came after ``earlier``, of the same run of the same replica."""
        return Totals(
            histograms={name: counts.since(earlier.histograms.get(name)) for name, counts in self.histograms.items()},
            ended=_grown(self.ended, earlier.ended),
            counters=_grown(self.counters, earlier.counters),
        )


def sum_of(parts: Iterable[Totals]) -> Totals:
    """The sum of several."""
    found = list(parts)
    histograms = {
        name: total
        for name in Histogram
        if (total := merged(part.histograms[name] for part in found if name in part.histograms))
    }
    ended = _added(part.ended for part in found)
    return Totals(histograms=histograms, ended=ended, counters=_added(part.counters for part in found))


def _added(parts: Iterable[Mapping[K, float]]) -> dict[K, float]:
    found: dict[K, float] = {}
    for part in parts:
        for name, count in part.items():
            found[name] = found.get(name, 0.0) + count
    return found


def _grown(later: Mapping[K, float], earlier: Mapping[K, float]) -> dict[K, float]:
    return {name: max(count - earlier.get(name, 0.0), 0.0) for name, count in later.items()}
