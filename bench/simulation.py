"""How fast a replica is simulated, compiled and interpreted, and how long compiling takes.

Llama 3.1 8B on one H100 at 20 requests a second: Poisson arrivals, lognormal prompts of 512 and answers of 256 tokens
on average, chunked prefill.

    python -m bench.simulation

measures in this process alone and prints JSON; ``measure_simulation`` starts such processes and judges them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass

from bench.figures import Figure, Rate
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.performance.arrivals import ArrivalProcess, Requests, RequestShape, draw_requests
from neuralnav.performance.compiled import COMPILES
from neuralnav.performance.engine import Engine, EngineSettings, build_engine
from neuralnav.performance.routing import serve
from neuralnav.performance.work import Parallelism

MODEL, GPU, QPS, MAX_MODEL_LEN = "meta-llama/Llama-3.1-8B-Instruct", GpuType.H100, 20.0, 32_768
COMPILED_RATE, INTERPRETED_RATE = 1_000_000, 8_000
"""Requests a second on one core, at least."""
SIMULATIONS_RATE = 1000
"""Simulations of 1,000 requests a second, at least: each is one configuration at one rate."""
FIRST_RUN_BOUND_MS, COMPILING_BOUND_MS = 2_000, 60_000
"""The first run of a process, with compiled code on disk and without any."""
REPEATS, RUNS = 5, 500


@dataclass(frozen=True)
class Timings:
    """What one process measured."""

    first_run_ms: float
    requests_per_s: float
    """In the fastest of ``REPEATS`` long runs."""
    runs_ms: list[float]
    """Runs of 1,000 requests."""


def measure_simulation() -> tuple[Figure | Rate, ...]:
    """The figures of three processes: one that compiles, one that finds compiled code on disk, one that interprets."""
    with tempfile.TemporaryDirectory(prefix="neuralnav-bench-") as cache:
        cold = _timings_of_a_process(NUMBA_CACHE_DIR=cache)
        warm = _timings_of_a_process(NUMBA_CACHE_DIR=cache)
    interpreted = _timings_of_a_process(NUMBA_DISABLE_JIT="1")
    return (
        Rate("requests simulated", warm.requests_per_s, COMPILED_RATE),
        Rate("requests simulated without numba", interpreted.requests_per_s, INTERPRETED_RATE),
        Rate("simulations of 1,000 requests", 1000 / statistics.median(warm.runs_ms), SIMULATIONS_RATE),
        Figure("first simulation of a process", (warm.first_run_ms,), FIRST_RUN_BOUND_MS),
        Figure("first simulation of all, compiling included", (cold.first_run_ms,), COMPILING_BOUND_MS),
    )


def measure_here() -> Timings:
    """The timings of this process, whose first simulation this has to be."""
    engine, requests = h100_engine(), _requests(1000)
    first_run_ms = _run_ms(engine, requests)
    many = _requests(200_000 if COMPILES else 4000)
    fastest_ms = min(_run_ms(engine, many) for _ in range(REPEATS))
    return Timings(
        first_run_ms=first_run_ms,
        requests_per_s=len(many) / fastest_ms * 1000,
        runs_ms=[_run_ms(engine, requests) for _ in range(RUNS if COMPILES else REPEATS)],
    )


def _timings_of_a_process(**environment: str) -> Timings:
    command = [sys.executable, "-m", "bench.simulation"]
    done = subprocess.run(command, env=os.environ | environment, check=True, stdout=subprocess.PIPE, timeout=300)
    return Timings(**json.loads(done.stdout))


def _run_ms(engine: Engine, requests: Requests) -> float:
    begun = time.perf_counter()
    serve(requests, engine.tables, engine.limits)
    return (time.perf_counter() - begun) * 1000


def h100_engine() -> Engine:
    """The engine of these figures."""
    seeds = read_seeds()
    return build_engine(
        next(model for model in seeds.architectures if model.name == MODEL),
        Precision.BF16,
        None,
        next(gpu for gpu in seeds.gpus if gpu.gpu_type == GPU),
        Parallelism(),
        EngineSettings(max_model_len=MAX_MODEL_LEN),
    )


def _requests(count: int) -> Requests:
    prompt, output = (LengthDistribution(kind="lognormal", mean=mean, p95=2 * mean) for mean in (512, 256))
    part = TrafficShape(weight=1.0, prompt_tokens=prompt, output_tokens=output)
    return draw_requests(RequestShape((part,), MAX_MODEL_LEN), ArrivalProcess.POISSON, count).at(QPS)


if __name__ == "__main__":
    print(json.dumps(asdict(measure_here())))
