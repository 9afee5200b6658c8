"""Capacity surfaces as they are kept: rows of numbers under the keys of the engines that they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SurfaceRecords:
    """Simulated surfaces for one shape of requests; a row an engine, a column a load."""

    engine_keys: NDArray[np.str_]
    saturation_qps: Floats
    ttft_p95_ms: Floats
    itl_p95_ms: Floats
    e2e_p95_ms: Floats
    sequences: Floats

    def __len__(self) -> int:
        return int(self.engine_keys.size)

    def take(self, rows: NDArray[np.intp]) -> SurfaceRecords:
        """Only the engines at these positions."""
        return SurfaceRecords(
            engine_keys=self.engine_keys[rows],
            saturation_qps=self.saturation_qps[rows],
            ttft_p95_ms=self.ttft_p95_ms[rows],
            itl_p95_ms=self.itl_p95_ms[rows],
            e2e_p95_ms=self.e2e_p95_ms[rows],
            sequences=self.sequences[rows],
        )
