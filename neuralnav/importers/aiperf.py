"""AIPerf's ``profile_export_aiperf.json``: one run a file; a sweep writes one for each of its loads.

Its ``inter_token_latency`` is (request latency - TTFT) / (output tokens - 1) of each request, as here. Each figure
names its unit. The CSV beside it is not read: it does not say which load it is of.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from neuralnav.importers.files import CsvTable
from neuralnav.importers.formats import Fields, Format, Part, UnusableRunError, gamma_arrival, length_kind, said
from neuralnav.models.benchmark import PERCENTILES, BenchmarkTool
from neuralnav.models.prediction import LoadKind

CSV_HEADER = ("Metric", "avg", "min", "max")
ARRIVALS = ("poisson", "constant")


class Figure(Part):
    """A figure over requests, with its unit."""

    unit: str
    avg: float
    std: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None


class Model(Part):
    """A model that was asked."""

    name: str


class Models(Part):
    """The models that were asked."""

    items: list[Model] = Field(min_length=1)


class Phase(Part):
    """One stage of a run; the figures are of the one whose kind is ``profiling``."""

    kind: str = "profiling"
    type: str
    concurrency: int | None = None
    rate: float | None = None
    smoothness: float = 1.0


class InputConfig(Part):
    """The run's settings."""

    models: Models
    phases: list[Phase]


class Run(Part):
    """A run."""

    model_config = ConfigDict(protected_namespaces=())

    aiperf_version: str
    request_throughput: Figure
    request_latency: Figure
    request_count: Figure
    time_to_first_token: Figure | None = None
    inter_token_latency: Figure | None = None
    output_token_throughput: Figure
    output_sequence_length: Figure
    input_sequence_length: Figure
    error_request_count: Figure | None = None
    input_config: InputConfig
    was_cancelled: bool
    start_time: str


def _recognises(document: Any) -> bool:
    if isinstance(document, CsvTable):
        return document.columns[:4] == CSV_HEADER
    return isinstance(document, dict) and "aiperf_version" in document


def _runs(document: Any) -> Iterator[tuple[str, Any]]:
    yield "run", document


def _read(_document: Any, raw: Any) -> Fields:
    if isinstance(raw, CsvTable) or "input_config" not in raw:
        raise UnusableRunError("input_config", None, "the profile_export_aiperf.json of the run, which names its load")
    run = Run.model_validate(raw)
    if run.was_cancelled:
        raise UnusableRunError("was_cancelled", True, "a run that came to its end")
    if len(run.input_config.models.items) != 1:
        raise UnusableRunError("models", len(run.input_config.models.items), "one model")
    lengths = (run.input_sequence_length, run.output_sequence_length)
    return said(
        {
            "tool": BenchmarkTool.AIPERF,
            "tool_version": run.aiperf_version,
            "measured_on": _day(run.start_time),
            "model": run.input_config.models.items[0].name,
            **_load(run.input_config.phases),
            "length_kind": length_kind([(length.std or 0) / max(length.avg, 1) for length in lengths]),
            "prompt_tokens": lengths[0].avg,
            "output_tokens": lengths[1].avg,
            **_latency("ttft", run.time_to_first_token),
            **_latency("itl", run.inter_token_latency),
            **_latency("e2e", run.request_latency),
            "throughput_rps": run.request_throughput.avg,
            "output_tokens_per_s": run.output_token_throughput.avg,
            "requests": round(run.request_count.avg),
            "errors": round(run.error_request_count.avg) if run.error_request_count else 0,
        }
    )


def _load(phases: list[Phase]) -> Fields:
    profiled = [phase for phase in phases if phase.kind == "profiling"]
    if len(profiled) != 1:
        raise UnusableRunError("phases", len(profiled), "one phase of kind profiling")
    phase = profiled[0]
    if phase.type == "concurrency":
        return {"load": LoadKind.CLOSED_LOOP, "concurrency": phase.concurrency}
    if phase.concurrency is not None:
        raise UnusableRunError("concurrency", phase.concurrency, "not together with a request rate")
    if phase.type not in (*ARRIVALS, "gamma"):
        raise UnusableRunError("phases.type", phase.type, f"concurrency, gamma, {', '.join(ARRIVALS)}")
    arrival = gamma_arrival(phase.smoothness) if phase.type == "gamma" else phase.type
    return {"load": LoadKind.OPEN_LOOP, "request_rate_rps": phase.rate, "arrival": arrival}


def _latency(metric: str, figure: Figure | None) -> Fields:
    if figure is None:
        return {}
    if figure.unit != "ms":
        raise UnusableRunError(metric, figure.unit, "a figure in ms")
    known = {f"{metric}_{percentile}_ms": getattr(figure, percentile) for percentile in PERCENTILES}
    return {f"{metric}_mean_ms": figure.avg, **known}


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise UnusableRunError("start_time", text[:40], "a date and time") from None


AIPERF = Format("aiperf", _recognises, _runs, _read)
