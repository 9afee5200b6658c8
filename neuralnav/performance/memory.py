"""Where a GPU's memory goes when vLLM starts, and how much of it is left for the KV cache.

vLLM's rule: KV cache = utilisation x total - weights - peak activation - memory outside PyTorch, measured while it runs
one step of ``max_num_batched_tokens`` and samples for ``max_num_seqs`` sequences. Constants come from five measured
starts on an H100 and one on eight A100 (``tests/data/vllm_memory_measured.json``); none belongs to one model.
"""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import (
    SIXTEEN_BIT,
    bytes_per_weight,
    dense_width,
    expert_layers,
    expert_width,
    kv_cache_bytes,
    parameter_counts,
    valid_tensor_parallel,
    weight_bytes,
)

GIB = 2**30
BLOCK_TOKENS = 16
"""Tokens of a KV-cache block: vLLM's default."""
SAMPLER_BYTES_PER_LOGIT = 38.4
"""Peak bytes of one logit when the sampler warms up with top-p, measured 38.2 to 38.6 on five models.

They are the logits in 16 bit and float32, sorted values with 64-bit indices and the sort's second buffer of both,
probabilities, their running sum, and masks: 2 + 4 + 12 + 12 + 4 + 4 and a little."""
NON_TORCH_GIB = 0.13
"""CUDA context and libraries beyond PyTorch on one GPU."""
NCCL_GIB = 0.415
"""Communication buffers with one peer; they grow with ``(GPUs - 1) ** NCCL_GROWTH``: 0.42 GiB on 2, 2.0 GiB on 8."""
NCCL_GROWTH = 0.8
CUDA_GRAPH_GIB = 0.0
"""Graphs are captured after the KV cache took its share and reuse activation memory: measured -0.45 to 0.39 GiB."""
LARGE_GPU_GIB = 70.0
"""From this nameplate memory on, unless it is an A100, vLLM batches more by default."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """How much one step of an engine may hold."""

    max_num_batched_tokens: int
    max_num_seqs: int


@dataclass(frozen=True, slots=True)
class MemoryFit:
    """Where one GPU's memory goes, GiB, and whether the engine starts."""

    total_gib: float
    """What the GPU has, as vLLM sees it."""
    weights_gib: float
    activation_gib: float
    non_torch_gib: float
    cuda_graph_gib: float
    kv_cache_gib: float
    """Left for the KV cache; 0 when the rest is already too much."""
    kv_cache_tokens: int
    """Tokens that the KV cache holds in sequences of ``max_model_len``.

    In shorter sequences it is the same number, but smaller with windows or Mamba layers: see ``kv_cache_bytes``.
    """
    fits: bool
    """Whether the KV cache holds at least one sequence of ``max_model_len``."""
    reason: str | None
    """Why it does not fit; ``None`` when it does."""


def default_engine_limits(gpu: GpuProfile) -> EngineLimits:
    """vLLM's defaults for its OpenAI server: more tokens and sequences a step on large GPUs, A100 excepted."""
    if gpu.memory_gb >= LARGE_GPU_GIB and not gpu.gpu_type.startswith("A100"):
        return EngineLimits(max_num_batched_tokens=8192, max_num_seqs=1024)
    return EngineLimits(max_num_batched_tokens=2048, max_num_seqs=256)


def activation_bytes(
    arch: ModelArchitecture, tensor_parallel: int, max_num_batched_tokens: int, max_num_seqs: int
) -> float:
    """Peak bytes of activations on each GPU: the wider of one layer and the sampler, over the hidden states."""
    hidden_states = SIXTEEN_BIT * max_num_batched_tokens * arch.hidden_size
    sampler = SAMPLER_BYTES_PER_LOGIT * min(max_num_seqs, max_num_batched_tokens) * arch.vocab_size
    layer = SIXTEEN_BIT * max_num_batched_tokens * _widest_block(arch, tensor_parallel)
    return hidden_states + max(sampler, layer)


def _widest_block(arch: ModelArchitecture, tensor_parallel: int) -> float:
    """Elements a token that the widest block of a layer works on, residual included."""
    if arch.mla_kv_lora_rank is not None:
        key_dim = (arch.mla_qk_nope_head_dim or 0) + (arch.mla_qk_rope_head_dim or 0)
        attention = arch.num_attention_heads * (2 * key_dim + 2 * (arch.mla_v_head_dim or 0)) / tensor_parallel
    else:
        heads = 2 * arch.num_attention_heads / tensor_parallel
        attention = (arch.head_dim or 0) * (heads + 2 * max(arch.num_key_value_heads / tensor_parallel, 1.0))
    dense = arch.feed_forward_matrices * dense_width(arch) / tensor_parallel
    mixture = 0.0
    if expert_layers(arch):
        routed = (arch.num_experts_per_token or 0) * (3 * expert_width(arch) / tensor_parallel + arch.hidden_size)
        mixture = routed + arch.num_shared_experts * 3 * expert_width(arch) / tensor_parallel
    mamba = 3 * (arch.mamba_num_heads or 0) * (arch.mamba_head_dim or 0) / tensor_parallel
    return 2 * arch.hidden_size + max(attention, dense, mixture, mamba)


def loaded_weight_bytes(
    arch: ModelArchitecture, precision: Precision, tensor_parallel: int, data_parallel: int = 1
) -> float:
    """Bytes on each GPU after loading: the weights and the table of rotary angles for every position, 16 bit.

    Data-parallel ranks hold all weights but the routed experts, which are spread over the GPUs of all ranks.
    """
    elsewhere = 1 / tensor_parallel - 1 / (tensor_parallel * data_parallel)
    experts = bytes_per_weight(precision, arch.quantized_layers) * parameter_counts(arch).experts * elsewhere
    rotary = arch.mla_qk_rope_head_dim if arch.mla_kv_lora_rank is not None else arch.head_dim
    angles = SIXTEEN_BIT * arch.max_position_embeddings * (rotary or 0)
    return weight_bytes(arch, precision, tensor_parallel) - experts + angles


@dataclass(frozen=True, slots=True)
class EngineMemory:
    """What an engine takes on each GPU besides the KV cache, whatever the GPU; GiB."""

    weights_gib: float
    activation_gib: float
    non_torch_gib: float

    @property
    def total_gib(self) -> float:
        """All of it."""
        return self.weights_gib + self.activation_gib + self.non_torch_gib + CUDA_GRAPH_GIB


def engine_memory(
    arch: ModelArchitecture,
    precision: Precision,
    tensor_parallel: int,
    limits: EngineLimits,
    data_parallel: int = 1,
) -> EngineMemory:
    """What ``arch`` in ``precision`` takes on each of its GPUs before any KV cache."""
    peers = tensor_parallel * data_parallel - 1
    return EngineMemory(
        weights_gib=loaded_weight_bytes(arch, precision, tensor_parallel, data_parallel) / GIB,
        activation_gib=activation_bytes(arch, tensor_parallel, limits.max_num_batched_tokens, limits.max_num_seqs)
        / GIB,
        non_torch_gib=NON_TORCH_GIB + NCCL_GIB * peers**NCCL_GROWTH,
    )


def fit_memory(
    arch: ModelArchitecture,
    precision: Precision,
    gpu: GpuProfile,
    tensor_parallel: int,
    *,
    data_parallel: int = 1,
    gpu_memory_utilization: float = 0.9,
    max_model_len: int,
    max_num_batched_tokens: int,
    max_num_seqs: int,
    kv_bytes: float = SIXTEEN_BIT,
) -> MemoryFit:
    """How ``arch`` in ``precision`` fills each of ``tensor_parallel`` GPUs, and whether it can serve ``max_model_len``.

    ``kv_bytes`` is the size of a KV-cache element. A split that vLLM refuses, and a context longer than the model's, do
    not fit either; ``reason`` says so.
    """
    total = gpu.total_memory_gib
    limits = EngineLimits(max_num_batched_tokens, max_num_seqs)
    memory = engine_memory(arch, precision, tensor_parallel, limits, data_parallel)
    needed, budget = memory.total_gib, gpu_memory_utilization * total
    kv_cache = max(budget - needed, 0.0)
    sequence = kv_cache_bytes(arch, max_model_len, kv_bytes, tensor_parallel)
    tokens = int(kv_cache * GIB / sequence * max_model_len)
    if not valid_tensor_parallel(arch, tensor_parallel):
        reason = f"the model's heads or widths cannot be split over {tensor_parallel} GPUs"
    elif max_model_len > arch.max_position_embeddings:
        reason = f"a context of {max_model_len} is longer than the model's {arch.max_position_embeddings} tokens"
    elif needed >= budget:
        reason = f"needs {needed:.1f} GiB a GPU before any KV cache; {budget:.1f} GiB of a {gpu.gpu_type} may be used"
    elif tokens < max_model_len:
        reason = f"the KV cache holds {tokens} tokens, one sequence needs {max_model_len}"
    else:
        reason = None
    return MemoryFit(
        total_gib=total,
        weights_gib=memory.weights_gib,
        activation_gib=memory.activation_gib,
        non_torch_gib=memory.non_torch_gib,
        cuda_graph_gib=CUDA_GRAPH_GIB,
        kv_cache_gib=kv_cache,
        kv_cache_tokens=tokens,
        fits=reason is None,
        reason=reason,
    )
