"""Results of ``vllm bench serve --save-result``: one run a file.

Its TPOT, (latency - TTFT) / (output tokens - 1) of each request, is what is called ITL here; its ITL, the gaps between
chunks of all requests, is not read. All latencies are milliseconds. p90 and p95 are there when the run was told to keep
them (``--metric-percentiles 50,90,95,99``), E2E with ``--percentile-metrics ttft,tpot,itl,e2el``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from statistics import fmean, pstdev
from typing import Any, Literal

from pydantic import Field

from neuralnav.importers.formats import Fields, Format, Part, UnusableRunError, gamma_arrival, length_kind, said
from neuralnav.models.benchmark import PERCENTILES, BenchmarkTool
from neuralnav.models.prediction import LoadKind

NAMES = {"ttft": "ttft", "itl": "tpot", "e2e": "e2el"}
"""What vLLM calls each latency."""
SCHEDULES = ("ramp_up_strategy", "rps_change_events")
"""Fields of runs whose rate changed on the way."""


class Run(Part):
    """A result; latencies are read by name, as they depend on the run's options."""

    date: str = Field(max_length=40)
    model_id: str
    request_rate: float | Literal["inf"]
    burstiness: float = Field(gt=0)
    max_concurrency: int | None = None
    duration: float = Field(gt=0)
    completed: int = Field(ge=1)
    failed: int | None = None
    total_input_tokens: int = Field(ge=1)
    total_output_tokens: int = Field(ge=1)
    request_throughput: float
    output_throughput: float
    input_lens: list[int] | None = None
    output_lens: list[int] | None = None


class Latencies(Part):
    """The latencies that a run kept, in milliseconds by their names here."""

    figures: dict[str, float | None]


def _recognises(document: Any) -> bool:
    return isinstance(document, dict) and {"request_throughput", "burstiness", "total_input_tokens"} <= document.keys()


def _runs(document: Any) -> Iterator[tuple[str, Any]]:
    yield "result", document


def _read(_document: Any, raw: Any) -> Fields:
    run = Run.model_validate(raw)
    for field in SCHEDULES:
        if raw.get(field):
            raise UnusableRunError(field, str(raw[field])[:80], "one rate throughout")
    figures = said(Latencies(figures={name: raw.get(theirs) for name, theirs in _columns()}).figures)
    load = _load(run)
    if load["load"] is LoadKind.STATIC_BATCH:
        figures = {name: value for name, value in figures.items() if not name.startswith("e2e")}
        figures["e2e_mean_ms"] = run.duration * 1e3
    return said(
        {
            "tool": BenchmarkTool.VLLM_BENCH,
            "measured_on": _day(run.date),
            "model": run.model_id,
            **load,
            "length_kind": _length_kind(run),
            "prompt_tokens": run.total_input_tokens / run.completed,
            "output_tokens": run.total_output_tokens / run.completed,
            **{name: value for name, value in figures.items() if value != 0},
            "throughput_rps": run.request_throughput,
            "output_tokens_per_s": run.output_throughput,
            "requests": run.completed,
            "errors": run.failed,
        }
    )


def _columns() -> Iterator[tuple[str, str]]:
    for ours, theirs in NAMES.items():
        yield f"{ours}_mean_ms", f"mean_{theirs}_ms"
        for percentile in PERCENTILES:
            yield f"{ours}_{percentile}_ms", f"{percentile}_{theirs}_ms"


def _load(run: Run) -> Fields:
    if run.request_rate == "inf":
        if run.max_concurrency is None:
            return {"load": LoadKind.STATIC_BATCH, "concurrency": run.completed + (run.failed or 0)}
        return {"load": LoadKind.CLOSED_LOOP, "concurrency": run.max_concurrency}
    if run.max_concurrency is not None:
        raise UnusableRunError("max_concurrency", run.max_concurrency, "not together with a request rate")
    arrival = gamma_arrival(run.burstiness)
    return {"load": LoadKind.OPEN_LOOP, "request_rate_rps": run.request_rate, "arrival": arrival}


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d-%H%M%S").replace(tzinfo=UTC).date()
    except ValueError:
        raise UnusableRunError("date", text, "such as 20260131-235959") from None


def _length_kind(run: Run) -> str | None:
    """Known only of detailed results."""
    if not run.input_lens or not run.output_lens:
        return None
    return length_kind([pstdev(lengths) / max(fmean(lengths), 1) for lengths in (run.input_lens, run.output_lens)])


VLLM_BENCH = Format("vllm bench", _recognises, _runs, _read)
