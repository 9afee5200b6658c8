"""How long vLLM's kernels take, from shapes and rates: the formulas of the roofline, over arrays that broadcast.

Sizes are per GPU; rates are FLOP/s or bytes/s that a kernel reaches (a datasheet peak times an efficiency); results are
seconds. Each kernel is a start, plus the smooth maximum of its arithmetic and its memory traffic, plus what cannot
overlap. The roofline is Williams, Waterman and Patterson (2009); the terms are those that published kernel timings need
(docs/performance-model.md shows how well they meet them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = "float | NDArray[np.float64]"

SIXTEEN_BIT_BYTES = 2.0
EXPERT_TILE = 128
"""Inner widths of experts are padded to multiples of this."""


@dataclass(frozen=True)
class ProductRates:
    """What matrix products of one operand format reach."""

    start_s: Numbers
    flops: Numbers
    read: Numbers
    overlap: Numbers
    quantise: Numbers
    weight_bytes: Numbers
    """Bytes of a weight."""
    input_bytes: Numbers
    """Bytes of an input element as the product reads it."""


@dataclass(frozen=True)
class ExpertRates:
    """What a layer of routed experts reaches."""

    start_s: Numbers
    flops: Numbers
    read: Numbers
    overlap: Numbers
    activation: Numbers
    expert_s: Numbers
    routed_s: Numbers
    weight_bytes: Numbers


@dataclass(frozen=True)
class ExpertShape:
    """The routed experts of one layer."""

    hidden: Numbers
    width: Numbers
    """Inner width of an expert on each GPU."""
    matrices: Numbers
    """Matrices of an expert: 3 with a gate, else 2."""
    experts: Numbers
    per_token: Numbers
    ranks: Numbers
    """GPUs that the experts are dealt out to; 1 without expert parallelism."""


def product_s(tokens: Numbers, outputs: Numbers, inputs: Numbers, rates: ProductRates) -> Numbers:
    """``tokens`` x ``inputs`` times ``inputs`` x ``outputs``.

    start + smooth maximum of 2 m n k / flops and (n k w + m k a + 2 m n) / read, + m k (2 + a) / quantise, for m
    tokens, n outputs, k inputs, w bytes a weight and a bytes an input.
    """
    arithmetic = 2 * tokens * outputs * inputs / rates.flops
    moved = (
        outputs * inputs * rates.weight_bytes
        + tokens * inputs * rates.input_bytes
        + tokens * outputs * SIXTEEN_BIT_BYTES
    )
    made_small = tokens * inputs * (SIXTEEN_BIT_BYTES + rates.input_bytes) / rates.quantise
    return rates.start_s + smooth_maximum(arithmetic, moved / rates.read, rates.overlap) + made_small


def experts_s(
    tokens: Numbers, shape: ExpertShape, rates: ExpertRates, spread: Numbers = 1.0, imbalance: Numbers = 0.0
) -> Numbers:
    """One layer of routed experts on its busiest rank.

    start + smooth maximum of arithmetic and weights of the experts that get tokens + activations of the routed tokens
    + what each such expert and each routed token costs besides.
    """
    width = np.ceil(np.asarray(shape.width) / EXPERT_TILE) * EXPERT_TILE
    busiest = np.asarray(shape.ranks, dtype=np.float64) ** imbalance
    routed = tokens * shape.per_token / shape.ranks * busiest
    touched = touched_experts(tokens * spread * busiest, shape.experts, shape.per_token) / shape.ranks
    parameters = shape.matrices * shape.hidden * width
    arithmetic = 2 * parameters * routed / rates.flops
    read = parameters * rates.weight_bytes * touched / rates.read
    moved = routed * (4 * shape.hidden + 6 * width) + 4 * tokens * shape.hidden
    return (
        rates.start_s
        + smooth_maximum(arithmetic, read, rates.overlap)
        + moved / rates.activation
        + rates.expert_s * touched
        + rates.routed_s * routed
    )


def touched_experts(tokens: Numbers, experts: Numbers, per_token: Numbers) -> Numbers:
    """Expected number of different experts that ``tokens`` reach when routing is even: E (1 - (1 - k/E)^tokens)."""
    count = np.asarray(experts, dtype=np.float64)
    missed = np.log1p(-np.minimum(per_token / np.maximum(count, 1.0), 1 - 1e-12))
    return np.asarray(-count * np.expm1(tokens * missed))


def all_reduce_s(tokens: Numbers, hidden: Numbers, gpus: Numbers, latency_s: Numbers, link: Numbers) -> Numbers:
    """One all-reduce of ``tokens`` hidden states in 16 bit: a ring sends 2 (g - 1) / g of the bytes over each link."""
    sent = 2 * (gpus - 1) / np.maximum(gpus, 1) * tokens * hidden * SIXTEEN_BIT_BYTES
    return latency_s + sent / link


def smooth_maximum(first: Numbers, second: Numbers, exponent: Numbers) -> Numbers:
    """(a^p + b^p)^(1/p), without overflow; 0 where both are 0."""
    larger = np.maximum(np.maximum(first, second), 1e-30)
    ratio = np.minimum(first, second) / larger
    return np.asarray(larger * (1 + ratio**exponent) ** (1 / np.asarray(exponent)))
