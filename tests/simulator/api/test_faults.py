"""Faults happen as asked for, and never by themselves."""

from __future__ import annotations

import time

import httpx
import pytest

from simulator.api.faults import Fault, FaultInjector, Faults
from tests.simulator.api.conftest import Simulator, Start

COMPLETIONS = "/v1/completions"
SHORT = {"prompt": "Hello", "max_tokens": 2}


def statuses(simulator: Simulator, requests: int) -> list[int]:
    with httpx.Client(base_url=simulator.url, timeout=30) as client:
        return [client.post(COMPLETIONS, json=SHORT).status_code for _ in range(requests)]


def test_a_share_of_requests_fails_as_a_broken_engine_does(start: Start) -> None:
    with start("--fault-error-rate=0.3", "--seed=7", "--time-scale=200") as simulator:
        found = statuses(simulator, 60)
        assert simulator.metric('neuralnav_simulator_faults_total{kind="error"') == found.count(500)
    assert 8 <= found.count(500) <= 30
    assert set(found) == {200, 500}


def test_the_same_seed_hits_the_same_requests() -> None:
    faults = Faults(error_rate=0.2, hang_rate=0.2)
    first, again, other = ([injector.next_fault() for _ in range(100)] for injector in injectors(faults, 1, 1, 2))
    assert first == again != other
    assert {Fault.ERROR, Fault.HANG, None} == set(first)


def injectors(faults: Faults, *seeds: int) -> list[FaultInjector]:
    return [FaultInjector(faults, seed) for seed in seeds]


def test_a_share_of_requests_is_never_answered(start: Start) -> None:
    with start(NEURALNAV_SIMULATOR_FAULT_HANG_RATE="1") as simulator:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(simulator.url + COMPLETIONS, json=SHORT, timeout=0.5)
        assert simulator.get("/health").status_code == 200
        assert simulator.idle()


def test_the_process_ends_at_the_request_after_so_many(start: Start) -> None:
    with start("--fault-crash-after=3", "--time-scale=200") as simulator:
        assert statuses(simulator, 3) == [200] * 3
        with pytest.raises(httpx.HTTPError):
            simulator.post(COMPLETIONS, SHORT)
        assert simulator.process.wait(5) == 1


def test_the_port_opens_after_the_delay(start: Start) -> None:
    began = time.monotonic()
    with start("--fault-start-delay=1.5"):
        assert time.monotonic() - began > 1.5


def test_slow_tokens_take_longer_in_the_metrics_too(start: Start, simulator: Simulator) -> None:
    body = {"prompt": "Hello", "max_tokens": 11, "ignore_eos": True}
    with start("--fault-slow-tokens=4", "--time-scale=20") as slow:
        sums = []
        for server in (simulator, slow):
            before = server.metric("vllm:inter_token_latency_seconds_sum")
            server.post(COMPLETIONS, body)
            sums.append(server.metric("vllm:inter_token_latency_seconds_sum") - before)
    assert sums[1] == pytest.approx(4 * sums[0], rel=0.05)


def test_nothing_fails_unless_it_is_asked_to(simulator: Simulator) -> None:
    assert statuses(simulator, 50) == [200] * 50
