"""Engines whose capacity surfaces are to be simulated: plain data that any process can be given a part of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralnav.performance.arrivals import ArrivalProcess, RequestShape
from neuralnav.performance.replica import Engines


@dataclass(frozen=True)
class Sweep:
    """Engines, and the requests that all of them get."""

    engines: Engines
    shape: RequestShape
    process: ArrivalProcess

    def __len__(self) -> int:
        return int(self.engines.max_num_seqs.size)

    def parts(self, size: int) -> list[Sweep]:
        """The same in parts of at most ``size`` engines."""
        chosen = [np.arange(first, min(first + size, len(self))) for first in range(0, len(self), size)]
        return [Sweep(self.engines.take(rows), self.shape, self.process) for rows in chosen]
