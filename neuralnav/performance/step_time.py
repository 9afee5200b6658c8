"""How long one step of a vLLM engine takes: roofline terms as pure arithmetic over floats or NumPy arrays.

A step runs the new tokens of some prompts and one token of every decoding sequence through the model together. Each
term is the slower of its arithmetic and its memory traffic; the terms add up, as their kernels run one after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Number: TypeAlias = "float | NDArray[np.float64]"


@dataclass(frozen=True)
class StepCosts:
    """What a model on its GPUs needs for a step; every field is a float, or an array with one entry an engine.

    Rates already hold the efficiencies and the number of GPUs; bytes of the KV cache are those of one GPU.
    """

    dense_flops: Number
    """FLOPs a token of the layers that every token passes."""
    dense_bytes: Number
    """Bytes of those layers' weights."""
    dense_rate: Number
    """FLOP/s reached in them."""
    expert_flops: Number
    """FLOPs a token of the experts that it is routed to; 0 without experts."""
    expert_bytes: Number
    """Bytes of one expert's weights over all layers; 0 without experts."""
    experts: Number
    """Experts a layer; 0 without experts."""
    expert_miss: Number
    """Logarithm of the chance that one token leaves one expert untouched; 0 without experts."""
    expert_rate: Number
    """FLOP/s reached in the experts."""
    expert_bandwidth: Number
    """Bytes/s reached when expert weights are read."""
    head_flops: Number
    """FLOPs a sampled token of the LM head."""
    head_bytes: Number
    """Bytes of the LM head."""
    weight_bandwidth: Number
    """Bytes/s reached when dense weights are read."""
    dense_16bit_rate: Number
    """FLOP/s reached in 16-bit matrix products."""
    attention_flops: Number
    """FLOPs for one query and one key in the layers with full attention."""
    window_attention_flops: Number
    """The same for the layers with a sliding window."""
    attention_rate: Number
    """FLOP/s reached in attention over all GPUs."""
    kv_bytes: Number
    """KV-cache bytes of one context token in the layers with full attention."""
    window_kv_bytes: Number
    """The same for the layers with a sliding window."""
    window: Number
    """Tokens of the sliding window; without one, any number."""
    latent_flops: Number
    """FLOPs a decoded token and context token; only what is not covered by reading the cache counts."""
    kv_bandwidth: Number
    """Bytes/s of one GPU reached when the KV cache is read."""
    all_reduce_s: Number
    """Latency of all all-reduces of one step; 0 on one GPU."""
    all_reduce_bytes: Number
    """Bytes that one GPU sends a token; 0 on one GPU."""
    link_bandwidth: Number
    """Bytes/s reached between the GPUs."""
    step_s: Number
    """Host time a step: scheduler, launches, output."""
    sequence_s: Number
    """Host time a decoding sequence: sampling, detokenising."""
    token_s: Number
    """Host time a new prompt token."""


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
    """Seconds that one step takes.

    Never falls when a load rises, and never rises when a rate or bandwidth does.
    """
    tokens = load.prefill_tokens + load.decode_sequences
    return (
        _dense_s(costs, tokens)
        + _experts_s(costs, tokens)
        + _head_s(costs, load.sampled)
        + _prefill_attention_s(costs, load)
        + _decode_attention_s(costs, load)
        + _all_reduce_s(costs, tokens)
        + costs.step_s
        + costs.sequence_s * load.decode_sequences
        + costs.token_s * load.prefill_tokens
    )


def touched_experts(costs: StepCosts, tokens: Number) -> Number:
    """Expected number of different experts in a layer that ``tokens`` are routed to, when routing is even."""
    touched: Number = -costs.experts * np.expm1(tokens * costs.expert_miss)
    return touched


def _dense_s(costs: StepCosts, tokens: Number) -> Number:
    return np.maximum(
        costs.dense_flops * tokens / costs.dense_rate, costs.dense_bytes / costs.weight_bandwidth
    )


def _experts_s(costs: StepCosts, tokens: Number) -> Number:
    read_s = touched_experts(costs, tokens) * costs.expert_bytes / costs.expert_bandwidth
    return np.maximum(costs.expert_flops * tokens / costs.expert_rate, read_s)


def _head_s(costs: StepCosts, sampled: Number) -> Number:
    return np.maximum(
        costs.head_flops * sampled / costs.dense_16bit_rate, costs.head_bytes / costs.weight_bandwidth
    )


def _prefill_attention_s(costs: StepCosts, load: StepLoad) -> Number:
    in_window = np.minimum(load.prefill_pairs, load.prefill_tokens * costs.window)
    pairs_flops = load.prefill_pairs * costs.attention_flops + in_window * costs.window_attention_flops
    return pairs_flops / costs.attention_rate


def _decode_attention_s(costs: StepCosts, load: StepLoad) -> Number:
    in_window = np.minimum(load.decode_context, load.decode_sequences * costs.window)
    cache_bytes = load.decode_context * costs.kv_bytes + in_window * costs.window_kv_bytes
    arithmetic_s = load.decode_context * costs.latent_flops / costs.attention_rate
    return np.maximum(cache_bytes / costs.kv_bandwidth, arithmetic_s)


def _all_reduce_s(costs: StepCosts, tokens: Number) -> Number:
    return costs.all_reduce_s + tokens * costs.all_reduce_bytes / costs.link_bandwidth
