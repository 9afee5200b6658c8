"""Candidates under a load: how much a replica carries, how many replicas that takes, what they cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.specification import Constraints, DeploymentSpecification, SLOTargets
from neuralnav.performance.replica import (
    ReplicaCurves,
    ReplicaPerformance,
    Workload,
    evaluate_replicas,
)
from neuralnav.performance.results import Targets
from neuralnav.planning.candidates import CandidateTable
from neuralnav.planning.cost import SECONDS_PER_HOUR, PriceBook, tokens_per_second

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
    curves: ReplicaCurves
    sequence_bytes: Floats
    """KV-cache bytes of a mean sequence in flight on each GPU."""


@dataclass(frozen=True)
class Sizing:
    """Candidates sized for a peak under targets; one entry for each row of its load."""

    max_qps: Floats
    """Of one replica, within the targets; 0 where a target fails even without load."""
    replicas: Integers
    """0 where no number of replicas helps."""
    gpus: Integers
    performance: ReplicaPerformance
    """Of one replica at its share of the peak."""
    hourly_usd: Floats
    """Infinite where no price is known."""

    @property
    def carries(self) -> NDArray[np.bool_]:
        """Whether the targets can be met at all."""
        return self.replicas > 0


def put_under_load(table: CandidateTable, rows: Rows, specification: DeploymentSpecification) -> Load:
    """Evaluate the candidates at ``rows`` for the specification's request lengths and arrivals."""
    workload = Workload.of(specification.traffic)
    kv_cache = table.kv_cache_bytes(specification.policy.gpu_memory_utilization)
    engines = replace(table.engines.take(rows), kv_cache_bytes=kv_cache[rows])
    places = engines.sequences(workload.context_tokens)
    with np.errstate(divide="ignore", invalid="ignore"):
        sequence_bytes = np.where(places > 0, engines.kv_cache_bytes / places, 0.0)
    return Load(rows, evaluate_replicas(engines, workload), sequence_bytes)


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

    Replicas = peak / (largest rate of one x ``max_utilisation``), rounded up, and one spare from the reliability on
    that the policy names.
    """
    wanted = targets or specification.slo_targets
    limits = constraints or specification.constraints
    policy, peak = specification.policy, specification.traffic.peak_qps
    max_qps = load.curves.max_qps(Targets(wanted.ttft_p95_ms, wanted.itl_p95_ms, wanted.e2e_p95_ms))
    usable = np.where(max_qps > 0, max_qps * policy.max_utilisation, 1.0)
    needed = np.minimum(np.ceil(peak / usable * (1 - 1e-12)), MOST_REPLICAS)
    spare = int(wanted.reliability_pct >= policy.spare_replica_from_pct)
    replicas = np.where(max_qps > 0, np.maximum(needed, 1) + spare, 0).astype(np.int64)
    share = np.where(replicas > 0, peak / np.maximum(replicas, 1), 0.0)
    return Sizing(
        max_qps=max_qps,
        replicas=replicas,
        gpus=replicas * table.tensor_parallel[load.rows],
        performance=load.curves.at(share),
        hourly_usd=_hourly_usd(table, load.rows, replicas, book, limits),
    )


def usd_per_million_tokens(hourly_usd: Floats, specification: DeploymentSpecification) -> Floats:
    """Cost of a million prompt and output tokens at the average load."""
    per_hour = tokens_per_second(specification.traffic) * SECONDS_PER_HOUR
    return hourly_usd / per_hour * 1e6


def _hourly_usd(table: CandidateTable, rows: Rows, replicas: Integers, book: PriceBook, limits: Constraints) -> Floats:
    hourly = np.full(rows.shape, np.inf)
    gpus, degrees = table.gpu_index[rows], table.tensor_parallel[rows]
    for gpu_at, degree in {(int(g), int(d)) for g, d in zip(gpus, degrees, strict=True)}:
        chosen = (gpus == gpu_at) & (degrees == degree) & (replicas > 0)
        gpu = table.gpus[gpu_at].gpu_type
        hourly[chosen] = book.hourly_usd(gpu, degree, replicas[chosen], limits.cloud_provider, limits.region)
    return hourly
