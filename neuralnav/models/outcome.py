"""What became of a deployment: the load that it met and the latencies that it reached, beside its targets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from neuralnav.models.base import Frozen, GpuCount, Milliseconds, Name, Ratio, WholeNumber

LONGEST_WINDOW_DAYS = 31
PEAK_SLACK = 0.01
"""Share by which a peak may fall below the average: the rates that Prometheus gives are extrapolated."""

Requests = Annotated[WholeNumber, Field(ge=0, le=1_000_000_000_000)]
MeanTokens = Annotated[float | None, Field(ge=1, le=10_000_000)]
ObservedMs = Annotated[float | None, Field(gt=0, le=86_400_000)]


class OutcomeSource(StrEnum):
    """How an outcome was observed."""

    PROMETHEUS = "prometheus"
    """Asked of a Prometheus server."""
    SCRAPED = "scraped"
    """Read from the replicas' own ``/metrics``."""
    VALIDATION = "validation"
    """Measured by a client that made the load itself."""


class Verdict(NamedTuple):
    """One target and what was observed; both p95, in ms."""

    latency: str
    """``TTFT``, ``ITL`` or ``E2E``."""
    observed_ms: float | None
    target_ms: float

    @property
    def met(self) -> bool | None:
        """Whether the target was met; ``None``: nothing was observed."""
        return None if self.observed_ms is None else self.observed_ms <= self.target_ms


class Outcome(Frozen):
    """What one deployment did in one window of time, over all its replicas.

    Latencies and token counts are those of requests that were answered: all are there, or none where none was. Only
    ITL may be missing by itself, where every answer was of one token.
    """

    deployment_id: UUID
    window_from: AwareDatetime
    window_to: AwareDatetime
    source: OutcomeSource
    engine_version: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][\w.+-]*$", max_length=60)] = None
    """vLLM's own, where it is known."""
    replicas: GpuCount
    """At the end of the window."""

    requests: Requests
    """Requests that ended in the window, answered or not."""
    errors: Requests
    """Those of them that were not answered."""
    peak_qps: Annotated[float, Field(ge=0, le=1_000_000)]
    """Requests/s in the busiest part of the window that the source can tell apart."""
    prompt_tokens_mean: MeanTokens = None
    output_tokens_mean: MeanTokens = None

    ttft_mean_ms: ObservedMs = None
    ttft_p95_ms: ObservedMs = None
    itl_mean_ms: ObservedMs = None
    itl_p95_ms: ObservedMs = None
    e2e_mean_ms: ObservedMs = None
    e2e_p95_ms: ObservedMs = None
    target_ttft_p95_ms: Milliseconds
    """The targets are those that held in the window."""
    target_itl_p95_ms: Milliseconds
    target_e2e_p95_ms: Milliseconds

    gpu_memory_utilisation: Ratio | None = None
    """Mean share of the GPUs' memory in use."""
    compute_utilisation: Ratio | None = None
    """Mean share of the GPUs' time with work on them."""
    cost_usd: Annotated[float | None, Field(ge=0, le=1_000_000_000)] = None
    """What the deployment cost from its start to the end of the window, US dollars."""
    recorded_by: Annotated[Name, Field(min_length=1, max_length=200)]
    recorded_at: AwareDatetime

    @model_validator(mode="after")
    def _window_is_one(self) -> Self:
        length = self.window_to - self.window_from
        if not 0 < length.total_seconds() <= LONGEST_WINDOW_DAYS * 86_400:
            raise ValueError(f"window_to: must be after window_from, by at most {LONGEST_WINDOW_DAYS} days")
        if self.recorded_at < self.window_to:
            raise ValueError("recorded_at: must not be before the end of the window")
        return self

    @model_validator(mode="after")
    def _figures_agree(self) -> Self:
        if self.errors > self.requests:
            raise ValueError("errors: must be at most requests")
        if self.peak_qps < (1 - PEAK_SLACK) * self.average_qps:
            raise ValueError(f"peak_qps: must not be below the average, which is {self.average_qps:.6g}")
        answered = self.requests > self.errors
        for field in _OF_ANSWERS:
            if (getattr(self, field) is not None) != answered:
                raise ValueError(f"{field}: must be given where requests were answered, and only there")
        if (self.itl_mean_ms is None) != (self.itl_p95_ms is None):
            raise ValueError("itl_mean_ms: must be given with itl_p95_ms, and only with it")
        if self.itl_p95_ms is not None and not answered:
            raise ValueError("itl_p95_ms: must be given only where requests were answered")
        return self

    @property
    def average_qps(self) -> float:
        """Requests/s, over the whole window."""
        return self.requests / (self.window_to - self.window_from).total_seconds()

    @property
    def verdicts(self) -> tuple[Verdict, Verdict, Verdict]:
        """TTFT, ITL and E2E, each against its target."""
        return (
            Verdict("TTFT", self.ttft_p95_ms, self.target_ttft_p95_ms),
            Verdict("ITL", self.itl_p95_ms, self.target_itl_p95_ms),
            Verdict("E2E", self.e2e_p95_ms, self.target_e2e_p95_ms),
        )

    @property
    def slo_met(self) -> bool | None:
        """Whether every target was met; ``None``: none was seen to be missed, and not all could be observed."""
        verdicts = [verdict.met for verdict in self.verdicts]
        return False if False in verdicts else None if None in verdicts else True


_OF_ANSWERS = ("prompt_tokens_mean", "output_tokens_mean", "ttft_mean_ms", "ttft_p95_ms", "e2e_mean_ms", "e2e_p95_ms")
