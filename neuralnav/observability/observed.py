"""What a deployment did in a window of time, over all its replicas, wherever it was read from."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from neuralnav.models.base import Frozen, PlainText, Ratio
from neuralnav.models.outcome import Outcome, OutcomeSource
from neuralnav.models.specification import SLOTargets
from neuralnav.observability.histograms import BucketCounts, Quantile
from neuralnav.observability.queries import Histogram
from neuralnav.observability.totals import Counted, Totals

MS = 1000.0
LatencyName = Literal["TTFT", "ITL", "E2E"]
LATENCIES: tuple[tuple[LatencyName, Histogram], ...] = (
    ("TTFT", Histogram.TTFT),
    ("ITL", Histogram.ITL),
    ("E2E", Histogram.E2E),
)


def span_words(length: timedelta) -> str:
    """A time as people say it, in the unit that reads best: ``90 s``, ``15 min``, ``26 h``."""
    seconds = length.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


class Distribution(Frozen):
    """Observations of a window: what is exact of them, and what their buckets tell."""

    count: float
    mean: float
    """Exact."""
    p50: Quantile
    p95: Quantile
    p99: Quantile
    buckets: BucketCounts
    """In seconds or tokens, as vLLM counts."""

    @classmethod
    def of(cls, buckets: BucketCounts | None, unit: float = 1.0) -> Distribution | None:
        """In multiples of ``unit``; ``None``: nothing was observed."""
        if buckets is None or buckets.mean is None:
            return None
        at = {f"p{percent}": buckets.quantile(percent / 100) for percent in (50, 95, 99)}
        scaled = {name: quantile.scaled(unit) for name, quantile in at.items() if quantile}
        if len(scaled) < len(at):
            return None
        return cls(count=buckets.count, mean=buckets.mean * unit, buckets=buckets, **scaled)


class EngineLevels(Frozen):
    """How full the engines are: requests of all replicas together, shares as means over them; ``None``: not known."""

    in_flight: Annotated[float, Field(ge=0)] | None = None
    """Requests that run or wait, on average over the window."""
    running: Annotated[float, Field(ge=0)] | None = None
    """Requests in the batches at the end of the window."""
    waiting: Annotated[float, Field(ge=0)] | None = None
    """Requests that wait for a place in a batch at the end of the window."""
    kv_usage: Ratio | None = None
    """Of the KV cache, on average over the window."""
    gpu_memory: Ratio | None = None
    """Of the GPUs' memory at the end of the window."""
    gpu_busy: Ratio | None = None
    """Of the GPUs' time at the end of the window."""


class ObservedWindow(Frozen):
    """What all replicas of a deployment did from ``window_from`` to ``window_to``. Latencies are in ms."""

    window_from: AwareDatetime
    window_to: AwareDatetime
    source: OutcomeSource
    replicas: Annotated[int, Field(ge=0)]
    """That could be read at the end."""
    restarts: Annotated[int, Field(ge=0)] | None = None
    """``None``: the source does not tell."""

    answered: float
    """Requests that got their whole answer. Counts that Prometheus extrapolates need not be whole."""
    failed: float
    """Requests that the engine failed."""
    aborted: float
    """Requests whose client left before the end."""
    peak_qps: float
    """Requests/s in the busiest minute."""
    prompt_tokens_per_s: float | None
    output_tokens_per_s: float | None
    preemptions: float | None
    prefix_hit_ratio: Ratio | None
    """Share of prompt tokens found in the prefix cache."""

    ttft: Distribution | None
    itl: Distribution | None
    e2e: Distribution | None
    queue_time: Distribution | None
    prompt_tokens: Distribution | None
    """Lengths of prompts; not in ms."""
    output_tokens: Distribution | None
    levels: EngineLevels
    warnings: tuple[PlainText, ...] = ()
    """What the source said besides."""

    @property
    def length(self) -> timedelta:
        """Of the window."""
        return self.window_to - self.window_from

    @property
    def requests(self) -> float:
        """Requests that the engine ended, answered or failed; without those that clients gave up."""
        return self.answered + self.failed

    @property
    def average_qps(self) -> float:
        """Requests/s over the whole window."""
        return self.requests / self.length.total_seconds()

    def latency(self, name: LatencyName) -> Distribution | None:
        """TTFT, ITL or E2E."""
        return {"TTFT": self.ttft, "ITL": self.itl, "E2E": self.e2e}[name]


def window_of(
    grown: Totals, *, window_from: AwareDatetime, window_to: AwareDatetime, peak_qps: float, **known: Any
) -> ObservedWindow:
    """The window in which ``grown`` was counted; ``known`` are fields that are not counted, or known better."""
    span_s = (window_to - window_from).total_seconds()
    queries, hits = (grown.counters.get(name) for name in (Counted.PREFIX_QUERIES, Counted.PREFIX_HITS))
    prompt, output = (grown.counters.get(name) for name in (Counted.PROMPT_TOKENS, Counted.OUTPUT_TOKENS))
    seen = grown.histograms
    counted = {
        "answered": grown.answered,
        "failed": grown.failed,
        "aborted": grown.aborted,
        "peak_qps": max(peak_qps, (grown.answered + grown.failed) / span_s),
        "prompt_tokens_per_s": None if prompt is None else prompt / span_s,
        "output_tokens_per_s": None if output is None else output / span_s,
        "preemptions": grown.counters.get(Counted.PREEMPTIONS),
        "prefix_hit_ratio": min(hits / queries, 1.0) if queries and hits is not None else None,
    }
    distributions = {
        "ttft": Distribution.of(seen.get(Histogram.TTFT), MS),
        "itl": Distribution.of(seen.get(Histogram.ITL), MS),
        "e2e": Distribution.of(seen.get(Histogram.E2E), MS),
        "queue_time": Distribution.of(seen.get(Histogram.QUEUE_TIME), MS),
        "prompt_tokens": Distribution.of(seen.get(Histogram.PROMPT_TOKENS)),
        "output_tokens": Distribution.of(seen.get(Histogram.OUTPUT_TOKENS)),
    }
    return ObservedWindow(window_from=window_from, window_to=window_to, **(counted | distributions | known))


def outcome_of(
    window: ObservedWindow,
    *,
    deployment_id: UUID,
    targets: SLOTargets,
    recorded_by: str,
    recorded_at: AwareDatetime,
    cost_usd: float | None = None,
    engine_version: str | None = None,
) -> Outcome | None:
    """``window`` as it is kept.

    ``None`` where it cannot be kept: no replica was there, or requests were answered of which a latency is not known
    or is above the last finite bucket, which is no number.
    """
    answered, failed = round(window.answered), round(window.failed)
    figures = _figures(window) if answered else {}
    if window.replicas < 1 or figures is None:
        return None
    seconds = window.length.total_seconds()
    return Outcome(
        deployment_id=deployment_id,
        window_from=window.window_from,
        window_to=window.window_to,
        source=window.source,
        engine_version=engine_version,
        replicas=window.replicas,
        requests=answered + failed,
        errors=failed,
        peak_qps=max(window.peak_qps, (answered + failed) / seconds),
        **figures,
        target_ttft_p95_ms=targets.ttft_p95_ms,
        target_itl_p95_ms=targets.itl_p95_ms,
        target_e2e_p95_ms=targets.e2e_p95_ms,
        gpu_memory_utilisation=window.levels.gpu_memory,
        compute_utilisation=window.levels.gpu_busy,
        cost_usd=cost_usd,
        recorded_by=recorded_by,
        recorded_at=recorded_at,
    )


def _figures(window: ObservedWindow) -> dict[str, float] | None:
    """The fields of an outcome that answered requests give; ``None``: not all that must be there are."""
    found: dict[str, float] = {}
    for name, _ in LATENCIES:
        seen = window.latency(name)
        if seen is not None and seen.p95.value and seen.mean > 0:
            found |= {f"{name.lower()}_mean_ms": seen.mean, f"{name.lower()}_p95_ms": seen.p95.value}
        elif name != "ITL" or seen is not None:
            return None
    if window.prompt_tokens is None or window.output_tokens is None:
        return None
    lengths = (window.prompt_tokens.mean, window.output_tokens.mean)
    return found | dict(zip(("prompt_tokens_mean", "output_tokens_mean"), (max(m, 1.0) for m in lengths), strict=True))
