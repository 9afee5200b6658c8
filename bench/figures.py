"""One measured figure, as it is printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, over how many runs, against which bound (milliseconds)."""

    what: str
    samples_ms: tuple[float, ...]
    bound_ms: float

    def percentile(self, share: float) -> float:
        """The nearest-rank percentile in milliseconds."""
        ranked = sorted(self.samples_ms)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]

    @property
    def holds(self) -> bool:
        """Whether the 95th percentile is within the bound."""
        return self.percentile(0.95) <= self.bound_ms

    def __str__(self) -> str:
        p95 = self.percentile(0.95)
        verdict = "holds" if self.holds else "MISSES"
        return (
            f"{self.what}: median {self.percentile(0.5):.0f} ms, p95 {p95:.0f} ms, max {max(self.samples_ms):.0f} ms "
            f"over {len(self.samples_ms)}; {verdict} the bound of {self.bound_ms:.0f} ms"
        )
