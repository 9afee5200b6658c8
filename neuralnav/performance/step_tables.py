"""The time of one engine step, tabulated for the scheduler: what it looks up instead of working out.

A step runs P new prompt tokens of some prompts and one token of each of B decoding sequences, T = P + B tokens in all.
Between two changes of the batch its time is affine in the context, so runs of decode steps have a closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
