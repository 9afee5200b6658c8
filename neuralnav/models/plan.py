"""What planning answers: configurations with predictions, costs, scores and reasons, ranked."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from neuralnav.models.base import Frozen, GpuCount, Ratio, TensorParallel
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import CloudProvider, GpuType, Precision, Source, View

Score = Annotated[float, Field(ge=0, le=100)]


class Estimate(Frozen):
    """A number that a person may be shown: the value, its 90 % band and where it comes from."""

    value: float
    low: float
    high: float
    source: Source
    reference: str
    """What produced it, such as the calibration or the price table."""

    @model_validator(mode="after")
    def _band_holds_value(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value: {self.value:g} is outside its band {self.low:g} to {self.high:g}")
        return self


class EngineArguments(Frozen):
    """What vLLM is started with."""

    max_model_len: Annotated[int, Field(ge=1)]
    max_num_seqs: Annotated[int, Field(ge=1)]
    max_num_batched_tokens: Annotated[int, Field(ge=1)]
    gpu_memory_utilization: Annotated[float, Field(gt=0, lt=1)]
    quantization: str | None = None
    kv_cache_dtype: Literal["fp8", "fp8_e4m3", "fp8_e5m2"] | None = None
    """Number format of the KV cache; ``None``: the model's own."""
    enable_prefix_caching: bool = True


class Cost(Frozen):
    """What a configuration costs in rentable instances."""

    per_hour_usd: Annotated[float, Field(gt=0)]
    per_month_usd: Annotated[float, Field(gt=0)]
    """730 hours."""
    per_1k_tokens_usd: Annotated[float, Field(gt=0)]
    """At the average load, prompt and output tokens together."""
    instance: str
    """What is rented, such as ``2x g6.xlarge``."""
    cloud_provider: CloudProvider
    reference: str
    """The price table and its date."""


class Predicted(Frozen):
    """Performance of one replica at its share of the peak, and the most that it can carry."""

    ttft_p95_ms: Estimate
    itl_p95_ms: Estimate
    e2e_p95_ms: Estimate
    max_qps: Estimate
    """Requests per second of one replica at which all three targets still hold."""


class Utilisation(Frozen):
    """How much of the GPUs is used at peak."""

    gpu_memory: Ratio
    compute: Ratio


class Scores(Frozen):
    """0 to 100, more is better."""

    accuracy: Score
    price: Score
    latency: Score
    complexity: Score
    balanced: Score
    accuracy_rated: bool
    """``False``: no public benchmark score is known for this model; the accuracy is an estimate."""


class Recommendation(Frozen):
    """One configuration with everything that a person needs to judge it."""

    id: str
    """Stable within the same specification, data and calibration."""
    model: str
    display_name: str
    gpu_type: GpuType
    tensor_parallel: TensorParallel
    replicas: Annotated[int, Field(ge=1)]
    gpus: GpuCount
    precision: Precision
    target: str = "kserve"
    engine: EngineArguments
    cost: Cost | None
    """``None``: no price is known for this GPU."""
    predicted: Predicted
    utilisation: Utilisation
    slo_met: bool
    scores: Scores
    source: Source
    reason: str
    """One sentence built from the numbers."""
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _gpus_are_those_of_all_replicas(self) -> Self:
        needed = self.tensor_parallel * self.replicas
        if self.gpus != needed:
            raise ValueError(f"gpus: {self.gpus} is not tensor_parallel x replicas = {needed}")
        return self


class MissedTarget(Frozen):
    """A target that an option fails, and by how much."""

    target: str
    predicted: float
    allowed: float


class NearMiss(Frozen):
    """An option that does not pass, what it fails, and the cheapest single change that would let it."""

    option: Recommendation
    missed: tuple[MissedTarget, ...]
    change: dict[str, JsonValue] = Field(default_factory=dict)
    """Specification fields to their new values."""
    sentence: str


class TemplateOption(Frozen):
    """An option that is what a deployment template names."""

    name: str
    """The template's."""
    kept_by: str
    option: Recommendation


class Plan(Frozen):
    """The ranked answer to one specification."""

    specification: DeploymentSpecification
    views: dict[View, tuple[Recommendation, ...]]
    pareto: tuple[Recommendation, ...]
    templates: tuple[TemplateOption, ...] = ()
    """Deployment templates for the use case and its scale that pass, those that people kept first."""
    near_misses: tuple[NearMiss, ...]
    rejected_summary: dict[str, int]
    """Reason to the number of configurations that it ruled out."""
    evaluated: Annotated[int, Field(ge=0)]
    compliant: Annotated[int, Field(ge=0)]
    estimated: Annotated[int, Field(ge=0)] = 0
    """Configurations that were estimated by formulas and might come out otherwise once they are simulated."""
    models_considered: Annotated[int, Field(ge=0)]
    elapsed_ms: Annotated[float, Field(ge=0)]
    price_table: str
    """Digest of the prices that were used."""
    calibration: str
    """Version of the performance model that was used."""
    warnings: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether any configuration meets every target and constraint."""
        return self.compliant > 0
