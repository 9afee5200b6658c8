"""inference-perf's ``stage_N_lifecycle_metrics.json``: one stage, so one load, a file.

Its ``time_per_output_token``, (last token - first token) / (tokens - 1) of each request, is what is called ITL here;
``inter_token_latency``, the gaps between chunks of all requests, and ``normalized_time_per_output_token``, which folds
the TTFT in, are not read. All its latencies are seconds. The model and the kind of arrivals are in other files of the
run, so they come from options.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from neuralnav.importers.formats import Fields, Format, Part, UnusableRunError, said
from neuralnav.models.benchmark import BenchmarkTool
from neuralnav.models.prediction import LoadKind


class Distribution(Part):
    """A figure over requests."""

    mean: float
    min: float
    max: float
    median: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None


class Latency(Part):
    """Latencies in seconds."""

    request_latency: Distribution
    time_per_output_token: Distribution | None = None
    time_to_first_token: Distribution | None = None


class Throughput(Part):
    """What was finished a second."""

    output_tokens_per_sec: float
    requests_per_sec: float


class Successes(Part):
    """The finished requests."""

    count: int
    latency: Latency
    throughput: Throughput
    prompt_tokens: Distribution
    output_tokens: Distribution


class Failures(Part):
    """The others."""

    count: int


class LoadSummary(Part):
    """How requests were sent."""

    requested_rate: float | None = None
    concurrency: int | None = None


class Stage(Part):
    """A stage."""

    load_summary: LoadSummary
    successes: Successes = Field()
    failures: Failures


def _recognises(document: Any) -> bool:
    return isinstance(document, dict) and {"load_summary", "successes", "failures"} <= document.keys()


def _runs(document: Any) -> Iterator[tuple[str, Any]]:
    yield "stage", document


def _read(_document: Any, raw: Any) -> Fields:
    if not (isinstance(raw["successes"], dict) and raw["successes"].get("count")):
        raise UnusableRunError("successes.count", 0, "at least 1")
    stage = Stage.model_validate(raw)
    done = stage.successes
    return said(
        {
            "tool": BenchmarkTool.INFERENCE_PERF,
            **_load(stage.load_summary),
            "length_kind": _length_kind(done.prompt_tokens, done.output_tokens),
            "prompt_tokens": done.prompt_tokens.mean,
            "output_tokens": done.output_tokens.mean,
            **_latency("ttft", done.latency.time_to_first_token),
            **_latency("itl", done.latency.time_per_output_token),
            **_latency("e2e", done.latency.request_latency),
            "throughput_rps": done.throughput.requests_per_sec,
            "output_tokens_per_s": done.throughput.output_tokens_per_sec,
            "requests": done.count,
            "errors": stage.failures.count,
        }
    )


def _load(load: LoadSummary) -> Fields:
    if load.concurrency is not None:
        return {"load": LoadKind.CLOSED_LOOP, "concurrency": load.concurrency}
    if load.requested_rate is None:
        raise UnusableRunError("load_summary", None, "the report of one stage; a summary of several is no single load")
    return {"load": LoadKind.OPEN_LOOP, "request_rate_rps": load.requested_rate}


def _length_kind(*lengths: Distribution) -> str | None:
    """Fixed where the shortest and the longest are the same; otherwise the spread is not told."""
    return "fixed" if all(length.min == length.max for length in lengths) else None


def _latency(metric: str, figure: Distribution | None) -> Fields:
    if figure is None:
        return {}
    known = {"mean": figure.mean, "p50": figure.median, "p90": figure.p90, "p95": figure.p95, "p99": figure.p99}
    return {f"{metric}_{name}_ms": value * 1e3 for name, value in known.items() if value is not None}


INFERENCE_PERF = Format("inference-perf", _recognises, _runs, _read)
