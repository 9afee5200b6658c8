"""Blocks of the KV cache, counted in bytes on each GPU of a replica: what a sequence holds, what decoding takes.

vLLM gives a sequence one more block in every layer when its tokens fill the last one; in layers with a sliding window
it keeps no more than ``window_blocks``. A decoding sequence grows by one token a step, so it takes blocks in every
``block_tokens``-th step, and the number of these steps modulo ``block_tokens`` is its *phase*. The bytes that all
decoding sequences take in steps of each phase are the *demand*: it tells what any run of steps takes, exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.compiled import compiled

Demand = NDArray[np.int64]
"""By phase: bytes that decoding takes in a step."""


class ReplicaLimits(NamedTuple):
    """What one replica holds; whole numbers, so that the accounting is exact."""

    max_num_seqs: int
    """Most requests that run at a time."""
    max_num_batched_tokens: int
    """Most tokens in a step, those of prompts and of decoding sequences; no fewer than ``max_num_seqs``."""
    kv_cache_bytes: int
    """The KV cache of each GPU."""
    block_tokens: int
    """Tokens in a block."""
    block_bytes: int
    """One block in the layers with full attention."""
    window_block_bytes: int
    """One block in the layers with a sliding window; 0 without such layers."""
    window_blocks: int
    """Most blocks that a sequence keeps in the layers with a sliding window."""
    sequence_bytes: int
    """What a sequence holds whatever its length, such as its Mamba state."""


def longest_request(limits: ReplicaLimits) -> int:
    """Most tokens of prompt and output together that fit into an empty cache; the last one is never cached."""
    narrow = limits.block_bytes + limits.window_block_bytes
    blocks = (limits.kv_cache_bytes - limits.sequence_bytes) // max(narrow, 1)
    if blocks >= limits.window_blocks:
        beyond_bytes = limits.kv_cache_bytes - limits.sequence_bytes - limits.window_blocks * narrow
        blocks = limits.window_blocks + beyond_bytes // max(limits.block_bytes, 1)
    return max(blocks, 0) * limits.block_tokens + 1


@compiled
def held_bytes(limits: ReplicaLimits, tokens: int) -> int:
    """Bytes of a sequence of which this many tokens are cached."""
    blocks = (tokens + limits.block_tokens - 1) // limits.block_tokens
    window_blocks = min(blocks, limits.window_blocks)
    return limits.sequence_bytes + blocks * limits.block_bytes + window_blocks * limits.window_block_bytes


@compiled
def window_full_context(limits: ReplicaLimits) -> int:
    """The context from which on a sequence takes no more blocks in the layers with a sliding window."""
    return (limits.window_blocks - 1) * limits.block_tokens + 2


@compiled
def taken_bytes(demand: Demand, round_bytes: int, first: int, steps: int) -> int:
    """Bytes that ``steps`` decode steps take, the ``first``-th and those after it; ``round_bytes`` sums ``demand``."""
    rounds = steps // len(demand)
    taken = rounds * round_bytes
    for step in range(first + rounds * len(demand), first + steps):
        taken += demand[step % len(demand)]
    return taken


@compiled
def steps_within(demand: Demand, round_bytes: int, first: int, free_bytes: int) -> int:
    """Most decode steps, the ``first``-th and those after it, that ``free_bytes`` suffice for; some take bytes."""
    steps = free_bytes // round_bytes * len(demand)
    free_bytes %= round_bytes
    while demand[(first + steps) % len(demand)] <= free_bytes:
        free_bytes -= demand[(first + steps) % len(demand)]
        steps += 1
    return steps
