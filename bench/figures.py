"""Measured figures, as they are printed."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, over how many runs, against which bound (milliseconds)."""

    what: str
    samples_ms: tuple[float, ...]
    bound_ms: float
    bounded_share: float = 0.95
    """The percentile that is held against the bound."""

    def percentile(self, share: float) -> float:
        """The nearest-rank percentile in milliseconds."""
        ranked = sorted(self.samples_ms)
        return ranked[max(math.ceil(share * len(ranked)) - 1, 0)]

    @property
    def holds(self) -> bool:
        """Whether the bounded percentile is within the bound."""
        return self.percentile(self.bounded_share) <= self.bound_ms

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "MISSES"
        which = "" if self.bounded_share == 0.95 else f" of p{100 * self.bounded_share:.0f}"
        return f"{self.what}: {self._measured()}; {verdict} the bound{which} of {milliseconds(self.bound_ms)}"

    def _measured(self) -> str:
        if len(self.samples_ms) == 1:
            return milliseconds(self.samples_ms[0])
        median, p95, longest = map(milliseconds, (self.percentile(0.5), self.percentile(0.95), max(self.samples_ms)))
        return f"median {median}, p95 {p95}, max {longest} over {len(self.samples_ms)}"


@dataclass(frozen=True)
class Rate:
    """How many times a second something was done on one core, and how often it should at least be."""

    what: str
    per_s: float
    bound_per_s: float

    @property
    def holds(self) -> bool:
        """Whether the rate reaches the bound."""
        return self.per_s >= self.bound_per_s

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "MISSES"
        return f"{self.what}: {self.per_s:,.0f} a second; {verdict} the bound of {self.bound_per_s:,.0f}"


@dataclass(frozen=True)
class Size:
    """Memory that was taken, against what it may be; MiB."""

    what: str
    mib: float
    bound_mib: float

    @property
    def holds(self) -> bool:
        """Whether the size is within the bound."""
        return self.mib <= self.bound_mib

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "MISSES"
        return f"{self.what}: {self.mib:,.0f} MiB; {verdict} the bound of {self.bound_mib:,.0f} MiB"


Measured = Figure | Rate | Size


def milliseconds(value: float) -> str:
    """``9.7 ms``, ``248 ms``, ``2,480 ms``."""
    return f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms"
