"""Measured runs of vLLM servers, each with what is needed to run it again in simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.arrivals import Requests, RequestShape, draw_batch, out_of_step
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.engine import replica_limits
from neuralnav.performance.formats import ServedFormat, UnsupportedFormat, served_format
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.memory import GIB, EngineLimits, default_engine_limits, fit_memory
from neuralnav.performance.prediction import closed_loop_requests
from neuralnav.performance.rates import EngineRates, engine_rates
from neuralnav.performance.routing import Served, serve, serve_closed_loop
from neuralnav.performance.step_time import StepCurves, step_curves
from neuralnav.performance.work import EngineWork, Parallelism, engine_work


@dataclass(frozen=True)
class Run:
    """One measured run, and what the server was."""

    model: str
    family: str
    """Who made the model: what a report groups by."""
    gpu: GpuProfile
    architecture: ModelArchitecture
    precision: Precision
    quantization: str | None
    parallelism: Parallelism
    engine_version: str | None
    load: str
    """``closed_loop`` or ``static_batch``."""
    prompt: LengthDistribution
    output: LengthDistribution
    concurrency: int
    utilisation: float
    """Share of GPU memory that vLLM was given."""
    kv_bytes: float
    ttft_s: float | None
    itl_s: float | None
    e2e_s: float | None
    weight: int = 1
    """Published runs of exactly this kind, whose figures are averaged."""

    @property
    def group(self) -> tuple[str, str]:
        """Model and GPU."""
        return self.model, self.gpu.gpu_type.value


@dataclass(frozen=True)
class Replay:
    """Runs with all that does not depend on the calibration: what each engine does, holds and is asked."""

    runs: tuple[Run, ...]
    formats: tuple[ServedFormat, ...]
    works: tuple[EngineWork, ...]
    limits: tuple[ReplicaLimits, ...]
    requests: tuple[Requests, ...]

    def take(self, rows: Sequence[int]) -> Replay:
        """Only the runs at these positions."""
        return Replay(
            tuple(self.runs[i] for i in rows),
            tuple(self.formats[i] for i in rows),
            tuple(self.works[i] for i in rows),
            tuple(self.limits[i] for i in rows),
            tuple(self.requests[i] for i in rows),
        )

    def rates(self, efficiencies: Efficiencies) -> list[EngineRates]:
        """What each engine reaches."""
        return [
            engine_rates(work, served, run.quantization, run.gpu, run.kv_bytes, efficiencies, run.engine_version)
            for run, work, served in zip(self.runs, self.works, self.formats, strict=True)
        ]

    def curves(self, rates: Sequence[EngineRates]) -> StepCurves:
        """The step times of each engine."""
        return step_curves(self.works, rates)


@dataclass(frozen=True)
class Outcome:
    """Simulated means of each run, in seconds."""

    ttft_s: NDArray[np.float64]
    itl_s: NDArray[np.float64]
    e2e_s: NDArray[np.float64]
    """For a static batch, until its last answer is complete."""


def prepare(runs: Sequence[Run]) -> tuple[Replay, dict[str, int]]:
    """The runs that can be replayed, and why the others cannot with their number."""
    kept: list[tuple[Run, ServedFormat, EngineWork, ReplicaLimits, Requests]] = []
    left_out: dict[str, int] = {}
    for run in runs:
        prepared = _prepare(run)
        if isinstance(prepared, str):
            left_out[prepared] = left_out.get(prepared, 0) + run.weight
        else:
            kept.append((run, *prepared))
    columns = tuple(zip(*kept, strict=True)) if kept else ((), (), (), (), ())
    return Replay(*columns), left_out


def simulate(replay: Replay, efficiencies: Efficiencies) -> Outcome:
    """Every run again, in simulation."""
    rates = replay.rates(efficiencies)
    curves = replay.curves(rates)
    means = np.array([_means(replay, i, rates[i], curves) for i in range(len(replay.runs))]).reshape(-1, 3)
    return Outcome(means[:, 0], means[:, 1], means[:, 2])


def _means(replay: Replay, row: int, rates: EngineRates, curves: StepCurves) -> tuple[float, float, float]:
    run, limits, requests = replay.runs[row], replay.limits[row], replay.requests[row]
    tables = curves.tables(row, limits.max_num_seqs, limits.max_num_batched_tokens)
    client_s = rates.costs.client_s
    if run.load == "static_batch":
        served = serve(requests, tables, limits)
    else:
        served = serve_closed_loop(requests, clients_of(run), tables, limits, pause_s=client_s)
    in_flight = rates.costs.client_stream_s * run.concurrency
    own_client_s = client_s + rates.costs.client_token_s * requests.prompt_tokens + in_flight
    counted = slice(clients_of(run), None) if _in_step(run) else slice(None)
    first_s = served.first_token_s - served.arrival_s + own_client_s
    gaps_s = (served.finish_s - served.first_token_s) / np.maximum(requests.output_tokens - 1, 1)
    return float(first_s[counted].mean()), float(gaps_s[counted].mean()), _whole_s(run, served)


def _whole_s(run: Run, served: Served) -> float:
    if run.load == "static_batch":
        return float(served.finish_s.max())
    return float((served.finish_s - served.arrival_s).mean())


def _in_step(run: Run) -> bool:
    """Whether clients that begin together would stay together."""
    return run.load == "closed_loop" and run.output.kind == "fixed"


def clients_of(run: Run) -> int:
    """Clients of one data-parallel rank: they are spread evenly."""
    return max(round(run.concurrency / run.parallelism.data), 1)


def _prepare(run: Run) -> tuple[ServedFormat, EngineWork, ReplicaLimits, Requests] | str:
    served = served_format(run.precision, run.quantization, run.gpu, run.architecture)
    if isinstance(served, UnsupportedFormat):
        return "a number format that vLLM does not run on the GPU"
    clients = clients_of(run)
    defaults = default_engine_limits(run.gpu)
    limits = EngineLimits(
        max_num_batched_tokens=max(defaults.max_num_batched_tokens, clients),
        max_num_seqs=clients,
    )
    longest = round(run.prompt.p95 * 1.05 + run.output.p95 * 1.05) + 64
    memory = fit_memory(
        run.architecture,
        run.precision,
        run.gpu,
        run.parallelism.tensor,
        data_parallel=run.parallelism.data,
        gpu_memory_utilization=run.utilisation,
        max_model_len=min(longest, run.architecture.max_position_embeddings),
        max_num_batched_tokens=min(defaults.max_num_batched_tokens, limits.max_num_batched_tokens),
        max_num_seqs=min(limits.max_num_seqs, defaults.max_num_seqs),
        kv_bytes=run.kv_bytes,
    )
    if not memory.fits:
        return "predicted not to fit into the GPUs' memory"
    work = engine_work(run.architecture, run.precision, run.parallelism)
    part = TrafficShape(weight=1.0, prompt_tokens=run.prompt, output_tokens=run.output)
    shape = RequestShape((part,), run.architecture.max_position_embeddings)
    count = clients if run.load == "static_batch" else closed_loop_requests(clients)
    requests = draw_batch(shape, count)
    if _in_step(run):
        requests = out_of_step(requests, clients)
    return served, work, replica_limits(work, limits, int(memory.kv_cache_gib * GIB), run.kv_bytes), requests
