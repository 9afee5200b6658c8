"""Reports of GuideLLM (``--output kind=json``): one benchmark for each concurrency or rate.

Its ``inter_token_latency_ms`` is (last token - first token) / (tokens - 1) of each request, counted once a token;
``time_per_output_token_ms``, which folds the TTFT in, is not read. Latencies of requests are seconds, all others
milliseconds. Figures are those of finished requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from neuralnav.importers.formats import Fields, Format, Part, UnusableRunError, length_kind, said
from neuralnav.models.benchmark import PERCENTILES, BenchmarkTool
from neuralnav.models.prediction import LoadKind


class Distribution(Part):
    """A figure over requests."""

    mean: float
    std_dev: float
    max: float
    count: int
    percentiles: dict[str, float]


class ByStatus(Part):
    """A figure of the finished requests."""

    successful: Distribution


class Totals(Part):
    """Requests by what became of them."""

    successful: int
    errored: int


class Metrics(Part):
    """What was measured."""

    request_totals: Totals
    requests_per_second: ByStatus
    request_concurrency: ByStatus
    request_latency: ByStatus
    prompt_token_count: ByStatus
    output_token_count: ByStatus
    time_to_first_token_ms: ByStatus
    inter_token_latency_ms: ByStatus
    output_tokens_per_second: ByStatus


class Strategy(Part):
    """How requests were sent."""

    type_: Literal["synchronous", "concurrent", "throughput", "constant", "poisson", "replay"]
    streams: int | None = None
    max_concurrency: int | None = None
    rate: float | None = None


class Backend(Part):
    """What was asked."""

    model: str | None = None


class Config(Part):
    """The benchmark's settings."""

    strategy: Strategy
    backend: Backend = Field(default_factory=Backend)


class Run(Part):
    """One benchmark of a report."""

    config: Config
    metrics: Metrics
    start_time: float = Field(gt=0, lt=1e11)


def _recognises(document: Any) -> bool:
    metadata = document.get("metadata") if isinstance(document, dict) else None
    return isinstance(metadata, dict) and "guidellm_version" in metadata


def _runs(document: Any) -> Iterator[tuple[str, Any]]:
    runs = document.get("benchmarks")
    for number, run in enumerate(runs if isinstance(runs, list) else [runs], start=1):
        yield f"benchmark {number}", run


def _read(document: Any, raw: Any) -> Fields:
    run = Run.model_validate(raw)
    metrics = run.metrics
    if metrics.request_totals.successful < 1:
        raise UnusableRunError("metrics.request_totals.successful", metrics.request_totals.successful, "at least 1")
    lengths = metrics.prompt_token_count.successful, metrics.output_token_count.successful
    return said(
        {
            "tool": BenchmarkTool.GUIDELLM,
            "tool_version": str(document["metadata"]["guidellm_version"]),
            "measured_on": datetime.fromtimestamp(run.start_time, UTC).date(),
            "model": run.config.backend.model,
            **_load(run.config.strategy, metrics),
            "length_kind": length_kind([length.std_dev / max(length.mean, 1) for length in lengths]),
            "prompt_tokens": lengths[0].mean,
            "output_tokens": lengths[1].mean,
            **_latency("ttft", metrics.time_to_first_token_ms.successful, 1),
            **_latency("itl", metrics.inter_token_latency_ms.successful, 1),
            **_latency("e2e", metrics.request_latency.successful, 1e3),
            "throughput_rps": metrics.requests_per_second.successful.mean,
            "output_tokens_per_s": metrics.output_tokens_per_second.successful.mean,
            "requests": metrics.request_totals.successful,
            "errors": metrics.request_totals.errored,
        }
    )


def _load(strategy: Strategy, metrics: Metrics) -> Fields:
    if strategy.type_ == "synchronous":
        return {"load": LoadKind.CLOSED_LOOP, "concurrency": 1}
    if strategy.type_ == "concurrent":
        return {"load": LoadKind.CLOSED_LOOP, "concurrency": strategy.streams}
    if strategy.type_ == "throughput":
        return {"load": LoadKind.CLOSED_LOOP, "concurrency": _clients(strategy, metrics)}
    if strategy.type_ == "replay":
        raise UnusableRunError("strategy", strategy.type_, "a rate or a number of clients; a replayed trace is neither")
    most = metrics.request_concurrency.successful.max
    if strategy.max_concurrency is not None and most >= strategy.max_concurrency:
        raise UnusableRunError("max_concurrency", strategy.max_concurrency, f"more than were in flight, {most:g}")
    return {"load": LoadKind.OPEN_LOOP, "request_rate_rps": strategy.rate, "arrival": strategy.type_}


def _clients(strategy: Strategy, metrics: Metrics) -> int:
    most, finished = strategy.max_concurrency, metrics.request_totals.successful
    if most is None or finished <= most:
        raise UnusableRunError("max_concurrency", most, f"a number below that of the requests, {finished}")
    return most


def _latency(metric: str, figure: Distribution, to_ms: float) -> Mapping[str, float]:
    if figure.count == 0 or figure.mean == 0:
        return {}
    known = {f"{metric}_{p}_ms": figure.percentiles[p] * to_ms for p in PERCENTILES if p in figure.percentiles}
    return {f"{metric}_mean_ms": figure.mean * to_ms, **known}


GUIDELLM = Format("guidellm", _recognises, _runs, _read)
