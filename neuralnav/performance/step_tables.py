"""The time of one engine step, tabulated for the scheduler: what it looks up instead of working out.

A step runs P new prompt tokens of some prompts and one token of each of B decoding sequences, T = P + B tokens in all.
Between two changes of the batch its time is affine in the context, so runs of decode steps have a closed form.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.compiled import compiled

Floats = NDArray[np.float64]


class StepTables(NamedTuple):
    """One engine's step time in seconds, by what is in the step."""

    tokens_s: Floats
    """By T from 0 to max_num_batched_tokens: matrix products, experts, all-reduces, host work a step and a layer."""
    sampled_s: Floats
    """By the number of sampled tokens from 0 to max_num_seqs: LM head and sampler."""
    decode_s: Floats
    """By B from 0 to max_num_seqs: what decoding B sequences adds whatever their context."""
    context_s: Floats
    """By B: a context token of decoding sequences, in the layers with full attention."""
    window_context_s: Floats
    """By B: a context token inside the sliding window, in the layers that have one."""
    prefill_s: float
    """What a step with new prompt tokens adds whatever their number."""
    prompt_token_s: float
    """Host work a new prompt token."""
    pair_s: float
    """Attention of one new prompt token to one token before it or to itself, in the layers with full attention."""
    window_pair_s: float
    """The same in the layers with a sliding window, for tokens inside it."""
    window: int
    """Tokens of the sliding window; without one, more than any context."""
    prefill_factor: float = 1.0
    """Times that a step with new prompt tokens takes what its parts add up to."""


@compiled
def decode_step_s(tables: StepTables, sequences: int, context: int, window_context: int) -> float:
    """A step that only decodes ``sequences`` with these context tokens in all (each counts its own new token too)."""
    seconds: float = (
        tables.tokens_s[sequences]
        + tables.sampled_s[sequences]
        + tables.decode_s[sequences]
        + tables.context_s[sequences] * context
        + tables.window_context_s[sequences] * window_context
    )
    return seconds


@compiled
def mixed_step_s(
    tables: StepTables,
    sequences: int,
    context: int,
    window_context: int,
    prompt_tokens: int,
    pairs: int,
    window_pairs: int,
    sampled: int,
) -> float:
    """A step that also reads ``prompt_tokens`` new prompt tokens with these query and key pairs."""
    seconds: float = tables.prefill_factor * (
        tables.tokens_s[sequences + prompt_tokens]
        + tables.sampled_s[sampled]
        + tables.decode_s[sequences]
        + tables.context_s[sequences] * context
        + tables.window_context_s[sequences] * window_context
        + tables.prefill_s
        + tables.prompt_token_s * prompt_tokens
        + tables.pair_s * pairs
        + tables.window_pair_s * window_pairs
    )
    return seconds


@compiled
def decode_run_s(first_s: float, growth_s: float, steps: int) -> float:
    """A run of ``steps`` decode steps, the first of which takes ``first_s`` and each next one ``growth_s`` more."""
    return steps * first_s + steps * (steps - 1) // 2 * growth_s


@compiled
def steps_lasting(first_s: float, growth_s: float, least_s: float) -> int:
    """The fewest steps of such a run that take at least ``least_s``: its square equation, solved and rounded up."""
    slope_s = first_s - growth_s / 2
    root_s = math.sqrt(slope_s * slope_s + 2 * growth_s * least_s)
    steps = max(math.ceil(2 * least_s / (slope_s + root_s)), 1)
    while steps > 1 and decode_run_s(first_s, growth_s, steps - 1) >= least_s:
        steps -= 1
    while decode_run_s(first_s, growth_s, steps) < least_s:
        steps += 1
    return steps


@compiled
def chunk_pairs(done: int, tokens: int) -> int:
    """Query and key pairs when ``tokens`` prompt tokens follow ``done`` ones: the sum of done + 1 to done + tokens."""
    return tokens * done + tokens * (tokens + 1) // 2


@compiled
def window_chunk_pairs(done: int, tokens: int, window: int) -> int:
    """The same when each token sees at most ``window`` tokens, itself included."""
    growing = min(max(window - done, 0), tokens)
    return chunk_pairs(done, growing) + (tokens - growing) * window
