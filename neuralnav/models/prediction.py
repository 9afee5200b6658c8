"""What can be asked of the performance model, and its answers: predictions of an engine, and simulations of a load."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from neuralnav.models.base import Frozen, Name, Number, RequestsPerSecond, WholeNumber
from neuralnav.models.vocabulary import GpuType, Precision, Source

LEAST_BATCHED_TOKENS, MOST_BATCHED_TOKENS = 64, 32_768
"""Tokens of one step: fewer make prompts of any length endless, for more no step times are worked out."""


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


AnyCase = BeforeValidator(_lower)
"""A word of a closed set, in any letter case."""

FIELD_PROBLEM = "field_problem"
"""Type of the errors of fields that contradict each other; their context has ``field``, ``value`` and ``allowed``."""


def _contradiction(field: str, value: Any, allowed: str) -> PydanticCustomError:
    context = {"field": field, "value": value, "allowed": allowed}
    return PydanticCustomError(FIELD_PROBLEM, "{field}: {value} (allowed: {allowed})", context)


LengthKind = Annotated[Literal["fixed", "uniform_0.8_1.0", "lognormal"], AnyCase]
Arrival = Annotated[Literal["poisson", "constant", "bursty"], AnyCase]
Degree = Annotated[WholeNumber, Field(ge=1, le=1024)]
MeanTokens = Annotated[Number, Field(ge=1, le=10_000_000)]
ModelLength = Annotated[WholeNumber, Field(ge=2, le=10_000_000)]


class LoadKind(StrEnum):
    """How requests come to the engine."""

    OPEN_LOOP = "open_loop"
    """At a rate, whether or not those before are finished."""
    CLOSED_LOOP = "closed_loop"
    """From clients that keep one request each in flight; all begin together."""
    STATIC_BATCH = "static_batch"
    """All at once, and no more."""


class EngineRequest(Frozen):
    """A vLLM engine: a model on GPUs, and how vLLM is started. What is not given takes vLLM's default."""

    model: Annotated[Name, Field(min_length=1, max_length=200)]
    """Catalogue id, short or display name, or Hugging Face id, in any letter case."""
    gpu: Annotated[Name, Field(min_length=1, max_length=60)]
    tensor_parallel: Degree = 1
    expert_parallel: Degree = 1
    """1, or all GPUs of the engine (tensor_parallel x data_parallel) to deal whole experts out to them."""
    data_parallel: Degree = 1
    precision: Annotated[Precision | None, AnyCase] = None
    """Number format of the weights; unset, the one that the model is published in."""
    engine_version: Annotated[Name | None, Field(pattern=r"^[A-Za-z0-9][\w.+-]*$", max_length=60)] = None
    """Release of vLLM; unset, today's."""
    kv_cache_dtype: Annotated[Literal["auto", "bf16", "fp8"], AnyCase] = "auto"
    """Number format of the KV cache; ``auto`` is 16 bit."""
    prefix_hit_ratio: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Share of each prompt's tokens that the prefix cache holds."""
    max_model_len: ModelLength | None = None
    """Most tokens of prompt and output together; unset, as many as the load needs, at least 4,096."""
    max_num_seqs: Annotated[WholeNumber | None, Field(ge=1, le=MOST_BATCHED_TOKENS)] = None
    max_num_batched_tokens: Annotated[WholeNumber | None, Field(ge=LEAST_BATCHED_TOKENS, le=MOST_BATCHED_TOKENS)] = None
    gpu_memory_utilization: Annotated[Number, Field(gt=0, le=1)] = 0.9
    seed: Annotated[WholeNumber, Field(ge=0, lt=2**64)] = 0
    """Of lengths and arrivals: the same seed gives the same answer to the byte."""

    @model_validator(mode="after")
    def _steps_hold_all_sequences(self) -> Self:
        sequences, tokens = self.max_num_seqs, self.max_num_batched_tokens
        if sequences is not None and tokens is not None and tokens < sequences:
            raise _contradiction("max_num_batched_tokens", tokens, f"at least max_num_seqs, {sequences}")
        return self

    @property
    def gpu_count(self) -> int:
        """GPUs of the engine."""
        return self.tensor_parallel * self.data_parallel


class PredictionRequest(EngineRequest):
    """An engine and the load on it: a rate, a number of clients, or one batch."""

    prompt_tokens: MeanTokens
    """Length of prompts: each one's, the mean of ``lognormal`` ones, the largest of ``uniform_0.8_1.0`` ones."""
    output_tokens: MeanTokens
    """Length of answers, likewise."""
    length_kind: LengthKind = "fixed"
    """``lognormal`` lengths have a p95 of twice their mean, ``uniform_0.8_1.0`` ones are 0.8 to 1.0 of the given."""
    qps: RequestsPerSecond | None = None
    arrival: Arrival | None = None
    """With ``qps``: ``poisson`` (unset), ``constant``, or ``bursty``, whose gaps vary by twice their mean."""
    concurrency: Annotated[WholeNumber | None, Field(ge=1, le=100_000)] = None
    """Clients, or requests of the batch."""
    load: Annotated[LoadKind | None, AnyCase] = None
    """With ``concurrency``: ``closed_loop`` (unset) or ``static_batch``."""

    @model_validator(mode="after")
    def _one_load(self) -> Self:
        if (self.qps is None) == (self.concurrency is None):
            raise _contradiction("qps", self.qps, "either qps or concurrency")
        if self.qps is None and self.arrival is not None:
            raise _contradiction("arrival", self.arrival, "only with qps")
        if self.load is not None and (self.load is LoadKind.OPEN_LOOP) != (self.qps is not None):
            allowed = "open_loop with qps, closed_loop or static_batch with concurrency"
            raise _contradiction("load", self.load.value, allowed)
        return self

    @property
    def load_kind(self) -> LoadKind:
        """``load``, or what follows from ``qps`` or ``concurrency``."""
        return self.load or (LoadKind.CLOSED_LOOP if self.qps is None else LoadKind.OPEN_LOOP)


class SimulationRequest(EngineRequest):
    """Replicas of an engine and the requests that they get: those of a trace, or ``requests`` of them at ``qps``."""

    prompt_tokens: MeanTokens | None = None
    """As in a prediction; not with a trace."""
    output_tokens: MeanTokens | None = None
    length_kind: LengthKind | None = None
    qps: RequestsPerSecond | None = None
    """Of all replicas together; unset, a trace is replayed."""
    requests: Annotated[WholeNumber | None, Field(ge=1, le=2_000_000)] = None
    arrival: Arrival | None = None
    replicas: Annotated[WholeNumber, Field(ge=1, le=1024)] = 1
    routing: Annotated[Literal["round_robin", "least_loaded"], AnyCase] = "round_robin"
    """Which replica gets a request: each in turn, or the one with the fewest requests."""

    @model_validator(mode="after")
    def _whole_load(self) -> Self:
        if self.qps is not None:
            for field in ("requests", "prompt_tokens", "output_tokens"):
                if getattr(self, field) is None:
                    raise _contradiction(field, None, "a number, with qps")
            return self
        for field in ("requests", "prompt_tokens", "output_tokens", "length_kind", "arrival"):
            if getattr(self, field) is not None:
                raise _contradiction(field, getattr(self, field), "only with qps; a trace has its own")
        return self


class MemoryGib(Frozen):
    """Where each GPU's memory goes, GiB."""

    weights: float
    activation: float
    non_torch: float
    cuda_graph: float
    kv_cache: float
    kv_cache_tokens: int
    """Tokens that the KV cache holds in sequences of ``max_model_len``."""


class UsedLimits(Frozen):
    """The engine limits that the answer is for."""

    max_model_len: int
    max_num_seqs: int
    max_num_batched_tokens: int
    gpu_memory_utilization: float


class Latency(Frozen):
    """A latency in milliseconds, with 90 % bands of its mean and its p95."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    low: float
    """Of the mean."""
    high: float
    p95_low: float
    p95_high: float


class LatencySources(Frozen):
    """Where each figure of a latency comes from."""

    mean: Source = Source.SIMULATED
    p50: Source = Source.SIMULATED
    p90: Source = Source.SIMULATED
    p95: Source = Source.SIMULATED
    p99: Source = Source.SIMULATED


class FigureSources(Frozen):
    """Where each figure of a prediction comes from."""

    ttft_ms: LatencySources = LatencySources()
    itl_ms: LatencySources = LatencySources()
    e2e_ms: LatencySources = LatencySources()
    throughput_rps: Source = Source.SIMULATED
    output_tokens_per_s: Source = Source.SIMULATED


class MeasuredReference(Frozen):
    """The published runs that measured figures come from."""

    source: str
    licence: str
    model: str
    """The id that the runs name."""
    engine_version: str | None
    runs: int
    """Runs of this configuration; the figures are their means."""


class EngineAnswer(Frozen):
    """What every answer says of its engine. Where it does not fit, there are no latencies."""

    fits: bool
    reason: str | None = None
    """Why it does not fit."""
    model: str
    """The id that ``model`` was resolved to."""
    gpu: GpuType
    gpu_count: int
    """GPUs of an engine: tensor_parallel x data_parallel."""
    precision: Precision
    memory_gib: MemoryGib
    limits: UsedLimits
    ttft_ms: Latency | None = None
    """From a request's arrival to its first token."""
    itl_ms: Latency | None = None
    """(E2E - TTFT) / (output tokens - 1) of each request; 0 where answers have a single token."""
    e2e_ms: Latency | None = None
    """From a request's arrival to its last token."""
    throughput_rps: float | None = None
    output_tokens_per_s: float | None = None
    saturated: bool | None = None
    """Whether requests come faster than they can be finished, or more at once than run at a time."""
    regime: Literal["light", "medium", "near_saturation"] | None = None
    """How much of what it can finish the engine is asked for; the bands are those of this regime."""
    source: Source = Source.SIMULATED
    """``measured`` where any figure is."""
    engine: Literal["vllm"] = "vllm"
    engine_version: str | None = None
    calibration: str
    """Version of the calibration that simulated figures and their bands come from."""
    percentile_bands: Literal["unvalidated"] = "unvalidated"
    """Bands of p95s are those of means: too few measured percentiles exist to check them."""
    notes: tuple[str, ...] = ()


class PredictionAnswer(EngineAnswer):
    """Latencies and throughput of one engine under a load."""

    sources: FigureSources | None = None
    measured: MeasuredReference | None = None


class SimulationAnswer(EngineAnswer):
    """What became of every request of a simulation; latencies and throughput are those of all of them."""

    replicas: int
    routing: str
    requests: int | None = None
    duration_s: float | None = None
    """From the first arrival to the last token."""
    preemptions: int | None = None
    mean_running: float | None = None
    """Requests that a replica, or a data-parallel rank of it, runs on average while it is busy."""
    peak_kv_cache: float | None = None
    """Most of the KV cache in use on any replica, as a share."""
