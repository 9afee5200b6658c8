"""Measured benchmarks as a table for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.figures import figure, plural
from neuralnav.models.gpus import gpu_label
from neuralnav.models.prediction import LoadKind

LATENCIES = ("ttft_mean_ms", "ttft_p95_ms", "itl_mean_ms", "itl_p95_ms", "e2e_mean_ms", "e2e_p95_ms")


def print_benchmarks(benchmarks: Sequence[Benchmark], stream: TextIO) -> None:
    """One line a run: what ran, under which load, with which latencies, and who measured it."""
    console = Console(file=stream, highlight=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("Model", "GPUs", "Load", "Tokens in/out"):
        table.add_column(heading)
    for column in LATENCIES:
        metric, statistic, _ = column.split("_")
        table.add_column(f"{metric.upper()} {statistic}", justify="right")
    table.add_column("Source")
    for run in sorted(benchmarks, key=lambda run: (run.model.casefold(), run.gpu_type, run.gpu_count, run.load)):
        figures = (getattr(run, column) for column in LATENCIES)
        table.add_row(
            f"{run.model} {run.precision.value}",
            gpu_label(run.gpu_type, run.gpu_count),
            _load(run),
            f"{figure(run.prompt_tokens)}/{figure(run.output_tokens)}",
            *("" if value is None else figure(value) for value in figures),
            run.source,
        )
    console.print(table)
    console.print(f"{plural(len(benchmarks), 'run')}; latencies in ms.", markup=False)


def _load(run: Benchmark) -> str:
    if run.load is LoadKind.OPEN_LOOP:
        return f"{figure(run.request_rate_rps or 0)} requests/s"
    who = "client" if run.load is LoadKind.CLOSED_LOOP else "request"
    return plural(run.concurrency or 0, who) + (" at once" if run.load is LoadKind.STATIC_BATCH else "")
