import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnav.performance.compiled import COMPILES
from neuralnav.performance.kv_cache import (
    Demand,
    ReplicaLimits,
    held_bytes,
    longest_request,
    steps_within,
    taken_bytes,
    window_full_context,
)

DEMANDS = st.lists(st.integers(0, 9), min_size=1, max_size=16)
LIMITS = st.builds(
    ReplicaLimits,
    max_num_seqs=st.just(1),
    max_num_batched_tokens=st.just(1),
    kv_cache_bytes=st.integers(0, 500),
    block_tokens=st.sampled_from([1, 3, 16]),
    block_bytes=st.integers(1, 9),
    window_block_bytes=st.integers(0, 9),
    window_blocks=st.integers(0, 12),
    sequence_bytes=st.integers(0, 20),
)
EXAMPLES = settings(deadline=None, derandomize=True)


def demand_of(bytes_by_phase: list[int]) -> Demand:
    return np.array(bytes_by_phase, np.int64) if COMPILES else bytes_by_phase  # type: ignore[return-value]


@given(LIMITS)
@EXAMPLES
def test_the_longest_request_is_the_longest_that_fits(limits: ReplicaLimits) -> None:
    cached = longest_request(limits) - 1
    assert cached == 0 or held_bytes(limits, cached) <= limits.kv_cache_bytes
    assert held_bytes(limits, cached + 1) > limits.kv_cache_bytes


@given(LIMITS)
@EXAMPLES
def test_a_sequence_takes_window_blocks_until_it_has_all_that_it_keeps(limits: ReplicaLimits) -> None:
    whole = limits._replace(block_bytes=0)
    full = window_full_context(limits)
    for context in range(2, 15 * limits.block_tokens):
        taken = held_bytes(whole, context) - held_bytes(whole, context - 1)
        begins_a_block = context % limits.block_tokens == 1 or limits.block_tokens == 1
        assert taken == (limits.window_block_bytes if begins_a_block and context < full else 0)


@given(DEMANDS, st.integers(0, 100), st.integers(0, 60))
@EXAMPLES
def test_steps_take_what_their_phases_demand(demand: list[int], first: int, steps: int) -> None:
    expected = sum(demand[step % len(demand)] for step in range(first, first + steps))
    assert taken_bytes(demand_of(demand), sum(demand), first, steps) == expected


@given(DEMANDS.filter(any), st.integers(0, 100), st.integers(0, 300))
@EXAMPLES
def test_steps_fit_until_the_next_one_would_not(demand: list[int], first: int, free_bytes: int) -> None:
    steps = steps_within(demand_of(demand), sum(demand), first, free_bytes)
    assert taken_bytes(demand_of(demand), sum(demand), first, steps) <= free_bytes
    assert taken_bytes(demand_of(demand), sum(demand), first, steps + 1) > free_bytes


def test_a_sequence_holds_whole_blocks_in_full_and_some_in_sliding_layers() -> None:
    limits = ReplicaLimits(
        1, 1, 0, block_tokens=16, block_bytes=100, window_block_bytes=10, window_blocks=2, sequence_bytes=1
    )
    assert [held_bytes(limits, tokens) for tokens in (0, 1, 16, 17, 33)] == [1, 111, 111, 221, 321]


@pytest.mark.parametrize(("kv_cache_bytes", "longest"), [(0, 1), (110, 1), (111, 17), (221, 33), (320, 33), (321, 49)])
def test_the_longest_request_grows_block_by_block(kv_cache_bytes: int, longest: int) -> None:
    limits = ReplicaLimits(1, 1, kv_cache_bytes, 16, 100, 10, 2, 1)
    assert longest_request(limits) == longest
