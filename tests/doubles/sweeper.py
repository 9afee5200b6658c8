"""A sweeper in the test's own process: it really simulates, one sweep after the other, as far as it is let."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from neuralnav.performance.surface import Surfaces
from neuralnav.performance.sweep import Sweep
from neuralnav.performance.sweep_simulation import simulate


@dataclass
class InlineSweeper:
    """Gives up after ``most`` sweeps a run."""

    most: int | None = None
    sizes: list[int] = field(default_factory=list)
    """Engines of each sweep that was asked for."""
    windows: list[int] = field(default_factory=list)
    """The context of each."""
    open_runs: int = 0

    def run(self, sweeps: Iterator[Sweep], seconds: float) -> Iterator[tuple[int, Surfaces]]:
        self.open_runs += 1
        try:
            for number, sweep in enumerate(sweeps):
                if self.most is not None and number >= self.most:
                    return
                self.sizes.append(len(sweep))
                self.windows.append(sweep.shape.context_window)
                yield number, simulate(sweep)
        finally:
            self.open_runs -= 1

    def prepare(self) -> None:
        """Nothing: what simulates is this process."""

    def warm_up(self, sweep: Sweep) -> None:
        simulate(sweep)
