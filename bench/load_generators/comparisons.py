"""What was measured beside what the replay says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.load_generators.reports import Latencies

BOUND = 0.1
"""Of the replayed figure."""


@dataclass(frozen=True)
class Difference:
    """One figure of a run."""

    what: str
    measured_ms: float
    replayed_ms: float
    http_ms: float
    """What HTTP adds to the replayed figure."""

    @property
    def share(self) -> float:
        """Of the replayed figure; above 0 where more was measured."""
        return (self.measured_ms - self.http_ms - self.replayed_ms) / self.replayed_ms

    @property
    def holds(self) -> bool:
        """Whether the difference is within the bound."""
        return abs(self.share) <= BOUND

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "MISSES"
        http = f" + {self.http_ms:.1f} ms of HTTP" if self.http_ms else ""
        return (
            f"{self.what}: measured {self.measured_ms:,.1f} ms, replayed {self.replayed_ms:,.1f} ms{http}, "
            f"{self.share:+.1%}; {verdict} the bound of {BOUND:.0%}"
        )


@dataclass(frozen=True)
class NotMeasured:
    """A benchmark that did not run; its bounds are not known to hold."""

    what: str
    reason: str
    holds: bool = False

    def __str__(self) -> str:
        return f"{self.what}: NOT MEASURED: {self.reason}"


@dataclass(frozen=True)
class Comparison:
    """One run of a generator: a configuration at one load."""

    generator: str
    configuration: str
    load: float
    """Share of the predicted capacity."""
    qps: float
    requests: int
    measured: Latencies
    replayed: Latencies
    http_ms: float

    def differences(self) -> Iterator[Difference]:
        """Mean and p95 of TTFT, ITL and E2E; HTTP takes its time once, before the first token."""
        for name in ("ttft", "itl", "e2e"):
            measured, replayed = getattr(self.measured, name), getattr(self.replayed, name)
            http_ms = 0.0 if name == "itl" else self.http_ms
            what = f"{self.generator} at {self.load:.0%} of {self.configuration}: {name.upper()}"
            yield Difference(f"{what} mean", measured.mean, replayed.mean, http_ms)
            yield Difference(f"{what} p95", measured.p95, replayed.p95, http_ms)
