"""Capacity surfaces: the p95 latencies of engines over the whole range of load, ready to be asked for any targets.

A surface belongs to one engine and one shape of requests. Its loads are fixed shares of the rate that saturates the
replica, so that the surfaces of thousands of engines are plain arrays, and a target or a rate is looked up in all of
them at once. Between two loads latencies are linear; as they bend upwards, that is on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.results import Targets

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Rows = NDArray[np.intp]

LOADS = np.array([0.02, 0.08, 0.16, 0.25, 0.35, 0.45, 0.55, 0.64, 0.71, 0.77, 0.82, 0.86, 0.9])
"""Shares of the saturation rate. Beyond the last one queues grow with the length of a run, and nothing is promised."""
REQUESTS = (1500,) * 7 + (2000,) + (4000,) * 2 + (8000,) * 3
"""Requests that are simulated at each load: queues of a heavy load take long to build."""
IDLE = 0
"""The column of the lightest load: requests mostly have the replica to themselves."""


@dataclass(frozen=True)
class ReplicaPerformance:
    """Performance at a rate; one entry an engine. Saturated entries have infinite latencies, never NaN."""

    ttft_p95_ms: Floats
    itl_p95_ms: Floats
    e2e_p95_ms: Floats
    sequences: Floats
    """Mean number in flight."""
    utilisation: Floats
    """Share of the highest rate that the replica can finish, whatever the latency; 1 when saturated."""
    saturated: Booleans


@dataclass(frozen=True)
class Surfaces:
    """Surfaces of engines (rows) at ``LOADS`` (columns)."""

    saturation_qps: Floats
    """Requests a second that a replica finishes when it never idles; 0: nothing is known of it, or it serves none."""
    ttft_p95_ms: Floats
    itl_p95_ms: Floats
    e2e_p95_ms: Floats
    sequences: Floats
    """Mean number in flight."""
    simulated: Booleans
    """Whether a row was simulated; the others are estimates by formulas."""

    @classmethod
    def unknown(cls, engines: int) -> Self:
        """As many surfaces of which nothing is known."""
        shape = (engines, LOADS.size)
        return cls(
            saturation_qps=np.zeros(engines),
            ttft_p95_ms=np.full(shape, np.inf),
            itl_p95_ms=np.full(shape, np.inf),
            e2e_p95_ms=np.full(shape, np.inf),
            sequences=np.zeros(shape),
            simulated=np.zeros(engines, dtype=np.bool_),
        )

    def take(self, rows: Rows) -> Surfaces:
        """Only the engines at these positions."""
        return Surfaces(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def put(self, rows: Rows, others: Surfaces) -> Surfaces:
        """The same with ``others`` at these positions."""
        changed = {}
        for field in fields(self):
            changed[field.name] = getattr(self, field.name).copy()
            changed[field.name][rows] = getattr(others, field.name)
        return Surfaces(**changed)

    def max_qps(self, targets: Targets) -> Floats:
        """The highest rate at which all three p95 targets hold; 0 where even an idle replica misses one."""
        position = np.full(self.saturation_qps.shape, LOADS.size - 1.0)
        for latencies, target in (
            (self.ttft_p95_ms, targets.ttft_ms),
            (self.itl_p95_ms, targets.itl_ms),
            (self.e2e_p95_ms, targets.e2e_ms),
        ):
            np.minimum(position, _last_within(latencies, target), out=position)
        return np.where(position >= 0, self.saturation_qps * np.interp(position, _COLUMNS, LOADS), 0.0)

    def at(self, qps: Floats) -> ReplicaPerformance:
        """Latencies when each engine sees its own rate ``qps``; loads below the lightest one count as that."""
        known = self.saturation_qps > 0
        utilisation = np.where(known, qps / np.where(known, self.saturation_qps, 1.0), 1.0)
        saturated = ~known | (utilisation > LOADS[-1] * (1 + 1e-9))
        position = np.interp(utilisation, LOADS, _COLUMNS)

        def latency(curve: Floats) -> Floats:
            return np.where(saturated, np.inf, _read(curve, position))

        return ReplicaPerformance(
            ttft_p95_ms=latency(self.ttft_p95_ms),
            itl_p95_ms=latency(self.itl_p95_ms),
            e2e_p95_ms=latency(self.e2e_p95_ms),
            sequences=np.where(known, _read(self.sequences, position), 0.0),
            utilisation=np.minimum(utilisation, 1.0),
            saturated=saturated,
        )


_COLUMNS = np.arange(LOADS.size, dtype=np.float64)


def _last_within(curves: Floats, limit: float) -> Floats:
    """Per row of rising ``curves``, the last position within ``limit``, fractions between columns; -1: nowhere."""
    within = np.count_nonzero(curves <= limit, axis=1) - 1
    low = np.clip(within, 0, curves.shape[1] - 2)
    rows = np.arange(curves.shape[0])
    here, there = curves[rows, low], curves[rows, low + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip((limit - here) / (there - here), 0.0, 1.0)
    return np.where(within < 0, -1.0, np.where(there > here, low + share, within))


def _read(curves: Floats, position: Floats) -> Floats:
    """The value of each row of ``curves`` at its position."""
    low = np.minimum(position.astype(np.intp), curves.shape[1] - 2)
    rows = np.arange(curves.shape[0])
    here, there = curves[rows, low], curves[rows, low + 1]
    with np.errstate(invalid="ignore"):
        between = here + (position - low) * (there - here)
    return np.where(np.isfinite(between), between, np.inf)
