"""How long one step of a vLLM engine takes: roofline terms as pure arithmetic over floats or NumPy arrays.

A step runs the new tokens of some prompts and one token of every decoding sequence through the model
together. Each term is the slower of its arithmetic and its memory traffic; the terms add up, as their kernels
run one after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Number: TypeAlias = "float | NDArray[np.float64]"


@dataclass(frozen=True)
class StepCosts:
    """Seconds that the parts of a step cost on an engine, all its GPUs working together.

    Every field is a float, or an array with one entry an engine. What a model or engine does not have costs 0.
    """

    dense_token_s: Number
    """Arithmetic of a token in the layers that every token passes."""
    dense_read_s: Number
    """Reading those layers' weights once."""
    expert_token_s: Number
    """Arithmetic of a token in the experts that it is routed to."""
    expert_read_s: Number
    """Reading one expert's weights in all layers."""
    experts: Number
    """Experts a layer."""
    expert_miss: Number
    """Logarithm of the chance that one token leaves one expert untouched."""
    head_token_s: Number
    """Arithmetic of a sampled token in the LM head."""
    head_read_s: Number
    """Reading the LM head once."""
    pair_s: Number
    """Attention of one new prompt token to one key, in all layers with full attention."""
    window_pair_s: Number
    """The same in all layers with a sliding window."""
    context_token_s: Number
    """Reading the KV cache of one context token in all layers with full attention."""
    window_context_token_s: Number
    """The same in all layers with a sliding window."""
    context_arithmetic_s: Number
    """Arithmetic of one decoded token with one context token; hidden where reading takes longer."""
    window: Number
    """Tokens of the sliding window; without one, any number."""
    all_reduce_s: Number
    """Latency of all all-reduces."""
    all_reduce_token_s: Number
    """Sending what one token adds to them."""
    step_s: Number
    """Host work a step: scheduler, launches, output."""
    sequence_s: Number
    """Host work a decoding sequence, and its Mamba state read and written."""
    prompt_token_s: Number
    """Host work a new prompt token."""


@dataclass(frozen=True)
class StepLoad:
    """What one step has to do; every field is a float or an array."""

    prefill_tokens: Number
    """New prompt tokens."""
    decode_sequences: Number
    """Sequences that get one more token each."""
    decode_context: Number
    """Context tokens of those sequences together."""
    prefill_pairs: Number
    """Query and key pairs of the new prompt tokens: t x (done + t / 2) summed over prompts."""
    sampled: Number
    """Tokens that leave the LM head."""


def step_time_s(costs: StepCosts, load: StepLoad) -> Number:
    """Seconds that one step takes; never falls when a part of the load or of the costs rises."""
    tokens = load.prefill_tokens + load.decode_sequences
    experts_read_s = touched_experts(costs, tokens) * costs.expert_read_s
    return (
        np.maximum(costs.dense_token_s * tokens, costs.dense_read_s)
        + np.maximum(costs.expert_token_s * tokens, experts_read_s)
        + np.maximum(costs.head_token_s * load.sampled, costs.head_read_s)
        + _prefill_attention_s(costs, load)
        + _decode_attention_s(costs, load)
        + costs.all_reduce_s
        + costs.all_reduce_token_s * tokens
        + costs.step_s
        + costs.sequence_s * load.decode_sequences
        + costs.prompt_token_s * load.prefill_tokens
    )


def touched_experts(costs: StepCosts, tokens: Number) -> Number:
    """Expected number of different experts in a layer that ``tokens`` reach, when routing is even."""
    touched: Number = -costs.experts * np.expm1(tokens * costs.expert_miss)
    return touched


def _prefill_attention_s(costs: StepCosts, load: StepLoad) -> Number:
    in_window = np.minimum(load.prefill_pairs, load.prefill_tokens * costs.window)
    return load.prefill_pairs * costs.pair_s + in_window * costs.window_pair_s


def _decode_attention_s(costs: StepCosts, load: StepLoad) -> Number:
    in_window = np.minimum(load.decode_context, load.decode_sequences * costs.window)
    read_s = load.decode_context * costs.context_token_s + in_window * costs.window_context_token_s
    return np.maximum(read_s, load.decode_context * costs.context_arithmetic_s)
