"""Which configurations to simulate first: those that the answer depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.specification import SLOTargets
from neuralnav.models.vocabulary import View
from neuralnav.performance.calibration import Calibration
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.surface import IDLE, LOADS, REQUESTS, Surfaces
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.ranking import order
from neuralnav.planning.recommendations import Evaluated

Booleans = NDArray[np.bool_]
Positions = NDArray[np.intp]

METHOD = 1
"""Of simulating: to be raised whenever the scheduler or the step time changes, so that kept surfaces are not used."""
REACH = 1.5
"""An estimate without load that misses a target by more than this factor is not worth simulating.

Without load nothing queues: of 22,349 engines under the use cases' loads, estimates were 0.70 to 1.23 of what was then
simulated (TTFT 0.70 to 1.02, ITL 0.75 to 1.23, E2E 0.92 to 1.09)."""
BATCH = 8
"""Engines that are simulated in one go: about a tenth of a second."""


@dataclass(frozen=True)
class ToSimulate:
    """Candidates (rows of the table) to be simulated under a shape of load, most promising first."""

    shape: LoadShape
    rows: NDArray[np.intp]
    context_tokens: NDArray[np.intp]
    """What each of them is served with."""

    def __len__(self) -> int:
        return int(self.rows.size)

    def take(self, chosen: Booleans) -> ToSimulate:
        """Only these."""
        return ToSimulate(self.shape, self.rows[chosen], self.context_tokens[chosen])

    def batches(self) -> Iterator[tuple[NDArray[np.intp], int]]:
        """Rows to simulate together and their context; promising ones stay in front."""
        gathered: dict[int, list[int]] = {}
        for row, context in zip(self.rows.tolist(), self.context_tokens.tolist(), strict=True):
            together = gathered.setdefault(context, [])
            together.append(row)
            if len(together) == BATCH:
                yield np.array(gathered.pop(context), dtype=np.intp), context
        for context, rest in gathered.items():
            yield np.array(rest, dtype=np.intp), context


def edition(efficiencies: Efficiencies, calibration: Calibration) -> str:
    """What surfaces are kept under, besides engine and load: the version of everything that they come from."""
    made_from = f"{efficiencies.model_dump_json()} {LOADS.tolist()} {REQUESTS}"
    return f"{calibration.version}-{sha256(made_from.encode()).hexdigest()[:12]}-{METHOD}"


def within_reach(surfaces: Surfaces, targets: SLOTargets) -> Booleans:
    """Which engines are not far from every target even without load."""
    return np.asarray(
        (surfaces.ttft_p95_ms[:, IDLE] <= REACH * targets.ttft_p95_ms)
        & (surfaces.itl_p95_ms[:, IDLE] <= REACH * targets.itl_p95_ms)
        & (surfaces.e2e_p95_ms[:, IDLE] <= REACH * targets.e2e_p95_ms)
    )


def promising(evaluated: Evaluated, passes: Booleans, open_positions: Positions) -> Positions:
    """``open_positions`` by promise: what passes comes first, by its best place in any view."""
    best = np.full(passes.size, passes.size, dtype=np.int64)
    for view in View:
        ordered = order(evaluated.scores, view)
        ordered = ordered[passes[ordered]]
        best[ordered] = np.minimum(best[ordered], np.arange(ordered.size))
    names = evaluated.scores.names[open_positions]
    cost = evaluated.scores.hourly_usd[open_positions]
    return open_positions[np.lexsort((names, cost, best[open_positions]))]
