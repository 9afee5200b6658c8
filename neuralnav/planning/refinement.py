"""From estimates to simulations: what a plan rests on is simulated, most promising first, and kept."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.surface import Surfaces
from neuralnav.performance.sweep import Sweep
from neuralnav.planning.planner import Planner
from neuralnav.planning.promise import ToSimulate


class Sweeper(Protocol):
    """Whatever runs simulations: processes of this machine, or a cluster of them, with the same results."""

    def run(self, sweeps: Iterator[Sweep], seconds: float) -> Iterator[tuple[int, Surfaces]]:
        """Each sweep's number and surfaces, as they are done, for at most ``seconds``."""

    def prepare(self) -> None:
        """Begin to get ready, without waiting for it."""

    def warm_up(self, sweep: Sweep) -> None:
        """Get ready, so that the next run begins at once; ``sweep`` is something small to try."""


def refine(planner: Planner, wanted: ToSimulate, sweeper: Sweeper, seconds: float) -> Generator[NDArray[np.intp]]:
    """Simulate what is wanted for at most ``seconds``; gives the candidates whose engines are done, bit by bit.

    The planner's book holds the surfaces; plans made from then on rest on them.
    """
    batches = list(wanted.batches())
    sweeps = (planner.surfaces.sweep(wanted.shape, rows, context) for rows, context in batches)
    for number, surfaces in sweeper.run(sweeps, seconds):
        rows, _ = batches[number]
        alike, of = planner.surfaces.alike(rows)
        planner.surfaces.put(wanted.shape, alike, surfaces.take(of))
        yield rows
