"""What rules a configuration out: each requirement with its reason and the field that would let it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.figures import duration
from neuralnav.models.specification import (
    Constraints,
    DeploymentSpecification,
    Pinned,
    PlanningPolicy,
    SLOTargets,
)
from neuralnav.models.vocabulary import CloudProvider
from neuralnav.planning.candidates import CandidateTable
from neuralnav.planning.cost import HOURS_PER_MONTH, PriceBook
from neuralnav.planning.evaluation import Load, Sizing, usd_per_million_tokens
from neuralnav.planning.pins import check_pins
from neuralnav.planning.slo import spare_replicas
from neuralnav.planning.suitability import Suitability
from neuralnav.planning.traffic import planned_peak_qps

Booleans = NDArray[np.bool_]

MEMORY_REASON = "GPU memory: weights and one request do not fit"
THIN_SPLIT_REASON = "tensor parallelism: too little of the model on each GPU to be worth it"
IDLE_REASON = "targets: kept only while nearly idle"
SLO_FIELDS = ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms")
BUDGET_FIELDS = ("max_monthly_cost_usd", "max_hourly_cost_usd", "max_cost_per_1k_tokens_usd")
PLAN_LIMIT = "policy.max_gpus_per_plan"
GPU_COUNT_FIELDS = ("max_gpus", PLAN_LIMIT)


@dataclass(frozen=True)
class Requirement:
    """One requirement and which configurations fail it."""

    reason: str
    field: str | None
    """The specification field whose change would help; ``None``: nothing helps."""
    fails: Booleans


def fixed_requirements(
    table: CandidateTable,
    specification: DeploymentSpecification,
    judged: Sequence[Suitability],
    book: PriceBook,
) -> tuple[Requirement, ...]:
    """What can be said about every candidate before any performance is worked out.

    Raises:
        InvalidInputError: a pin names what does not exist, or contradicts another pin or a constraint.
    """
    check_pins(specification, table.served, table.gpus)
    return (
        *_of_models(table, judged),
        *_of_formats(table),
        *_of_memory(table, specification, judged),
        *_of_hardware(table, specification.constraints, book),
        *_of_pinned_hardware(table, specification.pinned),
    )


def sized_requirements(load: Load, sizing: Sizing, specification: DeploymentSpecification) -> tuple[Requirement, ...]:
    """What can be said once replicas and costs are known; one entry for each row of ``load``."""
    return (
        *_of_targets(load, sizing, specification.slo_targets),
        _of_idleness(load, sizing, specification.policy),
        *_of_pinned_replicas(sizing, specification),
        *_of_gpu_counts(sizing, specification),
        *_of_budgets(sizing, specification),
    )


def first_reasons(requirements: Sequence[Requirement]) -> dict[str, int]:
    """How many configurations each requirement is the first to rule out."""
    if not requirements:
        return {}
    still_in = np.ones(requirements[0].fails.shape, dtype=np.bool_)
    counted: dict[str, int] = {}
    for requirement in requirements:
        ruled_out = int((still_in & requirement.fails).sum())
        if ruled_out:
            counted[requirement.reason] = counted.get(requirement.reason, 0) + ruled_out
        still_in &= ~requirement.fails
    return counted


def failing_one_field(requirements: Sequence[Requirement]) -> Booleans:
    """Which configurations fail only requirements on one and the same field, or none at all."""
    by_field: dict[str | None, Booleans] = {}
    for requirement in requirements:
        failed = by_field.get(requirement.field)
        by_field[requirement.field] = requirement.fails if failed is None else failed | requirement.fails
    hopeless = by_field.pop(None, np.zeros_like(requirements[0].fails))
    failed_fields = np.sum([*by_field.values(), hopeless], axis=0)
    return np.asarray(~hopeless & (failed_fields <= 1))


def passing(requirements: Sequence[Requirement], ignore: Sequence[str] = ()) -> Booleans:
    """Which configurations fail nothing but requirements on the fields to ``ignore``."""
    fails = np.zeros_like(requirements[0].fails)
    for requirement in requirements:
        if requirement.field is None or requirement.field not in ignore:
            fails |= requirement.fails
    return ~fails


def _of_models(table: CandidateTable, judged: Sequence[Suitability]) -> Iterator[Requirement]:
    refusals = list(dict.fromkeys(refusal for one in judged for refusal in one.refusals))
    for refusal in sorted(refusals, key=lambda refusal: refusal.field is not None):
        refused = np.array([refusal in one.refusals for one in judged], dtype=np.bool_)
        yield Requirement(refusal.reason, refusal.field, refused[table.served_index])


def _of_formats(table: CandidateTable) -> Iterator[Requirement]:
    for reason, fails in table.impossible.items():
        yield Requirement(reason, None, fails)


def _of_memory(
    table: CandidateTable, specification: DeploymentSpecification, judged: Sequence[Suitability]
) -> Iterator[Requirement]:
    policy = specification.policy
    thin = (table.tensor_parallel > 1) & (table.weights_gib < policy.min_weight_gib_per_gpu)
    wanted_so = table.tensor_parallel == (specification.pinned.tensor_parallel or 0)
    yield Requirement(THIN_SPLIT_REASON, None, thin & ~wanted_so)
    contexts = np.array([one.context_tokens for one in judged], dtype=np.float64)[table.served_index]
    left = table.kv_cache_bytes(policy.gpu_memory_utilization)
    yield Requirement(MEMORY_REASON, None, (left <= 0) | (left < table.sequence_bytes(contexts)))


def _of_hardware(table: CandidateTable, constraints: Constraints, book: PriceBook) -> Iterator[Requirement]:
    if constraints.available_gpus is not None:
        allowed = np.array([gpu.gpu_type in constraints.available_gpus for gpu in table.gpus])
        yield Requirement("GPU: not among the available ones", "available_gpus", ~allowed[table.gpu_index])
    if constraints.excluded_gpus is not None:
        refused = np.array([gpu.gpu_type in constraints.excluded_gpus for gpu in table.gpus])
        yield Requirement("GPU: excluded", "excluded_gpus", refused[table.gpu_index])
    if constraints.max_tensor_parallel is not None:
        yield Requirement(
            f"tensor parallelism: above {constraints.max_tensor_parallel}",
            "max_tensor_parallel",
            table.tensor_parallel > constraints.max_tensor_parallel,
        )
    provider, region = constraints.cloud_provider, constraints.region
    if provider is not None:
        yield Requirement(f"price: not offered by {provider}", "cloud_provider", ~_offered(table, book, provider, None))
    if region is not None:
        yield Requirement(f"price: not offered in {region}", "region", ~_offered(table, book, provider, region))


def _of_pinned_hardware(table: CandidateTable, pinned: Pinned) -> Iterator[Requirement]:
    if pinned.gpu_type is not None:
        other = np.array([gpu.gpu_type is not pinned.gpu_type for gpu in table.gpus])
        yield Requirement(f"pinned: the GPU is not {pinned.gpu_type}", "pinned.gpu_type", other[table.gpu_index])
    if pinned.tensor_parallel is not None:
        yield Requirement(
            f"pinned: tensor parallelism is not {pinned.tensor_parallel}",
            "pinned.tensor_parallel",
            table.tensor_parallel != pinned.tensor_parallel,
        )


def _offered(table: CandidateTable, book: PriceBook, provider: CloudProvider | None, region: str | None) -> Booleans:
    rows = zip(table.gpu_index, table.tensor_parallel, strict=True)
    known: dict[tuple[int, int], bool] = {}
    for gpu_at, degree in {(int(gpu), int(degree)) for gpu, degree in rows}:
        known[gpu_at, degree] = book.offers(table.gpus[gpu_at].gpu_type, degree, provider, region)
    rows = zip(table.gpu_index, table.tensor_parallel, strict=True)
    return np.array([known[int(gpu), int(degree)] for gpu, degree in rows], dtype=np.bool_)


def _of_targets(load: Load, sizing: Sizing, targets: SLOTargets) -> Iterator[Requirement]:
    idle = (load.surfaces.ttft_p95_ms[:, 0], load.surfaces.itl_p95_ms[:, 0], load.surfaces.e2e_p95_ms[:, 0])
    wanted = [getattr(targets, field) for field in SLO_FIELDS]
    excess = np.array([values / target for values, target in zip(idle, wanted, strict=True)])
    worst = excess.argmax(axis=0)
    for at, (field, target) in enumerate(zip(SLO_FIELDS, wanted, strict=True)):
        name = field.split("_")[0].upper()
        reason = f"{name} p95: above {duration(target)} even without load"
        yield Requirement(reason, field, ~sizing.carries & (worst == at))


def _of_idleness(load: Load, sizing: Sizing, policy: PlanningPolicy) -> Requirement:
    least = policy.min_throughput_share * load.surfaces.saturation_qps
    return Requirement(IDLE_REASON, None, sizing.carries & (sizing.max_qps < least))


def _of_pinned_replicas(sizing: Sizing, specification: DeploymentSpecification) -> Iterator[Requirement]:
    """Whether the pinned replicas, but for spare ones, carry what is planned for."""
    pinned = specification.pinned.replicas
    if pinned is None:
        return
    working = pinned - spare_replicas(specification.slo_targets, specification.policy)
    carried = working * sizing.max_qps * specification.policy.max_utilisation
    too_few = sizing.carries & (carried < planned_peak_qps(specification) * (1 - 1e-9))
    do = "replica does" if pinned == 1 else "replicas do"
    yield Requirement(f"pinned: {pinned:,} {do} not carry the peak", "pinned.replicas", too_few)


def _of_gpu_counts(sizing: Sizing, specification: DeploymentSpecification) -> Iterator[Requirement]:
    limits = (specification.constraints.max_gpus, specification.policy.max_gpus_per_plan)
    for field, limit in zip(GPU_COUNT_FIELDS, limits, strict=True):
        if limit is not None:
            yield Requirement(f"GPUs: more than {limit:,}", field, sizing.gpus > limit)


def _of_budgets(sizing: Sizing, specification: DeploymentSpecification) -> Iterator[Requirement]:
    constraints = specification.constraints
    hourly = sizing.hourly_usd
    costs = (
        hourly * HOURS_PER_MONTH,
        hourly,
        usd_per_million_tokens(hourly, specification) / 1000,
    )
    stated = [(f, getattr(constraints, f), cost) for f, cost in zip(BUDGET_FIELDS, costs, strict=True)]
    stated = [(field, limit, cost) for field, limit, cost in stated if limit is not None]
    if stated:
        yield Requirement("budget: no price is known for the GPU", None, np.isinf(hourly))
    for field, limit, cost in stated:
        words = field.removeprefix("max_").removesuffix("_usd").replace("_", " ")
        yield Requirement(f"budget: {words} above ${limit:,.4g}", field, cost > limit)
