"""Measured open-loop runs in plans: where a configuration was measured under such requests, that comes first.

A run gives the ratio of what was measured to what is simulated at its rate. Between the rates of several runs ratios
are interpolated, beyond them the nearest one counts: so at a measured rate the surface is what was measured, and
elsewhere it is the simulation, corrected by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, groupby

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.figures import plural
from neuralnav.models.prediction import LoadKind
from neuralnav.models.specification import TrafficShape
from neuralnav.models.vocabulary import Burstiness
from neuralnav.performance.surface import LOADS, Surfaces
from neuralnav.planning.candidates import Candidate, CandidateTable
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.measured_runs import Configuration, MeasuredRuns, counted, newest, of_lengths

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]

METRICS = ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms")
TAIL_SPREAD = 0.08
"""How far a p95 of one run is from the next; what published runs that were repeated show for TTFT."""
NEAR_LENGTHS = 0.05
"""Mean lengths within this share of those planned with are near enough for p95s."""
NEAR_RATE = 0.1
"""Rates this much below the slowest and above the fastest measured one still count as measured."""
SHAPES_KEPT = 24
"""Lengths of requests whose runs stay sorted, those asked for last."""


@dataclass(frozen=True)
class Evidence:
    """What was measured of a configuration."""

    rates_qps: Floats
    """Each rate once, rising."""
    ratios: Floats
    """Measured over simulated p95s: a row for each of ``METRICS``, a column for each rate."""
    runs_by_rate: tuple[tuple[Benchmark, ...], ...]

    def covers(self, qps: float) -> bool:
        """Whether the rate lies within what was measured."""
        slowest, fastest = float(self.rates_qps[0]), float(self.rates_qps[-1])
        return slowest * (1 - NEAR_RATE) <= qps <= fastest * (1 + NEAR_RATE)

    @property
    def runs(self) -> tuple[Benchmark, ...]:
        """All runs, by rate."""
        return tuple(chain.from_iterable(self.runs_by_rate))

    @property
    def reference(self) -> str:
        """How many runs these are, and who measured them with what."""
        sources = dict.fromkeys(map(_source, self.runs))
        return f"{plural(len(self.runs), 'measured run')}: {'; '.join(sources)}"


@dataclass(frozen=True)
class _Points:
    """What was measured under one kind of requests: a row a configuration, a column a rate."""

    place: Rows
    """The row of each candidate; -1: it was not measured so."""
    rates_qps: Floats
    """Rising; infinite after a configuration's last rate."""
    p95s: Floats
    """Means over the runs, by configuration, metric and rate."""
    runs: tuple[tuple[tuple[Benchmark, ...], ...], ...]
    """By configuration and rate."""

    def up_to(self, most_qps: Floats, place: Rows) -> tuple[Rows, Floats, Floats]:
        """How many rates at ``place`` are no faster than these, and the rates and p95s; the last ones again and again.

        At least one rate of each has to be.
        """
        counts = (self.rates_qps[place] <= most_qps[:, None]).sum(axis=1)
        taken = np.minimum(np.arange(self.rates_qps.shape[1]), counts[:, None] - 1)
        rates = np.take_along_axis(self.rates_qps[place], taken, axis=1)
        return counts, rates, np.take_along_axis(self.p95s[place], taken[:, None, :], axis=2)


class MeasuredSurfaces:
    """Measured runs by candidate."""

    def __init__(self, table: CandidateTable, benchmarks: Sequence[Benchmark], reference: ReferenceData) -> None:
        self._runs = MeasuredRuns([run for run in benchmarks if _tells_p95s_at_a_rate(run)], reference)
        measured = self._runs.configurations
        self._candidates = len(table.candidates)
        self._rows: defaultdict[Configuration, list[int]] = defaultdict(list)
        for row, one in enumerate(table.candidates if measured else ()):
            if (configuration := _configuration(one)) in measured:
                self._rows[configuration].append(row)
        self._points = lru_cache(maxsize=SHAPES_KEPT)(self._points_near)

    def correct(self, rows: Rows, surfaces: Surfaces, shape: LoadShape) -> tuple[Surfaces, Mapping[int, Evidence]]:
        """``surfaces`` of the candidates at ``rows`` with what was measured, and the evidence by position in them."""
        if not self._rows or not _is_plain(shape):
            return surfaces, {}
        points = self._points(shape.parts[0])
        most = surfaces.saturation_qps * LOADS[-1]
        place = points.place[rows]
        at = np.flatnonzero((place >= 0) & (most > 0) & np.isfinite(surfaces.e2e_p95_ms).all(axis=1))
        at = at[points.rates_qps[place[at], 0] <= most[at]]
        if not at.size:
            return surfaces, {}
        place = place[at]
        counts, rates, measured = points.up_to(most[at], place)
        curves = np.stack([getattr(surfaces, metric)[at] for metric in METRICS], axis=1)
        ratios, corrected = _corrected(curves, surfaces.saturation_qps[at], rates, measured)
        evidence = {
            position: Evidence(rates[one, :count], ratios[one, :, :count], points.runs[row][:count])
            for one, (position, row, count) in enumerate(zip(at.tolist(), place.tolist(), counts.tolist(), strict=True))
        }
        changed = {metric: getattr(surfaces, metric).copy() for metric in METRICS}
        for number, metric in enumerate(METRICS):
            changed[metric][at] = corrected[:, number]
        return replace(surfaces, **changed), evidence

    def _points_near(self, requests: TrafficShape) -> _Points:
        """The runs under such requests, of the newest release of each configuration."""
        place = np.full(self._candidates, -1, dtype=np.intp)
        by_rate: list[tuple[tuple[Benchmark, ...], ...]] = []
        for configuration, rows in self._rows.items():
            near = newest(of_lengths(self._runs.of(configuration), requests, NEAR_LENGTHS))
            if near:
                place[rows] = len(by_rate)
                by_rate.append(tuple(tuple(same) for _, same in groupby(sorted(near, key=_rate), key=_rate)))
        most = max(map(len, by_rate), default=1)
        rates_qps = np.full((len(by_rate), most), np.inf)
        p95s = np.full((len(by_rate), len(METRICS), most), np.inf)
        for at, rates in enumerate(by_rate):
            rates_qps[at, : len(rates)] = [_rate(same[0]) for same in rates]
            p95s[at, :, : len(rates)] = [[mean_of(same, metric) for same in rates] for metric in METRICS]
        return _Points(place, rates_qps, p95s, tuple(by_rate))


def _corrected(curves: Floats, saturation_qps: Floats, rates: Floats, measured: Floats) -> tuple[Floats, Floats]:
    """Measured over simulated p95s at ``rates``, and the p95s at ``LOADS`` times these ratios.

    ``curves`` are the simulated p95s by engine, metric and load; corrected ones, too, never fall as the load grows.
    """
    simulated = _between(LOADS, curves, rates / saturation_qps[:, None])
    ratios = measured / simulated
    at_loads = _between(rates, ratios, LOADS * saturation_qps[:, None])
    return ratios, np.maximum.accumulate(curves * at_loads, axis=2)


def _between(known: Floats, values: Floats, wanted: Floats) -> Floats:
    """``numpy.interp`` of many curves at once: ``values`` at ``known``, read at ``wanted`` of the same row."""
    last = values.shape[2] - 1
    known = np.broadcast_to(known, (wanted.shape[0], last + 1))
    low = np.clip((known[:, None, :] <= wanted[:, :, None]).sum(axis=2) - 1, 0, last)
    high = np.minimum(low + 1, last)
    start, end = (np.take_along_axis(known, at, axis=1) for at in (low, high))
    width = np.where(end > start, end - start, np.inf)
    share = np.clip((wanted - start) / width, 0.0, 1.0)[:, None, :]
    here, there = (np.take_along_axis(values, at[:, None, :], axis=2) for at in (low, high))
    return np.asarray(here + share * (there - here))


def _configuration(one: Candidate) -> Configuration:
    return Configuration(one.served.architecture.name, one.served.precision, one.gpu.gpu_type, one.tensor_parallel)


def mean_of(runs: Sequence[Benchmark], metric: str) -> float:
    """The mean over the runs of a metric that all of them measured."""
    return float(sum(getattr(run, metric) for run in runs) / len(runs))


def _rate(run: Benchmark) -> float:
    return run.request_rate_rps or 0.0


def _tells_p95s_at_a_rate(run: Benchmark) -> bool:
    """Whether a run is of a single engine under Poisson arrivals without a warm prefix cache, with all three p95s."""
    plain = run.load is LoadKind.OPEN_LOOP and run.arrival == "poisson" and run.prefix_hit_ratio == 0
    return plain and all(counted(run, metric) is not None for metric in METRICS)


def _is_plain(shape: LoadShape) -> bool:
    return len(shape.parts) == 1 and shape.burstiness is Burstiness.STEADY and shape.prefix_cache_hit_ratio == 0


def _source(run: Benchmark) -> str:
    tool = f", {run.tool.value} {run.tool_version or ''}".rstrip() if run.tool else ""
    engine = f", {run.engine} {run.engine_version}" if run.engine_version else ""
    return f"{run.source}{tool}{engine} ({run.licence})"
