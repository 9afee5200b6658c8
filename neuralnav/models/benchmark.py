"""A measured benchmark: what one vLLM replica did under one load, and who measured it how."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuralnav.models.base import Frozen, Name
from neuralnav.models.prediction import LoadKind
from neuralnav.models.vocabulary import GpuType, Precision

METRICS = ("ttft", "itl", "e2e")
PERCENTILES = ("p50", "p90", "p95", "p99")
LATENCY_COLUMNS = tuple(f"{metric}_{statistic}_ms" for metric in METRICS for statistic in ("mean", *PERCENTILES))
RATE_COLUMNS = ("throughput_rps", "output_tokens_per_s")
FIGURE_COLUMNS = LATENCY_COLUMNS + RATE_COLUMNS
ESSENTIAL = ("ttft_mean_ms", "itl_mean_ms", "e2e_mean_ms", *RATE_COLUMNS)
"""A run that has none of these measured nothing that can be used."""
UNIFORM_MEAN = 0.9
"""Mean of lengths that are uniform in 0.8 to 1.0 of the given one, as a share of it."""

Degree = Annotated[int, Field(ge=1, le=1024)]
MeanTokens = Annotated[float, Field(ge=1, le=10_000_000)]
Rate = Annotated[float, Field(gt=0, le=1_000_000)]
Duration = Annotated[float | None, Field(gt=0, le=86_400_000)]
"""Milliseconds, at most a day."""


class BenchmarkTool(StrEnum):
    """The load generator that measured."""

    GUIDELLM = "guidellm"
    VLLM_BENCH = "vllm_bench"
    AIPERF = "aiperf"
    INFERENCE_PERF = "inference_perf"


class Benchmark(Frozen):
    """One run. Latencies are milliseconds over finished requests; ITL is (E2E - TTFT) / (output tokens - 1)."""

    source: Annotated[Name, Field(min_length=1, max_length=400)]
    """Who measured, or where the run was published."""
    licence: Annotated[Name, Field(min_length=1, max_length=200)]
    tool: BenchmarkTool | None = None
    tool_version: Annotated[Name | None, Field(min_length=1, max_length=60)] = None
    engine: Literal["vllm"] = "vllm"
    engine_version: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][\w.+-]*$", max_length=60)] = None
    measured_on: Annotated[date | None, Field(ge=date(2020, 1, 1), le=date(2999, 12, 31))] = None

    model: Annotated[Name, Field(min_length=1, max_length=200)]
    """The id as published; the catalogue need not hold it."""
    gpu_type: GpuType
    tensor_parallel: Degree
    expert_parallel: Degree = 1
    data_parallel: Degree = 1
    precision: Precision
    """Number format of the weights."""
    prefix_hit_ratio: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of each prompt's tokens that the prefix cache held."""

    load: LoadKind
    request_rate_rps: Rate | None = None
    """Of an open loop."""
    arrival: Literal["poisson", "constant", "bursty"] | None = None
    """Of an open loop."""
    concurrency: Annotated[int | None, Field(ge=1, le=100_000)] = None
    """Clients of a closed loop, or requests of a static batch."""
    length_kind: Literal["fixed", "uniform_0.8_1.0", "lognormal"]
    prompt_tokens: MeanTokens
    """Each one's length, the mean of ``lognormal`` ones, the largest of ``uniform_0.8_1.0`` ones."""
    output_tokens: MeanTokens
    """Likewise, of answers."""

    ttft_mean_ms: Duration = None
    ttft_p50_ms: Duration = None
    ttft_p90_ms: Duration = None
    ttft_p95_ms: Duration = None
    ttft_p99_ms: Duration = None
    itl_mean_ms: Duration = None
    itl_p50_ms: Duration = None
    itl_p90_ms: Duration = None
    itl_p95_ms: Duration = None
    itl_p99_ms: Duration = None
    e2e_mean_ms: Duration = None
    """Of a static batch, until its last answer is complete."""
    e2e_p50_ms: Duration = None
    e2e_p90_ms: Duration = None
    e2e_p95_ms: Duration = None
    e2e_p99_ms: Duration = None
    throughput_rps: Rate | None = None
    """Requests finished a second."""
    output_tokens_per_s: Annotated[float | None, Field(gt=0, le=1_000_000_000)] = None
    requests: Annotated[int | None, Field(ge=1, le=2_147_483_647)] = None
    """Requests that finished; the figures are theirs."""
    errors: Annotated[int | None, Field(ge=0, le=2_147_483_647)] = None
    """Requests that did not."""
    suspect: Annotated[Name | None, Field(min_length=1, max_length=400)] = None
    """A reason to distrust the run: such runs are kept, and answer nothing."""

    @model_validator(mode="after")
    def _load_is_whole(self) -> Self:
        open_loop = self.load is LoadKind.OPEN_LOOP
        if open_loop != (self.request_rate_rps is not None):
            raise ValueError("request_rate_rps: must be given for an open loop, and for nothing else")
        if open_loop != (self.arrival is not None):
            raise ValueError("arrival: must be given for an open loop, and for nothing else")
        if open_loop == (self.concurrency is not None):
            raise ValueError("concurrency: must be given, but for an open loop")
        return self

    @model_validator(mode="after")
    def _figures_agree(self) -> Self:
        if all(getattr(self, column) is None for column in ESSENTIAL):
            raise ValueError(f"one of {', '.join(ESSENTIAL)} must be given")
        for metric in METRICS:
            columns = [f"{metric}_{percentile}_ms" for percentile in PERCENTILES]
            known = [(column, value) for column in columns if (value := getattr(self, column)) is not None]
            for (lower, low), (higher, high) in pairwise(known):
                if low > high:
                    raise ValueError(f"{lower}: at most {higher}, {high:g}; it is {low:g}")
        if self.ttft_mean_ms is not None and self.e2e_mean_ms is not None and self.ttft_mean_ms > self.e2e_mean_ms:
            raise ValueError(f"ttft_mean_ms: at most e2e_mean_ms, {self.e2e_mean_ms:g}; it is {self.ttft_mean_ms:g}")
        return self

    @property
    def gpu_count(self) -> int:
        """GPUs of the replica."""
        return self.tensor_parallel * self.data_parallel

    @property
    def mean_prompt_tokens(self) -> float:
        """Mean length of prompts."""
        return self.prompt_tokens * (UNIFORM_MEAN if self.length_kind == "uniform_0.8_1.0" else 1)

    @property
    def mean_output_tokens(self) -> float:
        """Mean length of answers."""
        return self.output_tokens * (UNIFORM_MEAN if self.length_kind == "uniform_0.8_1.0" else 1)

    @property
    def id(self) -> str:
        """A digest of what was measured; a doubt about it (``suspect``) does not count, nor do fields not given."""
        content = self.model_dump(mode="json", exclude_defaults=True, exclude={"suspect"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
