"""Held against a real Prometheus: quantiles, and everything that both ways of observing tell of the same load."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import fmean

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from neuralnav.deployment.probing_cases import prompt
from neuralnav.deployment.probing_report import ProbeAnswer
from neuralnav.deployment.probing_stream import stream_once
from neuralnav.models.outcome import OutcomeSource
from neuralnav.observability.exposition import read_exposition
from neuralnav.observability.histograms import BucketCounts
from neuralnav.observability.observed import LATENCIES
from neuralnav.observability.prometheus import PrometheusAccess, PrometheusClient
from neuralnav.observability.prometheus_window import observe_prometheus
from neuralnav.observability.queries import DEPLOYMENT_LABEL, Pods, Selector
from neuralnav.observability.window import SnapshotWindow
from tests.neuralnav.observability.conftest import observe
from tests.prometheus_server import Prometheus, running_prometheus
from tests.simulator.api.conftest import MODEL, Simulator

SHARES = (0.01, 0.5, 0.9, 0.95, 0.99, 1.0)
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 2.5)
CLIENTS, EACH = 4, 8
BUSY_MS = 200
"""By how much a client on a busy machine may see answers later than the server gave them, on average."""

LABELS = {"namespace": "neuralnav", DEPLOYMENT_LABEL: "chat"}
GPUS = """\
DCGM_FI_DEV_GPU_UTIL{gpu="0",namespace="neuralnav",pod="chat-6d5f-x7k2p"} 30
DCGM_FI_DEV_GPU_UTIL{gpu="1",namespace="neuralnav",pod="chat-6d5f-x7k2p"} 50
DCGM_FI_DEV_GPU_UTIL{gpu="2",namespace="neuralnav",pod="chat-other-6d5f-x7k2p"} 100
DCGM_FI_DEV_FB_USED{gpu="0",namespace="neuralnav",pod="chat-6d5f-x7k2p"} 60
DCGM_FI_DEV_FB_FREE{gpu="0",namespace="neuralnav",pod="chat-6d5f-x7k2p"} 20
"""


def examples() -> list[BucketCounts]:
    """Histograms of all kinds: empty, in one bucket, beyond the last bound, spread."""
    found: list[BucketCounts] = [
        observe(BOUNDS),
        observe(BOUNDS, 0.03),
        observe(BOUNDS, 9.0),
        observe((1.0,), 0.5, 2.0),
    ]
    limits = st.lists(st.floats(0.001, 1000), min_size=1, max_size=20, unique=True).map(sorted)

    @seed(1)
    @settings(max_examples=60, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(limits, st.lists(st.integers(0, 1000), min_size=21, max_size=21))
    def collect(bounds: list[float], held: list[int]) -> None:
        counts = tuple(float(sum(held[: place + 1])) for place in range(len(bounds) + 1))
        found.append(BucketCounts(bounds=tuple(bounds), counts=counts, total=0.0))

    collect()
    return found


def exposition_of(histograms: list[BucketCounts]) -> str:
    lines = ["# TYPE sample histogram"]
    for number, histogram in enumerate(histograms):
        ends = (*(repr(bound) for bound in histogram.bounds), "+Inf")
        for end, count in zip(ends, histogram.counts, strict=True):
            lines.append(f'sample_bucket{{of="{number}",le="{end}"}} {count}')
    return "\n".join([*lines, GPUS])


@contextmanager
def exposing(text: str) -> Iterator[str]:
    body = text.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def histograms() -> list[BucketCounts]:
    return examples()


@pytest.fixture(scope="module")
def prometheus(replica: Simulator, histograms: list[BucketCounts]) -> Iterator[Prometheus]:
    with exposing(exposition_of(histograms)) as url, running_prometheus({url: {}, replica.url: LABELS}) as server:
        yield server


@asynccontextmanager
async def asking(prometheus: Prometheus) -> AsyncIterator[PrometheusClient]:
    async with PrometheusClient.open(PrometheusAccess(prometheus.url)) as client:
        yield client


def test_quantiles_are_prometheuss(prometheus: Prometheus, histograms: list[BucketCounts]) -> None:
    for share in SHARES:
        found = prometheus.query(f"histogram_quantile({share}, sample_bucket)")
        theirs = {int(one["metric"]["of"]): float(one["value"][1]) for one in found}
        for number, histogram in enumerate(histograms):
            ours = histogram.quantile(share)
            if ours is None:
                assert math.isnan(theirs[number])
            else:
                expected = histogram.bounds[-1] if ours.value is None else ours.value
                assert theirs[number] == pytest.approx(expected, rel=1e-12), (share, histogram)


async def test_both_ways_and_the_client_tell_the_same_of_a_load(prometheus: Prometheus, replica: Simulator) -> None:
    window = SnapshotWindow()
    async with httpx.AsyncClient(base_url=replica.url) as http, asking(prometheus) as client:

        async def look() -> float:
            now = datetime.now(UTC)
            snapshot = read_exposition((await http.get("/metrics")).text, now)
            window.add(now, {"replica": snapshot})
            return snapshot.totals.answered

        await look()
        answers = await load(http)
        await look()
        ended = await look()
        total = "sum(vllm:request_success_total)"
        assert prometheus.settles(lambda: float(prometheus.query(total)[0]["value"][1]) == ended)
        theirs = await observe_prometheus(
            client, Selector.of(**LABELS), timedelta(seconds=20), datetime.now(UTC), Pods("neuralnav", "chat")
        )
    ours = window.observed(timedelta(minutes=5))
    assert ours is not None
    assert (ours.source, theirs.source) == (OutcomeSource.SCRAPED, OutcomeSource.PROMETHEUS)
    assert (ours.replicas, theirs.replicas, ours.restarts, theirs.restarts) == (1, 1, 0, None)

    assert ours.requests == len(answers) == CLIENTS * EACH
    assert theirs.requests == pytest.approx(ours.requests, rel=0.15), "extrapolated to the window's ends"
    assert ours.peak_qps >= ours.average_qps
    for name, _ in LATENCIES:
        mine, other = ours.latency(name), theirs.latency(name)
        assert mine is not None
        assert other is not None
        assert other.mean == pytest.approx(mine.mean, rel=0.1), name
        assert other.p50.value == pytest.approx(mine.p50.value, rel=0.15), name
        assert (other.p95.low, other.p95.high) == (mine.p95.low, mine.p95.high), name

    assert ours.prompt_tokens is not None
    assert ours.output_tokens is not None
    assert ours.ttft is not None
    assert ours.e2e is not None
    assert ours.prompt_tokens.mean == pytest.approx(fmean(answer.prompt_tokens or 0 for answer in answers))
    assert ours.output_tokens.mean == fmean(answer.output_tokens for answer in answers)
    assert ours.e2e.mean <= fmean(answer.e2e_ms or 0 for answer in answers) <= 1.3 * ours.e2e.mean + BUSY_MS
    assert ours.ttft.mean <= fmean(answer.ttft_ms or 0 for answer in answers) <= 1.3 * ours.ttft.mean + BUSY_MS

    assert theirs.levels.gpu_busy == pytest.approx(0.4)
    assert theirs.levels.gpu_memory == pytest.approx(0.75)
    assert theirs.levels.kv_usage is not None


async def load(http: httpx.AsyncClient) -> list[ProbeAnswer]:
    """Clients that each make one request after another."""

    async def client(number: int) -> list[ProbeAnswer]:
        found = []
        for turn in range(EACH):
            body = {
                "model": MODEL,
                "messages": [{"role": "user", "content": prompt(40 + 10 * turn, number * 100 + turn)}],
                "max_tokens": 40,
                "ignore_eos": True,
                "stream": True,
                "stream_options": {"include_usage": True},
            }
            found.append(await stream_once(http, body, "load", 30))
        return found

    answers = [answer for found in await asyncio.gather(*map(client, range(CLIENTS))) for answer in found]
    assert all(answer.error is None for answer in answers)
    return answers


async def test_what_nobody_exposes_is_not_seen(prometheus: Prometheus) -> None:
    async with asking(prometheus) as client:
        selector = Selector.of_deployment("neuralnav", 'no"} or vector(1) #\n')
        found = await observe_prometheus(client, selector, timedelta(minutes=5), datetime.now(UTC))
    assert (found.replicas, found.requests, found.ttft, found.levels.running) == (0, 0, None, None)
