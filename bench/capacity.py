"""How fast it is found what a replica carries: latencies at many rates, and the largest rate that keeps targets.

A point is one configuration at one rate: 1,000 simulated requests, and from them mean, p50, p90, p95 and p99 of TTFT,
ITL and E2E. A sweep is 20 rates of each configuration, up to the one that saturates it; building the engines and
finding that rate count, too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence

from bench.figures import Figure, Rate
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.prediction import EngineRequest
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.arrivals import ArrivalProcess, Requests, RequestShape, draw_requests
from neuralnav.performance.capacity import CAPACITY_REQUESTS, LoadedReplica
from neuralnav.performance.prediction import loaded
from neuralnav.performance.results import Targets
from neuralnav.services.engines import EngineCatalogue, configure
from neuralnav.services.loads import traffic_shape

ENGINES = (
    EngineRequest(model="llama-3.1-8b", gpu="H100"),
    EngineRequest(model="llama-3.1-8b", gpu="L4", precision=Precision.FP8),
    EngineRequest(model="llama-3.1-70b", gpu="H100", tensor_parallel=4, precision=Precision.FP8),
    EngineRequest(model="qwen3-30b-a3b", gpu="H200"),
    EngineRequest(model="gpt-oss-120b", gpu="H100", tensor_parallel=2),
)
MAX_MODEL_LEN = 8192
SHAPE = RequestShape((traffic_shape("lognormal", 512, 256),), MAX_MODEL_LEN)
POINT_REQUESTS = 1000
SHARES = tuple(step / 20 for step in range(1, 21))
"""Of the rate that saturates a replica."""
POINTS_RATE = 1000
SEARCH_BOUND_MS = 50
SWEEPS, SEARCHES = 9, 5
SLACK = 1.5
"""Targets of a search are so many times the p95s at half of saturation: within reach, and missed before saturation."""


def measure_capacity() -> tuple[Figure | Rate, ...]:
    """Points a second over ``ENGINES``, and the time of a search for the largest rate."""
    return (
        Rate("points (configuration x rate) with p95s of 1,000 requests", points_per_s(ENGINES), POINTS_RATE),
        Figure("search for the largest rate that keeps three p95s", tuple(_searches_ms(ENGINES)), SEARCH_BOUND_MS),
    )


def points_per_s(engines: Sequence[EngineRequest]) -> float:
    """Points that a second of one core's time gives: the median of ``SWEEPS`` sweeps, after one that warms up."""
    catalogue = EngineCatalogue(read_seeds())
    requests = draw_requests(SHAPE, ArrivalProcess.POISSON, POINT_REQUESTS)
    taken_s = []
    for _ in range(SWEEPS + 1):
        begun = time.process_time()
        for engine in engines:
            loaded = loaded_replica(catalogue, engine, requests)
            loaded.over(share * loaded.saturation_qps for share in SHARES)
        taken_s.append(time.process_time() - begun)
    return len(engines) * len(SHARES) / statistics.median(taken_s[1:])


def loaded_replica(catalogue: EngineCatalogue, engine: EngineRequest, requests: Requests) -> LoadedReplica:
    """A replica of ``engine`` that nothing is known of yet."""
    built = configure(engine, catalogue.resolve(engine), MAX_MODEL_LEN).engine
    return loaded(built, requests)


def reachable_targets(loaded: LoadedReplica) -> Targets:
    """``SLACK`` times the p95s at half of saturation."""
    half = loaded.at(loaded.saturation_qps / 2)
    return Targets(*(SLACK * latency.p95 for latency in (half.ttft_ms, half.itl_ms, half.e2e_ms)))


def _searches_ms(engines: Sequence[EngineRequest]) -> Iterator[float]:
    catalogue = EngineCatalogue(read_seeds())
    requests = draw_requests(SHAPE, ArrivalProcess.POISSON, CAPACITY_REQUESTS)
    for engine in engines:
        targets = reachable_targets(loaded_replica(catalogue, engine, requests))
        for _ in range(SEARCHES):
            loaded = loaded_replica(catalogue, engine, requests)
            begun = time.perf_counter()
            loaded.max_qps(targets)
            yield (time.perf_counter() - begun) * 1000
