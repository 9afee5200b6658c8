"""What follows from a model's architecture alone: parameters, bytes of weights, bytes of KV cache, and how it splits.

Units: parameters and tokens are counts, sizes are bytes. Formulas are those of the transformer blocks as vLLM loads
them; the traps that each covers are told in ``data/SOURCES.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neuralnav.models.catalog import ModelArchitecture
from neuralnav.models.vocabulary import Precision

SIXTEEN_BIT = 2.0
"""Bytes of a weight that is not quantised, and of a KV-cache element unless told otherwise."""
INT4_GROUP = 128
"""Weights that share one 16-bit scale in the published w4a16 checkpoints."""
FP4_BLOCK = 32
"""Weights that share one 8-bit scale in MXFP4 (OCI Microscaling specification 1.0)."""
FP4_PADDING = 256
"""Input dimensions of MXFP4 weights are padded to this multiple: what makes gpt-oss-20b 13.47 GiB once loaded."""
MAMBA_STATE_BYTES = 4.0
"""Bytes of an element of the state-space state: float32, as the makers recommend for serving."""


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """The parameters of a model by component; a tied LM head counts once, as ``embedding``."""

    embedding: int
    lm_head: int
    attention: int
    """Query and output projections; with MLA also the projections out of the latents."""
    key_value: int
    """Key and value projections; 0 with MLA."""
    latent: int
    """MLA's projections into the latents, which every GPU holds whole."""
    dense_feed_forward: int
    experts: int
    """All routed experts of all layers."""
    shared_experts: int
    router: int
    mamba: int
    norms: int
    extra: int
    """What the architecture only counts: a vision tower, per-layer embeddings."""
    active_per_token: int
    """Parameters that one text token is multiplied with: LM head included, embedding table and ``extra`` not."""

    @property
    def total(self) -> int:
        """All parameters."""
        return (
            self.embedding
            + self.lm_head
            + self.attention
            + self.key_value
            + self.latent
            + self.dense_feed_forward
            + self.experts
            + self.shared_experts
            + self.router
            + self.mamba
            + self.norms
            + self.extra
        )


def attention_layers(arch: ModelArchitecture) -> tuple[int, int]:
    """Layers with full attention and layers with a sliding window."""
    full = arch.full_attention_layers
    if full is None:
        full = arch.num_layers - arch.sliding_attention_layers - arch.mamba_layers
    return full, arch.sliding_attention_layers


def expert_layers(arch: ModelArchitecture) -> int:
    """Layers whose feed-forward block is a mixture of experts."""
    return 0 if arch.num_experts is None else (arch.num_layers - arch.first_dense_layers) // arch.moe_layer_step


def expert_width(arch: ModelArchitecture) -> int:
    """Inner width of one expert; 0 without experts."""
    return 0 if arch.num_experts is None else (arch.moe_intermediate_size or arch.intermediate_size or 0)


def dense_layers(arch: ModelArchitecture) -> int:
    """Layers whose feed-forward block is dense."""
    blocks = arch.num_layers if arch.feed_forward_layers is None else arch.feed_forward_layers
    return blocks - expert_layers(arch)


def dense_width(arch: ModelArchitecture) -> int:
    """Inner width of a dense feed-forward block; 0 when there is none."""
    return (arch.dense_intermediate_size or arch.intermediate_size or 0) if dense_layers(arch) else 0


def parameter_counts(arch: ModelArchitecture) -> ParameterCounts:
    """The parameters by component, from the published configuration.

    Biases, query and key norms are left out: less than 0.1 % of every model here.
    """
    embedding = arch.vocab_size * arch.hidden_size
    layers = sum(attention_layers(arch))
    attention, key_value, latent = (layers * part for part in _attention_parameters(arch))
    expert = arch.feed_forward_matrices * arch.hidden_size * expert_width(arch)
    mixtures = expert_layers(arch)
    dense = dense_layers(arch) * arch.feed_forward_matrices * arch.hidden_size * dense_width(arch)
    shared = mixtures * arch.num_shared_experts * expert
    router = mixtures * (arch.num_experts or 0) * arch.hidden_size
    mamba = arch.mamba_layers * _mamba_parameters(arch)
    norms = (2 * arch.num_layers + 1) * arch.hidden_size
    active = embedding + attention + key_value + latent + dense + shared + router + mamba + norms
    return ParameterCounts(
        embedding=embedding,
        lm_head=0 if arch.tie_word_embeddings else embedding,
        attention=attention,
        key_value=key_value,
        latent=latent,
        dense_feed_forward=dense,
        experts=mixtures * (arch.num_experts or 0) * expert,
        shared_experts=shared,
        router=router,
        mamba=mamba,
        norms=norms,
        extra=arch.extra_parameters,
        active_per_token=active + mixtures * (arch.num_experts_per_token or 0) * expert,
    )


def _attention_parameters(arch: ModelArchitecture) -> tuple[int, int, int]:
    """Of one layer: projections split by query head, by key-value head, and not split at all."""
    hidden, heads = arch.hidden_size, arch.num_attention_heads
    if arch.mla_kv_lora_rank is None:
        head_dim = arch.head_dim or 0
        return 2 * hidden * heads * head_dim, 2 * hidden * arch.num_key_value_heads * head_dim, 0
    nope, rope, value = _mla_dims(arch)
    query_rank = arch.mla_q_lora_rank
    query = (query_rank or hidden) * heads * (nope + rope)
    key_value = arch.mla_kv_lora_rank * heads * (nope + value)
    latent = hidden * (arch.mla_kv_lora_rank + rope) + hidden * (query_rank or 0)
    return query + key_value + heads * value * hidden, 0, latent


def _mla_dims(arch: ModelArchitecture) -> tuple[int, int, int]:
    return arch.mla_qk_nope_head_dim or 0, arch.mla_qk_rope_head_dim or 0, arch.mla_v_head_dim or 0


def _mamba_parameters(arch: ModelArchitecture) -> int:
    """Of one Mamba-2 layer: input and output projections, convolution, and A, D and the time-step bias of each head."""
    if not arch.mamba_layers:
        return 0
    heads = arch.mamba_num_heads or 0
    inner = heads * (arch.mamba_head_dim or 0)
    projected = inner + _mamba_convolved(arch) + heads
    convolution = _mamba_convolved(arch) * ((arch.mamba_conv_kernel or 0) + 1)
    return arch.hidden_size * (projected + inner) + convolution + 3 * heads + inner


def _mamba_convolved(arch: ModelArchitecture) -> int:
    """Channels that pass the convolution: the inner state's, and B and C of each group."""
    inner = (arch.mamba_num_heads or 0) * (arch.mamba_head_dim or 0)
    return inner + 2 * (arch.mamba_groups or 0) * (arch.mamba_state_size or 0)


def bytes_per_weight(precision: Precision) -> float:
    """Bytes of one quantised weight with its share of the scales.

    FP8 and INT8 scale whole rows, which costs nothing to speak of; w4a16 has a 16-bit scale for ``INT4_GROUP`` weights,
    MXFP4 an 8-bit scale for ``FP4_BLOCK``.
    """
    if precision is Precision.BF16:
        return SIXTEEN_BIT
    if precision is Precision.INT4:
        return 0.5 + SIXTEEN_BIT / INT4_GROUP
    if precision is Precision.FP4:
        return 0.5 + 1 / FP4_BLOCK
    return 1.0


def weight_bytes(arch: ModelArchitecture, precision: Precision, tensor_parallel: int = 1) -> float:
    """Bytes of weights on each of ``tensor_parallel`` GPUs.

    Embeddings, LM head, routers, norms and extra parameters stay 16 bit, and so do the layers that the published
    checkpoints leave out (``arch.quantized_layers``). Norms, routers and MLA's projections into the latents are on
    every GPU; key and value heads are copied where there are fewer of them than GPUs.
    """
    counts = parameter_counts(arch)
    small = bytes_per_weight(precision)
    scope = "all" if precision is Precision.BF16 else getattr(arch.quantized_layers, precision.value)
    feed_forward = small if scope in ("all", "feed_forward") else SIXTEEN_BIT
    projection = small if scope == "all" else SIXTEEN_BIT
    key_value_share = max(1 / tensor_parallel, 1 / arch.num_key_value_heads)
    split = (
        SIXTEEN_BIT * (counts.embedding + counts.lm_head + counts.extra)
        + projection * (counts.attention + counts.mamba)
        + feed_forward * (counts.dense_feed_forward + counts.shared_experts)
        + small * _expert_padding(arch, precision, tensor_parallel) * counts.experts
    )
    whole = SIXTEEN_BIT * (counts.router + counts.norms) + projection * counts.latent
    return split / tensor_parallel + projection * counts.key_value * key_value_share + whole


def _expert_padding(arch: ModelArchitecture, precision: Precision, tensor_parallel: int) -> float:
    if precision is not Precision.FP4 or arch.num_experts is None:
        return 1.0
    width = expert_width(arch) / tensor_parallel
    inward = (arch.feed_forward_matrices - 1) * _padded(arch.hidden_size)
    return (inward + _padded(width)) / arch.feed_forward_matrices


def _padded(size: float) -> float:
    return math.ceil(size / FP4_PADDING) * FP4_PADDING / size


def kv_bytes_per_token(arch: ModelArchitecture, kv_bytes: float = SIXTEEN_BIT, tensor_parallel: int = 1) -> float:
    """KV-cache bytes that one more token takes on each GPU while it is inside every window.

    With GQA a GPU holds its key-value heads, at least one; with MLA the latent of every layer, however many GPUs there
    are. ``kv_bytes`` is the size of an element: 2 for 16 bit, 1 for FP8.
    """
    full, sliding = _caching_layers(arch)
    return (full + sliding) * _layer_kv_bytes(arch, kv_bytes, tensor_parallel)


def kv_cache_bytes(
    arch: ModelArchitecture, context_tokens: float, kv_bytes: float = SIXTEEN_BIT, tensor_parallel: int = 1
) -> float:
    """Bytes that one sequence of ``context_tokens`` keeps on each GPU: full layers, windows, and Mamba states."""
    full, sliding = _caching_layers(arch)
    in_window = min(context_tokens, arch.sliding_window) if arch.sliding_window else context_tokens
    layer = _layer_kv_bytes(arch, kv_bytes, tensor_parallel)
    return layer * (full * context_tokens + sliding * in_window) + mamba_state_bytes(arch, tensor_parallel)


def mamba_state_bytes(arch: ModelArchitecture, tensor_parallel: int = 1) -> float:
    """Bytes of state that one sequence keeps on each GPU whatever its length: 0 without Mamba layers."""
    if not arch.mamba_layers:
        return 0.0
    state = (arch.mamba_num_heads or 0) * (arch.mamba_head_dim or 0) * (arch.mamba_state_size or 0)
    convolution = _mamba_convolved(arch) * ((arch.mamba_conv_kernel or 1) - 1)
    return arch.mamba_layers * (MAMBA_STATE_BYTES * state + SIXTEEN_BIT * convolution) / tensor_parallel


def _caching_layers(arch: ModelArchitecture) -> tuple[float, float]:
    full, sliding = attention_layers(arch)
    own = 1 - arch.kv_shared_layers / (full + sliding) if arch.kv_shared_layers else 1.0
    return full * own, sliding * own


def _layer_kv_bytes(arch: ModelArchitecture, kv_bytes: float, tensor_parallel: int) -> float:
    if arch.mla_kv_lora_rank is not None:
        return kv_bytes * (arch.mla_kv_lora_rank + (arch.mla_qk_rope_head_dim or 0))
    heads = max(arch.num_key_value_heads / tensor_parallel, 1.0)
    return kv_bytes * 2 * heads * (arch.head_dim or 0)


def valid_tensor_parallel(arch: ModelArchitecture, degree: int, group_size: int | None = None) -> bool:
    """Whether vLLM can split the model over ``degree`` GPUs.

    Query heads, feed-forward widths and Mamba heads and groups must divide; key-value heads must divide or be copied
    evenly. Weights quantised in groups of ``group_size`` along their input must leave whole groups on every GPU.
    """
    heads, kv_heads = arch.num_attention_heads, arch.num_key_value_heads
    if degree < 1 or heads % degree:
        return False
    if arch.mla_kv_lora_rank is None and kv_heads % degree and degree % kv_heads:
        return False
    if arch.mamba_layers and ((arch.mamba_num_heads or 0) % degree or (arch.mamba_groups or 0) % degree):
        return False
    unit = degree * (group_size or 1)
    return not any(width % unit for width in _split_inputs(arch, group_size))


def _split_inputs(arch: ModelArchitecture, group_size: int | None) -> list[int]:
    """Input widths of the weights that are split along their input."""
    widths = [expert_width(arch), dense_width(arch)]
    if group_size:
        value_dim = arch.mla_v_head_dim if arch.mla_kv_lora_rank is not None else arch.head_dim
        widths.append(arch.num_attention_heads * (value_dim or 0))
    return widths
