from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.performance.arrivals import ArrivalProcess, Requests, RequestShape, draw_requests
from neuralnav.performance.capacity import RATE_STEP, LoadedReplica
from neuralnav.performance.clients import Clients
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.results import Targets
from neuralnav.performance.step_tables import StepTables

KV_TOKEN_BYTES = 131_072
ANYTHING = Targets(np.inf, np.inf, np.inf)
BATCHED, SEQUENCES = 8192, 1024


def tables_8b_on_h100(bandwidth: float = 3.35e12, compute: float = 990e12) -> StepTables:
    """Step times of an 8B model in 16 bit by textbook figures."""
    tokens = np.arange(BATCHED + 1)
    return StepTables(
        tokens_s=np.maximum(16e9 / (0.8 * bandwidth), tokens * 16e9 / (0.6 * compute)) + 1.5e-3,
        sampled_s=np.zeros(SEQUENCES + 1),
        decode_s=np.zeros(SEQUENCES + 1),
        context_s=np.full(SEQUENCES + 1, KV_TOKEN_BYTES / (0.75 * bandwidth)),
        window_context_s=np.zeros(SEQUENCES + 1),
        prefill_s=0.0,
        prompt_token_s=0.0,
        pair_s=32 * 4 * 4096 / (0.4 * compute),
        window_pair_s=0.0,
        window=2**40,
    )


def limits(kv_gib: float = 50, max_num_seqs: int = SEQUENCES) -> ReplicaLimits:
    return ReplicaLimits(
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=BATCHED,
        kv_cache_bytes=int(kv_gib * 2**30),
        block_tokens=16,
        block_bytes=16 * KV_TOKEN_BYTES,
        window_block_bytes=0,
        window_blocks=0,
        sequence_bytes=0,
    )


def chats(count: int = 1000, seed: int = 0, hits: float = 0.0) -> Requests:
    part = TrafficShape(
        weight=1,
        prompt_tokens=LengthDistribution.model_validate({"mean": 512}),
        output_tokens=LengthDistribution.model_validate({"mean": 256}),
    )
    return draw_requests(RequestShape((part,), 131_072, hits), ArrivalProcess.POISSON, count, seed)


H100 = LoadedReplica(chats(), tables_8b_on_h100(), limits(), Clients(request_s=0.015))


def test_a_replica_that_never_idles_finishes_what_its_steps_allow() -> None:
    """About 640 sequences fit: then arithmetic outlasts reading the weights, and attention reads all of the cache."""
    token_s = 16e9 / (0.6 * 990e12)
    step_s = 640 * token_s + 1.5e-3 + 640 * 640 * KV_TOKEN_BYTES / (0.75 * 3.35e12)
    assert H100.saturation_qps == pytest.approx(1 / (256 * step_s / 640 + 512 * token_s), rel=0.07)


def test_requests_come_faster_than_they_finish_only_above_saturation() -> None:
    above = replace(H100, requests=chats(8000)).at(1.5 * H100.saturation_qps)
    assert above.throughput_rps == pytest.approx(H100.saturation_qps, rel=0.05)
    assert H100.at(0.5 * H100.saturation_qps).throughput_rps == pytest.approx(0.5 * H100.saturation_qps, rel=0.05)


def test_the_largest_rate_holds_the_targets_and_the_next_does_not() -> None:
    for targets in (Targets(80, np.inf, np.inf), Targets(np.inf, 12, np.inf), Targets(70, 15, 6000)):
        most = H100.max_qps(targets)
        at_most, beyond = H100.at(most), H100.at(most * RATE_STEP)
        limits_ms = (targets.ttft_ms, targets.itl_ms, targets.e2e_ms)
        p95s = [(found.ttft_ms.p95, found.itl_ms.p95, found.e2e_ms.p95) for found in (at_most, beyond)]
        assert all(p95 <= limit for p95, limit in zip(p95s[0], limits_ms, strict=True))
        assert any(p95 > limit for p95, limit in zip(p95s[1], limits_ms, strict=True))


def test_without_targets_the_replica_carries_what_saturates_it() -> None:
    assert H100.max_qps(ANYTHING) == H100.saturation_qps


@pytest.mark.parametrize("targets", [Targets(16, np.inf, np.inf), Targets(np.inf, 7, np.inf), Targets(500, 50, 1000)])
def test_a_target_that_even_an_idle_replica_misses_gives_no_rate(targets: Targets) -> None:
    assert H100.max_qps(targets) == 0


def test_at_nearly_no_load_a_request_has_the_replica_to_itself() -> None:
    """Weights once a token; the first token also waits for the arithmetic of its prompt and for the client."""
    idle = H100.at(0.001)
    step_s = 16e9 / (0.8 * 3.35e12) + 1.5e-3
    assert idle.itl_ms.mean == pytest.approx(step_s * 1e3, rel=0.02)
    prompt_s = 512 * 16e9 / (0.6 * 990e12) + 1.5e-3 + 0.015
    assert idle.ttft_ms.mean == pytest.approx(prompt_s * 1e3, rel=0.05)
    assert idle.e2e_ms.mean == pytest.approx(idle.ttft_ms.mean + 255 * idle.itl_ms.mean, rel=0.01)


@settings(max_examples=15, deadline=None)
@given(
    strict=st.tuples(st.floats(20, 200), st.floats(8, 40), st.floats(3000, 20_000)),
    looser=st.tuples(st.floats(1, 3), st.floats(1, 3), st.floats(1, 3)),
)
def test_stricter_targets_never_carry_more(
    strict: tuple[float, float, float], looser: tuple[float, float, float]
) -> None:
    loose = tuple(limit * factor for limit, factor in zip(strict, looser, strict=True))
    quick = replace(H100, requests=chats(300))
    assert quick.max_qps(Targets(*strict)) <= quick.max_qps(Targets(*loose))


def test_the_same_seed_carries_the_same_and_others_nearly_so() -> None:
    targets = Targets(100, 15, 8000)
    found = [replace(H100, requests=chats(4000, seed)).max_qps(targets) for seed in (0, 0, 1, 2)]
    assert found[0] == found[1]
    assert max(found) / min(found) < 1.15


def test_p95s_rise_with_the_rate_but_for_noise() -> None:
    rates = H100.saturation_qps * np.array([0.1, 0.3, 0.5, 0.7, 0.85, 1.0])
    over_seeds = [
        [(found.ttft_ms.p95, found.itl_ms.p95, found.e2e_ms.p95) for found in replace(H100, requests=r).over(rates)]
        for r in (chats(1000, seed) for seed in range(5))
    ]
    for lower, higher in pairwise(np.mean(over_seeds, axis=0)):
        assert (higher > 0.97 * lower).all()


@pytest.mark.parametrize(
    "better",
    [
        replace(H100, tables=tables_8b_on_h100(bandwidth=4.8e12)),
        replace(H100, tables=tables_8b_on_h100(compute=1500e12)),
        replace(H100, requests=chats(hits=0.5)),
        replace(H100, limits=limits(kv_gib=80)),
    ],
    ids=["bandwidth", "compute", "cache hits", "memory"],
)
def test_a_better_replica_carries_at_least_as_much(better: LoadedReplica) -> None:
    targets = Targets(80, 15, 7000)
    assert better.saturation_qps >= 0.99 * H100.saturation_qps
    assert better.max_qps(targets) >= 0.97 * H100.max_qps(targets)


def test_a_small_kv_cache_and_few_sequences_limit_the_rate() -> None:
    assert replace(H100, limits=limits(kv_gib=2)).saturation_qps < 0.5 * H100.saturation_qps
    assert replace(H100, limits=limits(max_num_seqs=16)).saturation_qps < 0.5 * H100.saturation_qps


def test_a_replica_that_takes_hours_for_a_request_carries_what_it_carries() -> None:
    hours = replace(H100, tables=H100.tables._replace(tokens_s=np.full(BATCHED + 1, 3600.0)), limits=limits(kv_gib=1))
    assert hours.max_qps(ANYTHING) == hours.saturation_qps < 1e-4
    assert hours.max_qps(Targets(1000, 1000, 1000)) == 0


def test_a_request_that_the_cache_can_never_hold_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="KV cache"):
        replace(H100, limits=limits(kv_gib=0.1)).max_qps(ANYTHING)


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="qps"):
        H100.over([1.0, 0.0])
