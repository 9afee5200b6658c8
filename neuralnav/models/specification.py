"""What will be planned for: the intent worked out into traffic, SLO targets and constraints."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, field_validator, model_validator

from neuralnav.errors import NotFoundError
from neuralnav.models.base import (
    Frozen,
    GpuCount,
    Milliseconds,
    Name,
    Number,
    PlainText,
    Ratio,
    RequestsPerSecond,
    TensorParallel,
    UsDollars,
    WholeNumber,
)
from neuralnav.models.gpus import resolve_gpu
from neuralnav.models.intent import DeploymentIntent, GpuNames, ModelNames, excluded_beside_available
from neuralnav.models.vocabulary import Burstiness, CloudProvider, GpuType, LicenceDemand, Precision, Quality

TAIL_OVER_MEAN = MappingProxyType({"fixed": 1.0, "uniform_0.8_1.0": 1.1, "lognormal": 2.0})
"""The 95th percentile over the mean where only the mean of a length distribution is given."""

LONGEST_MEAN = 10_000_000
"""The largest mean length of a request's part, in tokens."""

EDITED = "edited"
"""Evidence of a value that was set in a field instead of in words."""


def _listed(value: Any) -> Any:
    parts = value.replace(";", ",").split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset) or not all(isinstance(part, str) for part in parts):
        return value
    return sorted({part.strip() for part in parts if part.strip()}) or None


def _one_gpu(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = resolve_gpu(value)
    except NotFoundError as error:
        raise ValueError(f"{error.problems[0].allowed} instead of {value[:60]!r}") from None
    if len(found) > 1:
        raise ValueError(f"one of {', '.join(found)}: {value[:60]!r} means all of them")
    return found[0]


Names = Annotated[
    Annotated[tuple[Annotated[Name, Field(max_length=120)], ...], Field(max_length=100)] | None,
    BeforeValidator(_listed),
]
"""Names as the catalogue writes them, sorted; a text is taken apart at its commas, and no names at all are ``None``."""


class LengthDistribution(Frozen):
    """Token counts of one request; a bare number means lognormal lengths with that mean."""

    kind: Literal["fixed", "uniform_0.8_1.0", "lognormal"] = "lognormal"
    mean: Annotated[Number, Field(ge=1, le=LONGEST_MEAN)]
    p95: Annotated[Number, Field(ge=1, le=20_000_000)]

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = {"mean": value}
        if not isinstance(value, dict) or "p95" in value:
            return value
        mean, kind = value.get("mean"), value.get("kind", "lognormal")
        if not isinstance(mean, int | float) or abs(mean) > LONGEST_MEAN:
            return value
        return {**value, "p95": TAIL_OVER_MEAN.get(str(kind), 1.0) * mean}

    @model_validator(mode="after")
    def _tail_is_above_mean(self) -> Self:
        if self.p95 < self.mean * (1 if self.kind != "lognormal" else 0.999):
            raise ValueError(f"p95: {self.p95:g} is below the mean {self.mean:g}")
        return self


class Derivation(Frozen):
    """How a number came about: the formula and what went into it."""

    formula: str
    inputs: dict[str, JsonValue]


class TrafficShape(Frozen):
    """One part of a mixed load."""

    weight: Annotated[Number, Field(gt=0, le=1)]
    prompt_tokens: LengthDistribution
    output_tokens: LengthDistribution


class TrafficProfile(Frozen):
    """The load to carry: lengths, rates and how requests arrive."""

    prompt_tokens: LengthDistribution
    output_tokens: LengthDistribution
    average_qps: RequestsPerSecond
    peak_qps: RequestsPerSecond
    burstiness: Burstiness = Burstiness.STEADY
    steady_concurrency: Annotated[Number, Field(ge=0)]
    """Users active at once on average."""
    peak_concurrency: Annotated[Number, Field(ge=0)]
    """Users active at once at peak."""
    mix: tuple[TrafficShape, ...] = ()
    prefix_cache_hit_ratio: Ratio = 0.0
    derivations: dict[str, Derivation] = Field(default_factory=dict)
    """Field name to the formula and the inputs behind it."""


class SLOTargets(Frozen):
    """The service levels to hold at the 95th percentile, each with its reason."""

    ttft_p95_ms: Milliseconds
    itl_p95_ms: Milliseconds
    e2e_p95_ms: Milliseconds
    reliability_pct: Annotated[Number, Field(ge=50, lt=100)] = 99.0
    experience_class: str = ""
    reasons: dict[str, str] = Field(default_factory=dict)


class Constraints(Frozen):
    """What an option must respect."""

    max_monthly_cost_usd: UsDollars | None = None
    max_hourly_cost_usd: UsDollars | None = None
    max_cost_per_1k_tokens_usd: UsDollars | None = None
    available_gpus: GpuNames = None
    excluded_gpus: GpuNames = None
    max_gpus: GpuCount | None = None
    max_tensor_parallel: TensorParallel | None = None
    cloud_provider: CloudProvider | None = None
    region: str | None = None
    preferred_models: ModelNames = None
    excluded_models: ModelNames = None
    quality: Quality | None = None
    licence: LicenceDemand | None = None

    _no_gpu_is_both = field_validator("excluded_gpus")(excluded_beside_available)


class ScoreWeights(Frozen):
    """How much each score counts in the balanced view; they add up to 1."""

    accuracy: Ratio
    price: Ratio
    latency: Ratio
    complexity: Ratio

    @model_validator(mode="after")
    def _weights_are_whole(self) -> Self:
        total = self.accuracy + self.price + self.latency + self.complexity
        if abs(total - 1) > 1e-6:
            raise ValueError(f"weights: add up to {total:g}, must be 1")
        return self


class PlanningPolicy(Frozen):
    """The planner's own limits."""

    max_utilisation: Annotated[Number, Field(gt=0, le=1)] = 0.8
    """Share of a replica's largest rate that the peak may use."""
    gpu_memory_utilization: Annotated[Number, Field(ge=0.1, le=0.99)] = 0.9
    """vLLM's share of the GPU memory."""
    burst_factor: Annotated[Number, Field(ge=1, le=100)] = 1.0
    """Short bursts over the peak: what is planned for is the peak times this."""
    headroom: Annotated[Number, Field(ge=0, le=10)] = 0.0
    """Room to grow, as a share of the peak that is planned for besides it."""
    max_gpus_per_plan: GpuCount = 512
    """More GPUs are not planned with: most loads that would need them are meant otherwise."""
    min_weight_gib_per_gpu: Annotated[Number, Field(ge=0, le=1000)] = 2.5
    """Tensor parallelism stops where a GPU would hold less than this of the weights: communication eats the gain."""
    min_throughput_share: Annotated[Number, Field(ge=0, le=1)] = 0.05
    """Least share of a replica's throughput that the targets must leave usable: below, an estimate's error decides."""
    spare_replica_from_pct: Annotated[Number, Field(ge=50, le=100)] = 99.9
    """From this reliability on, one replica more than the load needs is planned."""
    approved_only: bool = True
    """Whether only models that are approved for production are planned with."""
    allowed_licences: Names = None
    """Licences of models as the catalogue names them; ``None``: all."""
    allowed_vendors: Names = None
    """Who may have trained a model; ``None``: anybody."""
    excluded_vendors: Names = None
    """Whose models are left out; ``None``: nobody's."""


class Pinned(Frozen):
    """Parts of a configuration that are fixed; ``None``: free."""

    model: Annotated[Name, Field(min_length=1, max_length=120)] | None = None
    """A short name or a Hugging Face id, in any letter case."""
    gpu_type: Annotated[GpuType | None, BeforeValidator(_one_gpu)] = None
    """Any spelling of one GPU."""
    precision: Precision | None = None
    tensor_parallel: TensorParallel | None = None
    """GPUs a replica."""
    replicas: GpuCount | None = None
    """Exactly so many, a spare one among them where the reliability asks for it."""


class SpecificationOverrides(Frozen):
    """What was set directly instead of being worked out from the intent; ``None``: worked out."""

    prompt_tokens: LengthDistribution | None = None
    output_tokens: LengthDistribution | None = None
    average_qps: RequestsPerSecond | None = None
    peak_qps: RequestsPerSecond | None = None
    mix: Annotated[tuple[TrafficShape, ...], Field(max_length=20)] = ()
    prefix_cache_hit_ratio: Ratio | None = None
    weights: ScoreWeights | None = None


class SpecificationEdit(Frozen):
    """One change that the person made."""

    version: Annotated[WholeNumber, Field(ge=2)]
    """The version that the change made."""
    field: str
    old: JsonValue
    new: JsonValue
    at: str
    """UTC time, ISO 8601."""


class DeploymentSpecification(Frozen):
    """Everything that planning needs, and where each value came from."""

    schema_version: Literal[1] = 1
    version: Annotated[WholeNumber, Field(ge=1)] = 1
    intent: DeploymentIntent
    evidence: dict[str, PlainText] = Field(default_factory=dict)
    """Field name to the person's words."""
    traffic: TrafficProfile
    slo_targets: SLOTargets
    constraints: Constraints
    weights: ScoreWeights
    policy: PlanningPolicy = PlanningPolicy()
    pinned: Pinned = Pinned()
    overrides: SpecificationOverrides = SpecificationOverrides()
    assumed: tuple[str, ...] = ()
    """Fields that the person did not say and that took a default."""
    notes: tuple[str, ...] = ()
    """What the person should know: targets that contradict each other, for one."""
    edits: tuple[SpecificationEdit, ...] = ()
