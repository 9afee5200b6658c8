"""Predictions and simulations as tables for people at a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table

from neuralnav.models.figures import figure, plural
from neuralnav.models.gpus import gpu_label
from neuralnav.models.prediction import (
    EngineAnswer,
    FigureSources,
    Latency,
    LatencySources,
    PredictionAnswer,
    SimulationAnswer,
)
from neuralnav.models.vocabulary import Source

METRICS = (("TTFT", "ttft_ms"), ("ITL", "itl_ms"), ("E2E", "e2e_ms"))
PERCENTILES = ("p50", "p90", "p99")


def print_prediction(answer: PredictionAnswer, stream: TextIO) -> None:
    """Latencies with bands and sources, throughput, and what the engine is."""
    console = Console(file=stream, highlight=False)
    _engine(console, answer)
    if answer.fits:
        console.print(_latencies(answer, answer.sources or FigureSources()))
        _throughput(console, answer)
    if measured := answer.measured:
        release = f"vLLM {measured.engine_version}" if measured.engine_version else "vLLM of an unnamed release"
        console.print(
            f"Measured: {plural(measured.runs, 'run')} of {measured.model} with {release}; {measured.source} "
            f"({measured.licence}).",
            markup=False,
        )
    _notes(console, answer)


def print_simulation(answer: SimulationAnswer, stream: TextIO) -> None:
    """The same of all requests of a simulation, and what the replicas did."""
    console = Console(file=stream, highlight=False)
    _engine(console, answer)
    if answer.fits:
        console.print(_latencies(answer, FigureSources()))
        _throughput(console, answer)
        console.print(
            f"{plural(answer.requests or 0, 'request')} in {figure(answer.duration_s or 0)} s on "
            f"{plural(answer.replicas, 'replica')} ({answer.routing}); "
            f"{figure(answer.mean_running or 0)} running on average, {plural(answer.preemptions or 0, 'preemption')}, "
            f"at most {100 * (answer.peak_kv_cache or 0):.0f} % of the KV cache in use.",
            markup=False,
        )
    _notes(console, answer)


def _engine(console: Console, answer: EngineAnswer) -> None:
    memory, limits = answer.memory_gib, answer.limits
    release = f" {answer.engine_version}" if answer.engine_version else ""
    console.print(
        f"{answer.model} in {answer.precision.value} on {gpu_label(answer.gpu, answer.gpu_count)}, vLLM{release}",
        style="bold",
        markup=False,
    )
    console.print(
        f"GiB a GPU: weights {memory.weights:.1f}, activation {memory.activation:.1f}, "
        f"other {memory.non_torch + memory.cuda_graph:.1f}, "
        f"KV cache {memory.kv_cache:.1f} ({memory.kv_cache_tokens:,} tokens); "
        f"max-model-len {limits.max_model_len:,}, max-num-seqs {limits.max_num_seqs:,}, "
        f"max-num-batched-tokens {limits.max_num_batched_tokens:,}",
        markup=False,
    )
    if not answer.fits:
        console.print(f"Does not fit: {answer.reason}.", style="bold", markup=False)


def _latencies(answer: EngineAnswer, sources: FigureSources) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("ms")
    for heading in ("Mean", "p50", "p90", "p95", "p99"):
        table.add_column(heading, justify="right")
    table.add_column("Source")
    for name, field in METRICS:
        latency: Latency | None = getattr(answer, field)
        if latency is not None:
            table.add_row(name, *_cells(latency), _source(getattr(sources, field)))
    return table


def _cells(latency: Latency) -> tuple[str, ...]:
    mean = f"{figure(latency.mean)} ({figure(latency.low)}-{figure(latency.high)})"
    p95 = f"{figure(latency.p95)} ({figure(latency.p95_low)}-{figure(latency.p95_high)})"
    return mean, figure(latency.p50), figure(latency.p90), p95, figure(latency.p99)


def _source(sources: LatencySources) -> str:
    figures = sources.model_dump()
    measured = [name for name, source in figures.items() if source is Source.MEASURED]
    return f"{', '.join(measured)} measured, else simulated" if measured else Source.SIMULATED.value


def _throughput(console: Console, answer: EngineAnswer) -> None:
    regime = (answer.regime or "").replace("_", " ")
    line = f"{figure(answer.throughput_rps or 0)} requests/s, {figure(answer.output_tokens_per_s or 0)} output tokens/s"
    console.print(f"{line}; {'saturated' if answer.saturated else f'load: {regime}'}.", markup=False)


def _notes(console: Console, answer: EngineAnswer) -> None:
    for note in answer.notes:
        console.print(f"Note: {note}.", style="yellow", markup=False)
    if answer.fits:
        bands = f"Brackets hold the 90 % band (calibration {answer.calibration})"
        console.print(f"{bands}; those of p95s are {answer.percentile_bands}.", markup=False)
