"""How one engine answers a load: its requests are simulated, and percentiles, throughput and regime follow.

Data-parallel ranks share a load evenly, so one of them is simulated with its share; the throughput is that of all.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.arrivals import (
    ArrivalProcess,
    Requests,
    RequestShape,
    draw_batch,
    draw_requests,
    out_of_step,
)
from neuralnav.performance.capacity import CAPACITY_REQUESTS, LoadedReplica, places
from neuralnav.performance.engine import Engine
from neuralnav.performance.results import LoadRegime, Results, load_regime, whole_run_results
from neuralnav.performance.routing import Served, serve, serve_closed_loop

Floats = NDArray[np.float64]

OPEN_LOOP_REQUESTS = CAPACITY_REQUESTS
"""Requests of an open loop: enough for a p95 that is within 1 to 6 % of a long run's (``capacity`` has the table)."""
REQUESTS_A_CLIENT = 10
"""Requests of a closed loop, as published benchmarks send them: a tenth of what they report is the start's burst."""
MOST_REQUESTS = 50_000
"""Requests of a closed loop of more than 5,000 clients, but at least ``LEAST_A_CLIENT`` for each of them."""
LEAST_A_CLIENT = 2


@dataclass(frozen=True)
class OpenLoop:
    """Requests that come at a rate, whether or not those before are finished."""

    qps: float
    process: ArrivalProcess = ArrivalProcess.POISSON


@dataclass(frozen=True)
class ClosedLoop:
    """Clients that keep one request each in flight, all from time 0 on."""

    clients: int


@dataclass(frozen=True)
class StaticBatch:
    """Requests that are all there at time 0, handed over without a server: no HTTP, no client."""

    requests: int


Load = OpenLoop | ClosedLoop | StaticBatch


@dataclass(frozen=True)
class Prediction:
    """What an engine makes of a load."""

    results: Results
    """Latencies of a rank's requests, throughput of all ranks."""
    saturated: bool
    """Whether requests come faster than they can be finished, so that latencies grow as long as the load lasts, or
    more are there at once than run at a time."""
    regime: LoadRegime
    """By the share of the rate at which the engine never idles."""


def predict(engine: Engine, shape: RequestShape, load: Load, seed: int = 0) -> Prediction:
    """What ``engine`` makes of ``load`` with requests like ``shape``; the same seed gives the same figures.

    Raises:
        InvalidInputError: a rate or a number of requests is out of range, or a request never fits into the KV cache.

    """
    if isinstance(load, OpenLoop):
        return _open_loop(engine, shape, load, seed)
    if isinstance(load, ClosedLoop):
        return _closed_loop(engine, shape, load.clients, seed)
    return _static_batch(engine, shape, load.requests, seed)


def closed_loop_requests(clients: int) -> int:
    """How many requests the clients of a closed loop send together."""
    return min(REQUESTS_A_CLIENT * clients, max(MOST_REQUESTS, LEAST_A_CLIENT * clients))


def mean_running(served: Served) -> float:
    """Requests that a replica runs on average while it is busy."""
    return served.running_s / served.busy_s


def saturation_qps(engine: Engine, requests: Requests) -> float:
    """Requests like these that a rank finishes a second when it never idles."""
    return loaded(engine, requests).saturation_qps


def loaded(engine: Engine, requests: Requests) -> LoadedReplica:
    """A rank of ``engine`` and the requests that it gets."""
    return LoadedReplica(requests, engine.tables, engine.limits, engine.clients, engine.parallelism.data)


def _open_loop(engine: Engine, shape: RequestShape, load: OpenLoop, seed: int) -> Prediction:
    ranks = engine.parallelism.data
    rank = loaded(engine, draw_requests(shape, load.process, OPEN_LOOP_REQUESTS, seed))
    results = rank.at(load.qps / ranks)
    most_qps = ranks * rank.saturation_qps
    saturated = load.qps > most_qps
    return Prediction(
        results=_at_rate(results, most_qps if saturated else ranks * results.throughput_rps),
        saturated=saturated,
        regime=load_regime(load.qps, most_qps),
    )


def _closed_loop(engine: Engine, shape: RequestShape, clients: int, seed: int) -> Prediction:
    share = _share(clients, engine)
    requests = draw_batch(shape, closed_loop_requests(share), seed)
    in_step = all(part.output_tokens.kind == "fixed" for part in shape.parts)
    sent = out_of_step(requests, share) if in_step else requests
    served = serve_closed_loop(sent, share, engine.tables, engine.limits, pause_s=engine.clients.request_s)
    counted = slice(share, None) if in_step else slice(None)
    requests, served = _requests_in(sent, counted), _served_in(served, counted)
    seen = engine.clients.with_prompts(requests, served)
    results = whole_run_results(requests, seen, engine.clients.added_s(clients))
    return _at_once(engine, requests, results, clients)


def _static_batch(engine: Engine, shape: RequestShape, count: int, seed: int) -> Prediction:
    requests = draw_batch(shape, _share(count, engine), seed)
    results = whole_run_results(requests, serve(requests, engine.tables, engine.limits), client_s=0.0)
    return _at_once(engine, requests, results, count)


def _at_once(engine: Engine, requests: Requests, results: Results, in_flight: int) -> Prediction:
    """The prediction for a load of so many requests at a time, from what a rank made of its share."""
    share = _share(in_flight, engine)
    return Prediction(
        results=_at_rate(results, results.throughput_rps * in_flight / share),
        saturated=share > places(requests, engine.limits),
        regime=load_regime(results.throughput_rps, saturation_qps(engine, requests)),
    )


def _share(count: int, engine: Engine) -> int:
    """What a rank gets of so many requests at a time; where they are fewer than ranks, some idle."""
    return max(round(count / engine.parallelism.data), 1)


def _at_rate(results: Results, throughput_rps: float) -> Results:
    """``results`` with the throughput of all ranks, or of a longer run."""
    tokens = results.output_tokens_per_s / results.throughput_rps
    return replace(results, throughput_rps=throughput_rps, output_tokens_per_s=tokens * throughput_rps)


def _requests_in(requests: Requests, part: slice) -> Requests:
    return Requests(*(getattr(requests, field.name)[part] for field in fields(requests)))


def _served_in(served: Served, part: slice) -> Served:
    each = ("arrival_s", "first_token_s", "finish_s", "preemptions", "replica")
    return replace(served, **{name: getattr(served, name)[part] for name in each})
