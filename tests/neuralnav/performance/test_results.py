import math
from dataclasses import astuple, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from neuralnav.performance.arrivals import Requests
from neuralnav.performance.results import (
    LoadRegime,
    Percentiles,
    Results,
    Targets,
    completions_per_s,
    load_regime,
    open_loop_results,
    whole_run_results,
)
from neuralnav.performance.routing import Served

CLIENT_S = 0.015


def load(arrival_s: list[float], ttft_s: list[float], itl_s: list[float], output: list[int]) -> tuple[Requests, Served]:
    arrivals, tokens = np.array(arrival_s, dtype=np.float64), np.array(output)
    first = arrivals + ttft_s
    nothing = np.zeros(arrivals.size, dtype=np.int64)
    served = Served(
        arrival_s=arrivals,
        first_token_s=first,
        finish_s=first + np.array(itl_s) * (tokens - 1),
        preemptions=nothing,
        replica=nothing,
        steps=1,
        busy_s=1.0,
        running_s=1.0,
        peak_kv_bytes=1,
    )
    return Requests(arrivals, np.full(arrivals.size, 100), tokens, nothing), served


def figures(results: Results) -> list[float]:
    latencies = (results.ttft_ms, results.itl_ms, results.e2e_ms)
    return [*(x for part in latencies for x in astuple(part)), results.throughput_rps, results.output_tokens_per_s]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300))
def test_percentiles_are_those_of_numpy_in_milliseconds(seconds: list[float]) -> None:
    found = Percentiles.of(np.array(seconds))
    expected = np.percentile(np.array(seconds) * 1e3, [50, 90, 95, 99])
    assert (found.p50, found.p90, found.p95, found.p99) == pytest.approx(tuple(expected), rel=1e-12, abs=1e-12)
    assert found.mean == pytest.approx(np.mean(seconds) * 1e3)


def test_latencies_follow_the_definitions_of_benchmarks() -> None:
    requests, served = load([0, 1], [0.2, 0.4], [0.01, 0.03], [101, 11])
    results = whole_run_results(requests, served, CLIENT_S)
    assert results.ttft_ms.mean == pytest.approx(300 + 15)
    assert results.itl_ms.mean == pytest.approx(20)
    assert results.e2e_ms.mean == pytest.approx((200 + 1000 + 400 + 300) / 2 + 15)
    assert results.itl_ms.p50 == pytest.approx(20)


def test_the_client_adds_to_the_first_token_and_so_to_the_whole_but_not_between_tokens() -> None:
    requests, served = load([0, 1], [0.2, 0.4], [0.01, 0.03], [101, 11])
    bare, seen = (whole_run_results(requests, served, client_s) for client_s in (0.0, 0.1))
    assert seen.ttft_ms.p95 - bare.ttft_ms.p95 == pytest.approx(100)
    assert seen.e2e_ms.p95 - bare.e2e_ms.p95 == pytest.approx(100)
    assert seen.itl_ms == bare.itl_ms


def test_requests_of_one_token_have_no_time_between_tokens() -> None:
    requests, served = load([0, 1, 2], [0.2, 0.2, 0.2], [9.0, 0.02, 9.0], [1, 5, 1])
    assert whole_run_results(requests, served, CLIENT_S).itl_ms.p99 == pytest.approx(20)
    requests, served = load([0, 1], [0.2, 0.2], [9.0, 9.0], [1, 1])
    assert whole_run_results(requests, served, CLIENT_S).itl_ms == Percentiles(0, 0, 0, 0, 0)


def test_all_requests_of_a_closed_loop_or_a_batch_count_over_the_whole_run() -> None:
    requests, served = load([0] * 10, [1.0] * 10, [0.1] * 10, [51] * 10)
    results = whole_run_results(requests, served, CLIENT_S)
    assert results.requests == 10
    assert results.throughput_rps == pytest.approx(10 / 6.015)
    assert results.output_tokens_per_s == pytest.approx(510 / 6.015)


def test_an_open_loop_leaves_out_the_requests_that_warm_the_replica_up() -> None:
    arrivals = np.arange(100.0)
    ttft = np.where(arrivals < 10, 0.05, 0.25)
    requests, served = load(arrivals.tolist(), ttft.tolist(), [0.01] * 100, [11] * 100)
    results = open_loop_results(requests, served, CLIENT_S)
    assert results.requests == 90
    assert results.ttft_ms.mean == pytest.approx(265)


def test_the_throughput_of_an_open_loop_is_that_of_its_middle() -> None:
    arrivals = np.arange(1000) / 5
    requests, served = load(arrivals.tolist(), [0.1] * 1000, [2.0] * 1000, [11] * 1000)
    results = open_loop_results(requests, served, CLIENT_S)
    assert results.throughput_rps == pytest.approx(5, rel=1e-3)
    assert results.output_tokens_per_s == pytest.approx(55, rel=1e-3)


def test_completions_at_one_moment_are_counted_from_the_start() -> None:
    assert completions_per_s(np.full(8, 4.0), (0.1, 0.9)) == 2
    assert completions_per_s(np.array([0.5]), (0.1, 0.9)) == 2


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(1e-4, 1e3), st.floats(1e-5, 10), st.integers(1, 5000)),
        min_size=1,
        max_size=40,
    )
)
def test_no_figure_is_nan_or_infinite_or_negative(rows: list[tuple[float, float, float, int]]) -> None:
    arrivals, ttft, itl, output = map(list, zip(*sorted(rows), strict=True))
    requests, served = load(arrivals, ttft, itl, output)
    for summarise in (open_loop_results, whole_run_results):
        assert all(math.isfinite(figure) and figure >= 0 for figure in figures(summarise(requests, served, CLIENT_S)))


def test_regimes_are_shares_of_the_saturation_rate() -> None:
    shares = (0.0, 0.49, 0.5, 0.79, 0.8, 1.7)
    light, medium, near = LoadRegime
    assert [load_regime(20 * share, 20) for share in shares] == [light, light, medium, medium, near, near]


def test_targets_hold_when_all_three_p95s_are_within_them() -> None:
    requests, served = load([0, 1], [0.2, 0.2], [0.01, 0.01], [101, 101])
    results = whole_run_results(requests, served, CLIENT_S)
    nothing = Targets(math.inf, math.inf, math.inf)
    assert nothing.held_by(results)
    for name, p95 in (("ttft_ms", 215), ("itl_ms", 10), ("e2e_ms", 1215)):
        assert replace(nothing, **{name: 1.01 * p95}).held_by(results)
        assert not replace(nothing, **{name: 0.99 * p95}).held_by(results)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_a_target_that_is_none_is_refused(bad: float) -> None:
    for name in (field.name for field in fields(Targets)):
        with pytest.raises(InvalidInputError, match=name):
            replace(Targets(1, 1, 1), **{name: bad})
