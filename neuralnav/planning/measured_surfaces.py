"""Measured open-loop runs in plans: where a configuration was measured under such requests, that comes first.

A run gives the ratio of what was measured to what is simulated at its rate. Between the rates of several runs ratios
are interpolated, beyond them the nearest one counts: so at a measured rate the surface is what was measured, and
elsewhere it is the simulation, corrected by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.vocabulary import Burstiness
from neuralnav.performance.surface import LOADS, Surfaces
from neuralnav.planning.candidates import CandidateTable
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.measured_loads import MeasuredLoads

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]

METRICS = ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms")
TAIL_SPREAD = 0.08
"""How far a p95 of one run is from the next; what published runs that were repeated show for TTFT."""
NEAR_RATE = 0.1
"""Rates this much below the slowest and above the fastest measured one still count as measured."""


@dataclass(frozen=True)
class Evidence:
    """What was measured of a configuration."""

    slowest_qps: float
    fastest_qps: float
    reference: str

    def covers(self, qps: float) -> bool:
        """Whether the rate lies within what was measured."""
        return self.slowest_qps * (1 - NEAR_RATE) <= qps <= self.fastest_qps * (1 + NEAR_RATE)


class MeasuredSurfaces:
    """Measured runs by candidate."""

    def __init__(self, table: CandidateTable, benchmarks: Sequence[Benchmark], reference: ReferenceData) -> None:
        self._loads = MeasuredLoads([run for run in benchmarks if _is_whole(run)], reference)
        wanted = self._loads.configurations
        self._configurations = {
            row: key
            for row, one in enumerate(table.candidates if wanted else ())
            if (key := (one.served.architecture.name, one.served.precision, one.gpu.gpu_type, one.tensor_parallel))
            in wanted
        }

    def correct(self, rows: Rows, surfaces: Surfaces, shape: LoadShape) -> tuple[Surfaces, Mapping[int, Evidence]]:
        """``surfaces`` of the candidates at ``rows`` with what was measured, and the evidence by position in them."""
        found: dict[int, Evidence] = {}
        if not self._configurations or not _is_plain(shape):
            return surfaces, found
        workload = shape.workload
        for position, row in enumerate(rows.tolist()):
            if row in self._configurations and surfaces.saturation_qps[position] > 0:
                runs = self._loads.near(*self._configurations[row], workload.prompt.mean, workload.output.mean)
                at = np.array([position], dtype=np.intp)
                rates, corrected = _corrected(surfaces.take(at), runs)
                if rates.size:
                    surfaces = surfaces.put(at, corrected)
                    found[position] = Evidence(float(rates[0]), float(rates[-1]), _reference(runs))
        return surfaces, found


def _corrected(surface: Surfaces, runs: Sequence[Benchmark]) -> tuple[Floats, Surfaces]:
    """One surface as the runs correct it, and the rates of those that it could be compared with."""
    most = float(surface.saturation_qps[0]) * LOADS[-1]
    comparable = [run for run in runs if (run.request_rate_rps or 0) <= most]
    rates = np.array(sorted({float(run.request_rate_rps or 0) for run in comparable}))
    if not rates.size:
        return rates, surface
    offered = LOADS * surface.saturation_qps[0]
    curves = {}
    for metric in METRICS:
        measured = [
            np.mean([getattr(run, metric) for run in comparable if run.request_rate_rps == qps]) for qps in rates
        ]
        simulated = np.interp(rates, offered, getattr(surface, metric)[0])
        ratios = np.interp(offered, rates, np.array(measured) / simulated)
        curves[metric] = np.maximum.accumulate(getattr(surface, metric) * ratios, axis=1)
    return rates, Surfaces(
        saturation_qps=surface.saturation_qps, sequences=surface.sequences, simulated=surface.simulated, **curves
    )


def _is_whole(run: Benchmark) -> bool:
    return None not in (run.ttft_p95_ms, run.itl_p95_ms, run.e2e_p95_ms)


def _is_plain(shape: LoadShape) -> bool:
    return len(shape.parts) == 1 and shape.burstiness is Burstiness.STEADY and shape.prefix_cache_hit_ratio == 0


def _reference(runs: Sequence[Benchmark]) -> str:
    first = runs[0]
    tool = f", {first.tool.value} {first.tool_version or ''}".rstrip() if first.tool else ""
    engine = f", {first.engine} {first.engine_version}" if first.engine_version else ""
    count = "1 measured run" if len(runs) == 1 else f"{len(runs)} measured runs"
    return f"{count}: {first.source}{tool}{engine} ({first.licence})"
