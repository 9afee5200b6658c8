"""What the simulator streams over HTTP on one core: tokens a second to 500 clients and more, and how late they come.

Llama 3.1 8B on one H100, its schedule slowed down or sped up to a given number of tokens a second. The server has one
core, its clients have the others. The rate goes up until the core is full: from there on, tokens that are late come
together, two or more in a chunk, or the 95th percentile of how late they are exceeds its bound.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from bench.figures import Figure, Measured, Rate
from bench.simulation import MAX_MODEL_LEN, MODEL, h100_engine
from bench.simulator_process import simulator_process
from bench.simulator_streams import LAG_BOUND_MS, PROMPT_TOKENS, SPARE, STREAMS, TOKENS_PER_S, scheduled_tokens_per_s
from bench.simulator_streams_client import Seen
from neuralnav.performance.engine import Engine

RATES = (TOKENS_PER_S, 12_500, 15_000, 17_500, 20_000, 25_000, 30_000)
SINGLE = 1.1
"""Up to so many tokens a chunk they count as coming one by one."""
CLIENTS_S = 60.0


def measure_simulator_http() -> Iterator[Measured]:
    """The figures at the first rate, and the highest rate at which it keeps up."""
    reached = 0.0
    for rate in RATES:
        seen = see(rate, STREAMS)
        if rate == TOKENS_PER_S:
            yield Rate(f"simulator over HTTP: tokens to {STREAMS} streams", seen.tokens_per_s, TOKENS_PER_S)
            share = f"at {seen.server_share:.0%} of a core"
            yield Figure(f"simulator over HTTP: token after its schedule, {share}", (seen.server_lag_ms,), LAG_BOUND_MS)
            yield Figure("simulator over HTTP: token at its client", tuple(seen.lags_ms), LAG_BOUND_MS)
        if lag_ms(seen) > LAG_BOUND_MS or seen.tokens_a_chunk > SINGLE:
            break
        reached = seen.tokens_per_s
    yield Rate("simulator over HTTP: most tokens before it bends", reached, TOKENS_PER_S)


def lag_ms(seen: Seen) -> float:
    """The 95th percentile at the clients, or the server's own where that is larger."""
    return max(seen.server_lag_ms, Figure("", tuple(seen.lags_ms), LAG_BOUND_MS).percentile(0.95))


def see(rate: float, streams: int) -> Seen:
    """What so many clients see of a server that generates at ``rate`` tokens a second."""
    engine = h100_engine()
    own_rate = scheduled_tokens_per_s(engine, streams, pause_s=_front_end_s(engine, streams))
    arguments = (
        *("--model", MODEL, "--gpu", "H100", "--max-model-len", str(MAX_MODEL_LEN)),
        *("--time-scale", str(SPARE * rate / own_rate)),
    )
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    with simulator_process(arguments, cores=cores[-1:]) as simulator:
        command = [sys.executable, "-m", "bench.simulator_streams_client", simulator.url, str(streams)]
        clients = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            if cores[:-1]:
                os.sched_setaffinity(clients.pid, cores[:-1])
            written, _ = clients.communicate(timeout=CLIENTS_S)
            if clients.returncode:
                raise subprocess.CalledProcessError(clients.returncode, command)
        finally:
            clients.kill()
            clients.wait()
    return Seen(**json.loads(written))


def _front_end_s(engine: Engine, streams: int) -> float:
    """From an answer to the engine's seeing the same client's next request: the simulated front end's share."""
    return engine.clients.added_s(streams) + engine.clients.prompt_token_s * PROMPT_TOKENS
