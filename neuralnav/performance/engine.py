"""From a model on GPUs to the costs of its engine's steps.

One set of efficiencies for every GPU: picked by hand, with published measurements of vLLM's kernels and servers
in view (ai-dynamo/aiconfigurator, Apache-2.0: matrix products, attention, experts and all-reduces on A100 to
B300, and serving runs with vLLM 0.11 to 0.19), not fitted. ``data/calibration.json`` holds how far off they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import (
    SIXTEEN_BIT,
    ParameterCounts,
    attention_layers,
    bytes_per_weight,
    expert_layers,
    kv_bytes_per_token,
    mamba_state_bytes,
    parameter_counts,
    weight_bytes,
)
from neuralnav.performance.formats import Arithmetic, ServedFormat
from neuralnav.performance.step_time import StepCosts

PCIE_GB_S = 64.0
"""Links up to this speed are PCIe: no switch between the GPUs, so all-reduces pass through the host."""


@dataclass(frozen=True, slots=True)
class Efficiencies:
    """Shares of datasheet peaks that vLLM reaches, none above 1, and host times in seconds."""

    arithmetic_16bit: float = 0.60
    """Large 16-bit matrix products: 0.56 to 0.92 alone, less between other kernels."""
    arithmetic_8bit: float = 0.45
    """Large FP8 and INT8 matrix products: 0.32 to 0.69."""
    arithmetic_4bit: float = 0.40
    weight_read: float = 0.80
    """Weights read by products with few tokens: 0.65 to 0.90 for large ones."""
    expert_arithmetic: float = 0.50
    """Of the above in experts: many small products, unevenly filled."""
    expert_read: float = 0.75
    """Of the above in experts."""
    expert_passes: float = 20.0
    """Times that routed tokens' activations cross the memory: sorting, products, scaling and adding up."""
    attention: float = 0.40
    """Prefill attention."""
    kv_read: float = 0.75
    """KV cache read by decode attention."""
    link: float = 0.60
    """Large all-reduces between GPUs on one switch."""
    pcie_link: tuple[tuple[int, float], ...] = ((2, 0.55), (4, 0.30), (8, 0.20))
    """All-reduces through the host by number of GPUs: 0.1 to 0.4 measured on 4 and 8 GPUs."""
    all_reduce_s: float = 8e-6
    pcie_all_reduce_s: tuple[tuple[int, float], ...] = ((2, 8e-6), (4, 14e-6), (8, 26e-6))
    step_s: float = 1.0e-3
    layer_s: float = 40e-6
    sequence_s: float = 10e-6
    prompt_token_s: float = 0.05e-6

    def arithmetic(self, operands: Arithmetic) -> float:
        """The share for large matrix products."""
        if operands is Arithmetic.BITS_16:
            return self.arithmetic_16bit
        return self.arithmetic_4bit if operands is Arithmetic.FP4 else self.arithmetic_8bit


HAND_PICKED = Efficiencies()


@dataclass(frozen=True, slots=True)
class ModelWork:
    """FLOPs of a model over all GPUs, and bytes on each of ``tensor_parallel`` GPUs; the KV cache is 16 bit."""

    tensor_parallel: int
    layers: int
    small_flops: float
    """A token outside experts and LM head, in the weights' format."""
    large_flops: float
    """The same in 16 bit: what checkpoints leave unquantised."""
    dense_bytes: float
    """All weights but experts, embeddings, LM head and extras."""
    expert_flops: float
    """A token in the experts that it is routed to."""
    expert_bytes: float
    """One expert in all layers."""
    routed_bytes: float
    """One token's hidden state, copied for each expert that it goes to, in all layers."""
    experts: int
    routed_share: float
    """Experts that a token goes to, of all."""
    head_parameters: float
    pair_flops: float
    """One query with one key in one layer."""
    context_flops: float
    """One decoded token with one context token in one layer: with MLA on the latents."""
    full_layers: int
    window_layers: int
    window: int
    kv_layer_bytes: float
    """One context token in one layer."""
    state_bytes: float
    """One sequence's Mamba states."""
    hidden_bytes: float
    """One token's hidden state."""


def model_work(architecture: ModelArchitecture, precision: Precision, tensor_parallel: int) -> ModelWork:
    """What a model asks of its GPUs, whatever they are."""
    counts = parameter_counts(architecture)
    small = _quantised_parameters(architecture, counts, precision)
    expert = _expert_bytes(architecture, precision, tensor_parallel)
    experts = architecture.num_experts or 0
    routed = (architecture.num_experts_per_token or 0) / max(experts, 1)
    full, sliding = attention_layers(architecture)
    copies = expert_layers(architecture) * (architecture.num_experts_per_token or 0)
    hidden_bytes = SIXTEEN_BIT * architecture.hidden_size
    return ModelWork(
        tensor_parallel=tensor_parallel,
        layers=architecture.num_layers,
        small_flops=2.0 * small,
        large_flops=2.0 * (_projections(counts) + _feed_forward(counts) + counts.router - small),
        dense_bytes=_dense_bytes(counts, weight_bytes(architecture, precision, tensor_parallel), tensor_parallel)
        - expert * experts,
        expert_flops=2.0 * routed * counts.experts,
        expert_bytes=expert,
        routed_bytes=copies * hidden_bytes,
        experts=experts,
        routed_share=routed,
        head_parameters=float(counts.lm_head or counts.embedding),
        pair_flops=_pair_flops(architecture),
        context_flops=_context_flops(architecture),
        full_layers=full,
        window_layers=sliding,
        window=architecture.sliding_window or architecture.max_position_embeddings,
        kv_layer_bytes=_kv_layer_bytes(architecture, tensor_parallel),
        state_bytes=mamba_state_bytes(architecture, tensor_parallel),
        hidden_bytes=hidden_bytes,
    )


def engine_costs(
    work: ModelWork, served: ServedFormat, gpu: GpuProfile, efficiencies: Efficiencies = HAND_PICKED
) -> StepCosts:
    """What the parts of a step cost when a model runs in a format on GPUs of a kind."""
    gpus = work.tensor_parallel
    peak_16 = gpus * gpu.fp16_tflops * 1e12
    rate_16 = peak_16 * efficiencies.arithmetic_16bit
    rate_small = gpus * served.peak_flops * efficiencies.arithmetic(served.arithmetic)
    weight_rate = gpu.memory_bandwidth_gb_s * 1e9 * efficiencies.weight_read
    cache_rate = gpu.memory_bandwidth_gb_s * 1e9 * efficiencies.kv_read
    attention_rate = peak_16 * efficiencies.attention
    latency, sent = _all_reduce(work, gpu, efficiencies)
    return StepCosts(
        dense_token_s=work.small_flops / rate_small + work.large_flops / rate_16,
        dense_read_s=work.dense_bytes / weight_rate,
        expert_token_s=work.expert_flops / (rate_small * efficiencies.expert_arithmetic)
        + work.routed_bytes * efficiencies.expert_passes / weight_rate,
        expert_read_s=work.expert_bytes / (weight_rate * efficiencies.expert_read),
        experts=float(work.experts),
        expert_miss=math.log1p(-min(work.routed_share, 1 - 1e-9)),
        head_token_s=2 * work.head_parameters / rate_16,
        head_read_s=SIXTEEN_BIT * work.head_parameters / gpus / weight_rate,
        pair_s=work.full_layers * work.pair_flops / attention_rate,
        window_pair_s=work.window_layers * work.pair_flops / attention_rate,
        context_token_s=work.full_layers * work.kv_layer_bytes / cache_rate,
        window_context_token_s=work.window_layers * work.kv_layer_bytes / cache_rate,
        context_arithmetic_s=work.full_layers * work.context_flops / attention_rate,
        window=float(work.window),
        all_reduce_s=latency,
        all_reduce_token_s=sent,
        step_s=efficiencies.step_s + efficiencies.layer_s * work.layers,
        sequence_s=efficiencies.sequence_s + 2 * work.state_bytes / cache_rate,
        prompt_token_s=efficiencies.prompt_token_s,
    )


def _projections(counts: ParameterCounts) -> int:
    return counts.attention + counts.key_value + counts.latent + counts.mamba


def _feed_forward(counts: ParameterCounts) -> int:
    return counts.dense_feed_forward + counts.shared_experts


def _quantised_parameters(architecture: ModelArchitecture, counts: ParameterCounts, precision: Precision) -> int:
    """Parameters outside the routed experts that are stored in ``precision``; 16-bit models store all so."""
    scope = "all"
    if precision is not Precision.BF16:
        scope = getattr(architecture.quantized_layers, precision.value)
    if scope == "experts":
        return 0
    return _feed_forward(counts) + (_projections(counts) if scope == "all" else 0)


def _dense_bytes(counts: ParameterCounts, all_weights: float, tensor_parallel: int) -> float:
    return all_weights - SIXTEEN_BIT * (counts.embedding + counts.lm_head + counts.extra) / tensor_parallel


def _expert_bytes(architecture: ModelArchitecture, precision: Precision, tensor_parallel: int) -> float:
    """Bytes of one expert in all layers: what one expert fewer would save beyond its row of the router."""
    experts = architecture.num_experts
    if experts is None or not expert_layers(architecture):
        return 0.0
    if experts == architecture.num_experts_per_token:
        routed = parameter_counts(architecture).experts
        return bytes_per_weight(precision) * routed / experts / tensor_parallel
    fewer = architecture.model_copy(update={"num_experts": experts - 1})
    router_row = SIXTEEN_BIT * expert_layers(architecture) * architecture.hidden_size
    whole = weight_bytes(architecture, precision, tensor_parallel)
    return whole - weight_bytes(fewer, precision, tensor_parallel) - router_row


def _kv_layer_bytes(architecture: ModelArchitecture, tensor_parallel: int) -> float:
    caching = sum(attention_layers(architecture)) - architecture.kv_shared_layers
    if caching <= 0:
        return 0.0
    return kv_bytes_per_token(architecture, SIXTEEN_BIT, tensor_parallel) / caching


def _pair_flops(architecture: ModelArchitecture) -> float:
    """The score and the weighted value, two FLOPs an element."""
    heads = architecture.num_attention_heads
    if architecture.mla_kv_lora_rank is None:
        return 4.0 * heads * (architecture.head_dim or 0)
    key = (architecture.mla_qk_nope_head_dim or 0) + (architecture.mla_qk_rope_head_dim or 0)
    return 2.0 * heads * (key + (architecture.mla_v_head_dim or 0))


def _context_flops(architecture: ModelArchitecture) -> float:
    rank = architecture.mla_kv_lora_rank
    if rank is None:
        return _pair_flops(architecture)
    return 2.0 * architecture.num_attention_heads * (2 * rank + (architecture.mla_qk_rope_head_dim or 0))


def _all_reduce(work: ModelWork, gpu: GpuProfile, efficiencies: Efficiencies) -> tuple[float, float]:
    """Latency of a step's all-reduces, two a layer, and the time that one token adds to them."""
    gpus = work.tensor_parallel
    if gpus == 1:
        return 0.0, 0.0
    latency, share = efficiencies.all_reduce_s, efficiencies.link
    if gpu.interconnect_gb_s <= PCIE_GB_S:
        latency = _at_least(efficiencies.pcie_all_reduce_s, gpus)
        share = _at_least(efficiencies.pcie_link, gpus)
    sent = 2 * (gpus - 1) / gpus * work.hidden_bytes
    return 2 * work.layers * latency, 2 * work.layers * sent / (gpu.interconnect_gb_s * 1e9 * share)


def _at_least(steps: tuple[tuple[int, float], ...], gpus: int) -> float:
    """The value of the first step that covers ``gpus``; of the last for more."""
    return next((value for upto, value in steps if gpus <= upto), steps[-1][1])
