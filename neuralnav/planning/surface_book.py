"""Capacity surfaces of one candidate table, by shape of load: what is known is looked up, the rest is estimated."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.surface import SurfaceRecords
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.replica import evaluate_replicas
from neuralnav.performance.surface import Surfaces
from neuralnav.performance.sweep import Sweep
from neuralnav.planning.candidates import CandidateTable
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.measured_surfaces import MeasuredSurfaces
from neuralnav.planning.step_costs import StepCosts

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]

SHAPES_KEPT = 24
"""Shapes of load in memory, those asked for last: about 3 MB each."""


class SurfaceBook:
    """Surfaces of every candidate, shape by shape; may be used from several threads."""

    def __init__(self, table: CandidateTable, efficiencies: Efficiencies, measured: MeasuredSurfaces) -> None:
        self.measured = measured
        self._table = table
        self._costs = StepCosts(table, efficiencies)
        self._known: OrderedDict[str, Surfaces] = OrderedDict()
        self._changes = itertools.count(1)
        self._versions: dict[str, int] = {}
        self._writing = Lock()

    def surfaces(self, shape: LoadShape) -> Surfaces:
        """What is known for ``shape``, a row a candidate."""
        with self._writing:
            if shape.key not in self._known:
                return Surfaces.unknown(len(self._table.candidates))
            self._known.move_to_end(shape.key)
            return self._known[shape.key]

    def knows(self, shape: LoadShape) -> bool:
        """Whether anything was put for ``shape``."""
        return shape.key in self._known

    def version(self, shape: LoadShape) -> int:
        """Changes whenever anything is put for ``shape`` or forgotten."""
        return self._versions.get(shape.key, 0)

    def put(self, shape: LoadShape, rows: Rows, surfaces: Surfaces) -> None:
        """Keep the surfaces of the candidates at ``rows``."""
        with self._writing:
            known = self._known.pop(shape.key, None) or Surfaces.unknown(len(self._table.candidates))
            self._known[shape.key] = known.put(rows, surfaces)
            self._versions[shape.key] = next(self._changes)
            while len(self._known) > SHAPES_KEPT:
                oldest, _ = self._known.popitem(last=False)
                del self._versions[oldest]

    def put_records(self, shape: LoadShape, records: SurfaceRecords) -> None:
        """Keep simulated surfaces for all candidates that are these engines."""
        at = {key: row for row, key in enumerate(records.engine_keys.tolist())}
        rows = np.array([row for row, key in enumerate(self._table.engine_keys.tolist()) if key in at], dtype=np.intp)
        found = records.take(np.array([at[key] for key in self._table.engine_keys[rows].tolist()], dtype=np.intp))
        self.put(shape, rows, _surfaces_of(found))

    def records(self, shape: LoadShape, rows: Rows) -> SurfaceRecords:
        """The simulated ones among the candidates at ``rows``, each engine once."""
        known = self.surfaces(shape)
        simulated = self.distinct(rows[known.simulated[rows]])
        found = known.take(simulated)
        return SurfaceRecords(
            engine_keys=self._table.engine_keys[simulated],
            saturation_qps=found.saturation_qps,
            ttft_p95_ms=found.ttft_p95_ms,
            itl_p95_ms=found.itl_p95_ms,
            e2e_p95_ms=found.e2e_p95_ms,
            sequences=found.sequences,
        )

    def estimate(self, shape: LoadShape, rows: Rows) -> Surfaces:
        """Surfaces of the candidates at ``rows`` by formulas."""
        engines = self._costs.engines(rows, shape.gpu_memory_utilization)
        return evaluate_replicas(engines, shape.workload).surfaces()

    def distinct(self, rows: Rows) -> Rows:
        """Of candidates that are the same engine, the first; in the order of ``rows``."""
        _, first = np.unique(self._table.engine_keys[rows], return_index=True)
        return rows[np.sort(first)]

    def alike(self, rows: Rows) -> tuple[Rows, Rows]:
        """All candidates that are the same engine as one of ``rows``, and the position of that one in ``rows``."""
        at = {key: position for position, key in enumerate(self._table.engine_keys[rows].tolist())}
        pairs = [(row, at[key]) for row, key in enumerate(self._table.engine_keys.tolist()) if key in at]
        found = np.array(pairs, dtype=np.intp).reshape(len(pairs), 2)
        return found[:, 0], found[:, 1]

    def sweep(self, shape: LoadShape, rows: Rows, context_window: int) -> Sweep:
        """What is to be simulated for the candidates at ``rows``, which serve this context."""
        engines = self._costs.engines(rows, shape.gpu_memory_utilization)
        return Sweep(engines, shape.requests(context_window), shape.process)


def _surfaces_of(records: SurfaceRecords) -> Surfaces:
    return Surfaces(
        saturation_qps=records.saturation_qps,
        ttft_p95_ms=records.ttft_p95_ms,
        itl_p95_ms=records.itl_p95_ms,
        e2e_p95_ms=records.e2e_p95_ms,
        sequences=records.sequences,
        simulated=np.ones(len(records), dtype=np.bool_),
    )
