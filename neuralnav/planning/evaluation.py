"""Candidates under a load: how much a replica carries, how many replicas that takes, what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.specification import Constraints, DeploymentSpecification, SLOTargets
from neuralnav.performance.results import Targets
from neuralnav.performance.surface import ReplicaPerformance, Surfaces
from neuralnav.planning.candidates import MOST_DEGREE, CandidateTable
from neuralnav.planning.cost import SECONDS_PER_HOUR, PriceBook, tokens_per_second
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.measured_surfaces import Evidence
from neuralnav.planning.replicas import replicas_for
from neuralnav.planning.slo import spare_replicas
from neuralnav.planning.surface_book import SurfaceBook
from neuralnav.planning.traffic import planned_peak_qps

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Rows = NDArray[np.intp]

MOST_REPLICAS = 10_000_000
"""Counts above this are not told apart."""


@dataclass(frozen=True)
class Load:
    """Candidates with their performance over the whole range of load, before any target."""

    rows: Rows
    """Which rows of the candidate table these are."""
    surfaces: Surfaces
    sequence_bytes: Floats
    """KV-cache bytes of a mean sequence in flight on each GPU."""
    measured: Mapping[int, Evidence]
    """What was measured of some, by position."""


@dataclass(frozen=True)
class Sizing:
    """Candidates sized for a peak under targets; one entry for each row of its load."""

    surfaces: Surfaces
    peak_qps: float
    max_qps: Floats
    """Of one replica, within the targets; 0 where a target fails even without load."""
    replicas: Integers
    """0 where no number of replicas helps."""
    gpus: Integers
    hourly_usd: Floats
    """Infinite where no price is known."""

    @cached_property
    def performance(self) -> ReplicaPerformance:
        """Of one replica at its share of the peak; searches for changes mostly do without."""
        return self.surfaces.at(np.where(self.carries, self.peak_qps / np.maximum(self.replicas, 1), 0.0))

    @property
    def carries(self) -> NDArray[np.bool_]:
        """Whether the targets can be met at all."""
        return self.replicas > 0


def put_under_load(
    table: CandidateTable, book: SurfaceBook, rows: Rows, specification: DeploymentSpecification
) -> Load:
    """The candidates at ``rows`` under a specification's requests: simulated where that was done, else estimated."""
    shape = LoadShape.of(specification)
    surfaces = book.surfaces(shape).take(rows)
    unknown = np.flatnonzero(~surfaces.simulated)
    if unknown.size:
        surfaces = surfaces.put(unknown, book.estimate(shape, rows[unknown]))
    context = np.full(len(table.candidates), shape.workload.context_tokens)
    corrected, evidence = book.measured.correct(rows, surfaces, shape)
    return Load(rows, corrected, table.sequence_bytes(context)[rows], evidence)


def size(
    table: CandidateTable,
    load: Load,
    specification: DeploymentSpecification,
    book: PriceBook,
    *,
    targets: SLOTargets | None = None,
    constraints: Constraints | None = None,
) -> Sizing:
    """Replicas for the peak, their latencies and their cost; ``targets`` and ``constraints`` replace the stated ones.

    Replicas = planned peak / (largest rate of one x ``max_utilisation``), rounded up, and one spare from the
    reliability on that the policy names; or as many as are pinned.
    """
    wanted = targets or specification.slo_targets
    limits = constraints or specification.constraints
    policy = specification.policy
    max_qps = load.surfaces.max_qps(Targets(wanted.ttft_p95_ms, wanted.itl_p95_ms, wanted.e2e_p95_ms))
    needed = np.minimum(replicas_for(planned_peak_qps(specification), max_qps, policy), MOST_REPLICAS)
    wanted_replicas = specification.pinned.replicas or needed + spare_replicas(wanted, policy)
    replicas = np.where(max_qps > 0, wanted_replicas, 0).astype(np.int64)
    return Sizing(
        surfaces=load.surfaces,
        peak_qps=specification.traffic.peak_qps,
        max_qps=max_qps,
        replicas=replicas,
        gpus=replicas * table.tensor_parallel[load.rows],
        hourly_usd=_hourly_usd(table, load.rows, replicas, book, limits),
    )


def usd_per_million_tokens(hourly_usd: Floats, specification: DeploymentSpecification) -> Floats:
    """Cost of a million prompt and output tokens at the average load."""
    per_hour = tokens_per_second(specification.traffic) * SECONDS_PER_HOUR
    return hourly_usd / per_hour * 1e6


def _hourly_usd(table: CandidateTable, rows: Rows, replicas: Integers, book: PriceBook, limits: Constraints) -> Floats:
    hourly = np.full(rows.shape, np.inf)
    kinds = np.where(replicas > 0, table.kinds[rows], -1)
    for kind in np.unique(kinds[kinds >= 0]):
        chosen = kinds == kind
        gpu_at, degree = divmod(int(kind), MOST_DEGREE)
        gpu = table.gpus[gpu_at].gpu_type
        hourly[chosen] = book.hourly_usd(gpu, degree, replicas[chosen], limits.cloud_provider, limits.region)
    return hourly
