"""How closely the simulator's engine follows its schedule: token by token with few streams, and with very many.

Llama 3.1 8B on one H100, read by clients in the same process and event loop (uvloop, one core, nothing compiled: as
the server runs). The schedule of many streams is slowed down or sped up to a given number of tokens a second.

    python -m bench.simulator_streams

measures in this process and prints JSON; ``measure_simulator_streams`` starts such a process and judges it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np
import uvloop

from bench.figures import Figure, Measured, Rate
from bench.simulation import h100_engine
from neuralnav.performance.arrivals import Requests
from neuralnav.performance.engine import Engine
from neuralnav.performance.routing import serve_closed_loop
from simulator.engine.loop import RealTimeEngine

FEW_STREAMS = (1, 8, 32)
TOKENS_EACH = 300
MEDIAN_BOUND_MS = 1.0

STREAMS, TOKENS_PER_S, LAG_BOUND_MS = 500, 10_000, 100.0
SPARE = 1.05
"""How many more tokens than asked for the schedule has: clients take a moment from one answer to the next request."""
PROMPT_TOKENS, ANSWER_TOKENS = 64, (100, 300)
WARM_UP_S, MEASURED_S = 5.0, 15.0


@dataclass
class Readings:
    """What one process measured."""

    deviations_ms: dict[str, list[float]] = field(default_factory=dict)
    """By the number of streams: from a token's scheduled time to its being read."""
    lags_ms: list[float] = field(default_factory=list)
    """The same with ``STREAMS`` streams."""
    tokens_per_s: float = 0.0
    cpu_share: float = 0.0
    """Of one core, with ``STREAMS`` streams and their clients."""


def measure_simulator_streams() -> tuple[Measured, ...]:
    """The figures of a process of its own."""
    command = [sys.executable, "-m", "bench.simulator_streams"]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, timeout=120)
    readings = Readings(**json.loads(done.stdout))
    few = (
        Figure(f"simulator: token after its schedule, streams: {streams}", tuple(late_ms), MEDIAN_BOUND_MS, 0.5)
        for streams, late_ms in readings.deviations_ms.items()
    )
    return (
        *few,
        Rate(f"simulator: tokens to {STREAMS} streams", readings.tokens_per_s, TOKENS_PER_S),
        Figure(
            f"simulator: token after its schedule, streams: {STREAMS}, at {readings.cpu_share:.0%} of a core",
            tuple(readings.lags_ms),
            LAG_BOUND_MS,
        ),
    )


async def measure_here() -> Readings:
    """The readings of this process."""
    readings, engine = Readings(), h100_engine()
    for streams in FEW_STREAMS:
        async with RealTimeEngine(engine) as running:
            late_s: list[float] = []
            await asyncio.gather(*(_read(running, TOKENS_EACH, late_s.append) for _ in range(streams)))
            readings.deviations_ms[str(streams)] = _milliseconds(late_s)
    await _measure_many(engine, readings)
    return readings


async def _measure_many(engine: Engine, readings: Readings) -> None:
    late_s: list[float] = []
    async with RealTimeEngine(engine, time_scale=SPARE * TOKENS_PER_S / _own_tokens_per_s(engine)) as running:
        clients = [asyncio.create_task(_client(running, number, late_s.append)) for number in range(STREAMS)]
        await asyncio.sleep(WARM_UP_S)
        late_s.clear()
        tokens, begun_s, cpu_s = running.stats().generation_tokens_total, time.monotonic(), time.process_time()
        await asyncio.sleep(MEASURED_S)
        seconds = time.monotonic() - begun_s
        readings.tokens_per_s = (running.stats().generation_tokens_total - tokens) / seconds
        readings.cpu_share = (time.process_time() - cpu_s) / seconds
        readings.lags_ms = _milliseconds(late_s)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


async def _client(running: RealTimeEngine, number: int, note: Callable[[float], None]) -> None:
    """Ask again and again."""
    lengths = random.Random(number)
    while True:
        await _read(running, lengths.randint(*ANSWER_TOKENS), note)


async def _read(running: RealTimeEngine, output_tokens: int, note: Callable[[float], None]) -> None:
    async for tokens in running.submit(range(PROMPT_TOKENS), output_tokens):
        note(time.monotonic() - tokens.scheduled_s)


def _own_tokens_per_s(engine: Engine) -> float:
    """At the engine's own speed; its clients all send the same prompt."""
    return scheduled_tokens_per_s(engine, STREAMS, cached_tokens=PROMPT_TOKENS - engine.limits.block_tokens)


def scheduled_tokens_per_s(engine: Engine, streams: int, *, cached_tokens: int = 0, pause_s: float = 0.0) -> float:
    """What an engine generates at its own speed for clients who ask again ``pause_s`` after each answer."""
    count = 8 * streams
    output_tokens = np.random.default_rng(0).integers(*ANSWER_TOKENS, count, endpoint=True)
    cached = np.full(count, cached_tokens)
    requests = Requests(np.zeros(count), np.full(count, PROMPT_TOKENS), output_tokens, cached)
    served = serve_closed_loop(requests, streams, engine.tables, engine.limits, pause_s=pause_s)
    middle = (served.finish_s > 0.25 * served.finish_s.max()) & (served.finish_s < 0.75 * served.finish_s.max())
    return float(output_tokens[middle].sum() / (0.5 * served.finish_s.max()))


def _milliseconds(seconds: list[float]) -> list[float]:
    return [round(1000 * value, 4) for value in seconds]


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps(asdict(uvloop.run(measure_here()))))
