"""Several replicas behind a router, and that percentiles move the way they must."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from neuralnav.performance.routing import Routing, Served, serve
from tests.neuralnav.performance import step_by_step
from tests.neuralnav.performance.loads import (
    Case,
    cases,
    chat_requests,
    even_tables,
    h100_limits,
    h100_tables,
    limits_of,
    requests_of,
)
from tests.neuralnav.performance.test_scheduler import EXAMPLES, assert_same

SEEDS = range(5)
NOISE = 0.03


@given(cases(), st.integers(1, 4), st.sampled_from(Routing))
@EXAMPLES
def test_jumping_over_steps_equals_taking_each_on_several_replicas(case: Case, replicas: int, routing: Routing) -> None:
    served = serve(case.requests, case.tables, case.limits, replicas=replicas, routing=routing)
    load = step_by_step.serve(
        case.requests, case.tables, case.limits, replicas, least_loaded=routing is Routing.LEAST_LOADED
    )
    assert_same(served, load)


def test_round_robin_deals_in_order_of_arrival() -> None:
    served = serve(requests_of(*[(0, 10, 2)] * 5), even_tables(), limits_of(), replicas=2)
    assert served.replica.tolist() == [0, 1, 0, 1, 0]


def test_least_loaded_counts_a_finish_when_its_step_has_ended_and_prefers_the_first_of_equals() -> None:
    requests = requests_of((0, 10, 3), (0, 10, 2), (1.5, 10, 1), (1.9, 10, 1), (2.1, 10, 1), (5, 10, 1))
    served = serve(requests, even_tables(), limits_of(), replicas=2, routing=Routing.LEAST_LOADED)
    # At 1.5 and 1.9 both have the first two; at 2.1 replica 1 is done with its first, replica 0 has two.
    assert served.replica.tolist() == [0, 1, 0, 1, 1, 0]


def test_least_loaded_evens_out_what_round_robin_deals_badly() -> None:
    requests = requests_of(*[(number / 20, 512, 20 + 980 * (number % 2)) for number in range(600)])
    dealt, chosen = (serve(requests, h100_tables(), h100_limits(), replicas=2, routing=routing) for routing in Routing)
    assert np.percentile(chosen.finish_s - chosen.arrival_s, 95) < np.percentile(dealt.finish_s - dealt.arrival_s, 95)


def test_replicas_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="replicas"):
        serve(requests_of((0, 1, 1)), even_tables(), limits_of(), replicas=0)


def p95s(**changes: float) -> np.ndarray:
    """TTFT, ITL and E2E p95 over five seeds."""
    load = {"qps": 20.0, "hit_ratio": 0.0} | {name: changes[name] for name in changes if name != "bandwidth_share"}
    tables = h100_tables(changes.get("bandwidth_share", 1.0))
    outcomes = []
    for seed in SEEDS:
        requests = chat_requests(3000, seed=seed, **load)
        served = serve(requests, tables, h100_limits())
        outcomes.append(np.percentile(latencies(served, requests.output_tokens), 95, axis=1))
    return np.mean(outcomes, axis=0)


def latencies(served: Served, output_tokens: np.ndarray) -> np.ndarray:
    ttft = served.first_token_s - served.arrival_s
    itl = (served.finish_s - served.first_token_s) / np.maximum(output_tokens - 1, 1)
    return np.array([ttft, itl, served.finish_s - served.arrival_s])


def test_p95s_do_not_fall_as_more_requests_come() -> None:
    rising = [p95s(qps=qps) for qps in (1, 2, 5, 10, 20, 30, 40, 50, 60)]
    for less, more in pairwise(rising):
        assert np.all(more >= less * (1 - NOISE))


@pytest.mark.parametrize("qps", [2, 20, 40])
def test_p95s_do_not_rise_with_bandwidth(qps: float) -> None:
    falling = [p95s(qps=qps, bandwidth_share=share) for share in (0.6, 0.8, 1.0, 1.2, 1.6)]
    for less, more in pairwise(falling):
        assert np.all(more <= less * (1 + NOISE))


@pytest.mark.parametrize("qps", [2, 20, 40])
def test_p95s_do_not_rise_with_cache_hits(qps: float) -> None:
    falling = [p95s(qps=qps, hit_ratio=ratio) for ratio in (0.0, 0.25, 0.5, 0.75, 0.95)]
    for less, more in pairwise(falling):
        assert np.all(more <= less * (1 + NOISE))
