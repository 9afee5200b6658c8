"""What follows from a model's architecture alone: parameters, bytes of weights, bytes of KV cache, and how it splits.

Units: parameters and tokens are counts, sizes are bytes. Formulas are those of the transformer blocks as vLLM loads
them; the traps that each covers are told in ``data/SOURCES.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neuralnav.models.catalog import FeedForwardLayers, ModelArchitecture, QuantizedLayers
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.attention import AttentionKind, full_attention, sliding_attention

SIXTEEN_BIT = 2.0
"""Bytes of a weight that is not quantised, and of a KV-cache element unless told otherwise."""
MXFP4_BLOCK = 32
"""Weights that share one 8-bit scale in MXFP4 (OCI Microscaling specification 1.0)."""
MXFP4_PADDING = 256
"""Input dimensions of MXFP4 weights are padded to this multiple: what makes gpt-oss-20b 13.47 GiB once loaded."""
NVFP4_BLOCK = 16
"""Weights that share one 8-bit scale in NVFP4."""
STATE_BYTES = 4.0
"""Bytes of an element of a recurrent state: float32, as the makers recommend (Nemotron) or publish (Qwen3.5)."""
INDEXER_SCALE_BYTES = 4.0
"""Bytes of the scale beside the FP8 key that a sparse attention's indexer caches for each token and layer."""
OPEN_FORMATS = QuantizedLayers(fp4_format="mxfp4")


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """The parameters of a model by component; a tied LM head counts once, as ``embedding``."""

    embedding: int
    lm_head: int
    attention: int
    """Query, output and gate projections; with MLA also the projections out of the latents."""
    key_value: int
    """Key and value projections; 0 with MLA."""
    latent: int
    """MLA's projections into the latents, which every GPU holds whole."""
    indexer: int
    """What picks the tokens that sparse attention attends to; every GPU holds it whole."""
    dense_feed_forward: int
    experts: int
    """All routed experts of all layers."""
    shared_experts: int
    router: int
    mamba: int
    linear_attention: int
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
            + self.indexer
            + self.dense_feed_forward
            + self.experts
            + self.shared_experts
            + self.router
            + self.mamba
            + self.linear_attention
            + self.norms
            + self.extra
        )


def attention_layers(arch: ModelArchitecture) -> tuple[int, int]:
    """Layers with full attention and layers with a sliding window."""
    full = arch.full_attention_layers
    if full is None:
        full = arch.num_layers - arch.sliding_attention_layers - arch.mamba_layers - arch.linear_attention_layers
    return full, arch.sliding_attention_layers


def attention_kinds(arch: ModelArchitecture) -> tuple[AttentionKind, ...]:
    """The layers with softmax attention by shape: those with full attention, then those with a sliding window."""
    full, sliding = attention_layers(arch)
    kinds = []
    if full:
        kinds.append(full_attention(arch, full))
    if sliding:
        kinds.append(sliding_attention(arch, sliding))
    return tuple(kinds)


def expert_layers(arch: ModelArchitecture) -> int:
    """Layers whose feed-forward block is a mixture of experts."""
    return 0 if arch.num_experts is None else (arch.num_layers - arch.first_dense_layers) // arch.moe_layer_step


def expert_width(arch: ModelArchitecture) -> int:
    """Inner width of one expert; 0 without experts."""
    return 0 if arch.num_experts is None else (arch.moe_intermediate_size or arch.intermediate_size or 0)


def dense_blocks(arch: ModelArchitecture) -> tuple[FeedForwardLayers, ...]:
    """The dense feed-forward blocks by width."""
    if arch.feed_forward_widths:
        return arch.feed_forward_widths
    blocks = arch.num_layers if arch.feed_forward_layers is None else arch.feed_forward_layers
    dense = blocks - expert_layers(arch)
    width = arch.dense_intermediate_size or arch.intermediate_size
    return (FeedForwardLayers(layers=dense, width=width),) if dense and width else ()


def dense_layers(arch: ModelArchitecture) -> int:
    """Layers whose feed-forward block is dense."""
    return sum(block.layers for block in dense_blocks(arch))


def dense_width(arch: ModelArchitecture) -> float:
    """Mean inner width of the dense feed-forward blocks; 0 when there is none."""
    blocks = dense_blocks(arch)
    return sum(block.layers * block.width for block in blocks) / max(dense_layers(arch), 1)


def parameter_counts(arch: ModelArchitecture) -> ParameterCounts:
    """The parameters by component, from the published configuration.

    Biases, query and key norms are left out: less than 0.1 % of every model here.
    """
    embedding = arch.vocab_size * arch.hidden_size
    kinds = attention_kinds(arch)
    attention = sum(kind.layers * kind.query_parameters for kind in kinds)
    key_value = sum(kind.layers * kind.key_value_parameters for kind in kinds)
    latent = sum(kind.layers * kind.latent_parameters for kind in kinds)
    indexer = sum(attention_layers(arch)) * _indexer_parameters(arch)
    per_width = arch.feed_forward_matrices * arch.hidden_size
    dense = sum(block.layers * per_width * block.width for block in dense_blocks(arch))
    expert = per_width * expert_width(arch)
    mixtures = expert_layers(arch)
    shared = mixtures * arch.num_shared_experts * expert
    router = mixtures * (arch.num_experts or 0) * arch.hidden_size
    mamba = arch.mamba_layers * _mamba_parameters(arch)
    linear = arch.linear_attention_layers * _linear_attention_parameters(arch)
    norms = (2 * arch.num_layers + 1) * arch.hidden_size
    projections = attention + key_value + latent + indexer + mamba + linear
    return ParameterCounts(
        embedding=embedding,
        lm_head=0 if arch.tie_word_embeddings else embedding,
        attention=attention,
        key_value=key_value,
        latent=latent,
        indexer=indexer,
        dense_feed_forward=dense,
        experts=mixtures * (arch.num_experts or 0) * expert,
        shared_experts=shared,
        router=router,
        mamba=mamba,
        linear_attention=linear,
        norms=norms,
        extra=arch.extra_parameters,
        active_per_token=embedding
        + projections
        + dense
        + shared
        + router
        + norms
        + mixtures * (arch.num_experts_per_token or 0) * expert,
    )


def _indexer_parameters(arch: ModelArchitecture) -> int:
    """Of one layer: queries out of the query latent, one key, and a weight for each head."""
    if arch.sparse_attention_tokens is None:
        return 0
    heads, dim = arch.indexer_heads or 0, arch.indexer_head_dim or 0
    return (arch.mla_q_lora_rank or 0) * heads * dim + arch.hidden_size * (dim + heads)


def _mamba_parameters(arch: ModelArchitecture) -> int:
    """Of one Mamba-2 layer: input and output projections, convolution, and A, D and the time-step bias of each head."""
    heads = arch.mamba_num_heads or 0
    inner = heads * (arch.mamba_head_dim or 0)
    projected = inner + _mamba_convolved(arch) + heads
    convolution = _mamba_convolved(arch) * ((arch.mamba_conv_kernel or 0) + 1)
    return arch.hidden_size * (projected + inner) + convolution + 3 * heads + inner


def _mamba_convolved(arch: ModelArchitecture) -> int:
    """Channels that pass the convolution: the inner state's, and B and C of each group."""
    inner = (arch.mamba_num_heads or 0) * (arch.mamba_head_dim or 0)
    return inner + 2 * (arch.mamba_groups or 0) * (arch.mamba_state_size or 0)


def _linear_attention_parameters(arch: ModelArchitecture) -> int:
    """Of one gated delta net layer: projections in and out, convolution, A and the time-step bias of each head, norm.

    Projected in are queries, keys and values, a gate as wide as the values, and two factors a value head.
    """
    heads, dim = arch.linear_value_heads or 0, arch.linear_value_head_dim or 0
    convolved = _linear_convolved(arch)
    projected = convolved + heads * dim + 2 * heads
    return arch.hidden_size * (projected + heads * dim) + convolved * (arch.linear_conv_kernel or 0) + 2 * heads + dim


def _linear_convolved(arch: ModelArchitecture) -> int:
    """Channels that pass the convolution: queries, keys and values."""
    keys = (arch.linear_key_heads or 0) * (arch.linear_key_head_dim or 0)
    return 2 * keys + (arch.linear_value_heads or 0) * (arch.linear_value_head_dim or 0)


def bytes_per_weight(precision: Precision, layout: QuantizedLayers = OPEN_FORMATS) -> float:
    """Bytes of one quantised weight with its share of the scales.

    FP8 and INT8 scale whole rows or large blocks, which costs nothing to speak of. 4-bit integers have a 16-bit scale
    for ``layout.int4_group_size`` weights, NVFP4 an 8-bit one for ``NVFP4_BLOCK``, MXFP4 for ``MXFP4_BLOCK``.
    """
    if precision is Precision.BF16:
        return SIXTEEN_BIT
    if precision is Precision.INT4:
        return 0.5 + SIXTEEN_BIT / layout.int4_group_size
    if precision is Precision.FP4:
        return 0.5 + 1 / (MXFP4_BLOCK if layout.fp4_format == "mxfp4" else NVFP4_BLOCK)
    return 1.0


def weight_bytes(arch: ModelArchitecture, precision: Precision, tensor_parallel: int = 1) -> float:
    """Bytes of weights on each of ``tensor_parallel`` GPUs.

    Embeddings, LM head, routers, norms and extra parameters stay 16 bit, and so do the layers that the published
    checkpoints leave out (``arch.quantized_layers``). Norms, routers, indexers and MLA's projections into the latents
    are on every GPU; key and value heads are copied where there are fewer of them than GPUs.
    """
    counts = parameter_counts(arch)
    small = bytes_per_weight(precision, arch.quantized_layers)
    scope = "all" if precision is Precision.BF16 else getattr(arch.quantized_layers, precision.value)
    feed_forward = small if scope in ("all", "feed_forward") else SIXTEEN_BIT
    projection = small if scope == "all" else SIXTEEN_BIT
    split = (
        SIXTEEN_BIT * (counts.embedding + counts.lm_head + counts.extra)
        + projection * (counts.attention + counts.mamba + counts.linear_attention)
        + feed_forward * (counts.dense_feed_forward + counts.shared_experts)
        + small * _expert_padding(arch, precision, tensor_parallel) * counts.experts
    )
    key_value = sum(
        kind.layers * kind.key_value_parameters * max(1 / tensor_parallel, 1 / kind.key_value_heads)
        for kind in attention_kinds(arch)
    )
    whole = SIXTEEN_BIT * (counts.router + counts.norms) + projection * (counts.latent + counts.indexer)
    return split / tensor_parallel + projection * key_value + whole


def _expert_padding(arch: ModelArchitecture, precision: Precision, tensor_parallel: int) -> float:
    if precision is not Precision.FP4 or arch.quantized_layers.fp4_format != "mxfp4" or arch.num_experts is None:
        return 1.0
    width = expert_width(arch) / tensor_parallel
    inward = (arch.feed_forward_matrices - 1) * _padded(arch.hidden_size)
    return (inward + _padded(width)) / arch.feed_forward_matrices


def _padded(size: float) -> float:
    return math.ceil(size / MXFP4_PADDING) * MXFP4_PADDING / size


def kv_bytes_per_token(arch: ModelArchitecture, kv_bytes: float = SIXTEEN_BIT, tensor_parallel: int = 1) -> float:
    """KV-cache bytes that one more token takes on each GPU while it is inside every window.

    With GQA a GPU holds its key-value heads, at least one; with MLA the latent of every layer, however many GPUs there
    are. ``kv_bytes`` is the size of an element: 2 for 16 bit, 1 for FP8. Keys of an indexer come on top.
    """
    return sum(kv_layer_bytes(arch, kv_bytes, tensor_parallel))


def kv_layer_bytes(
    arch: ModelArchitecture, kv_bytes: float = SIXTEEN_BIT, tensor_parallel: int = 1
) -> tuple[float, float]:
    """``kv_bytes_per_token`` of the layers with full attention, and of those with a sliding window."""
    own = 1 - arch.kv_shared_layers / max(sum(attention_layers(arch)), 1)
    full = sliding = 0.0
    for kind in attention_kinds(arch):
        taken = kind.layers * own * kv_bytes * kind.cached_elements(tensor_parallel)
        if kind.window is None:
            full += taken
        else:
            sliding += taken
    return full + indexer_bytes_per_token(arch), sliding


def indexer_bytes_per_token(arch: ModelArchitecture) -> float:
    """Bytes of the FP8 keys and their scales that an indexer caches for one token on each GPU; 0 without one."""
    if arch.sparse_attention_tokens is None:
        return 0.0
    return sum(attention_layers(arch)) * ((arch.indexer_head_dim or 0) + INDEXER_SCALE_BYTES)


def kv_cache_bytes(
    arch: ModelArchitecture, context_tokens: float, kv_bytes: float = SIXTEEN_BIT, tensor_parallel: int = 1
) -> float:
    """Bytes that one sequence of ``context_tokens`` keeps on each GPU: full layers, windows, and states."""
    full, sliding = kv_layer_bytes(arch, kv_bytes, tensor_parallel)
    in_window = min(context_tokens, arch.sliding_window) if arch.sliding_window else context_tokens
    return full * context_tokens + sliding * in_window + state_bytes(arch, tensor_parallel)


def state_bytes(arch: ModelArchitecture, tensor_parallel: int = 1) -> float:
    """Bytes of state that one sequence keeps on each GPU whatever its length: 0 without layers that keep one."""
    return mamba_state_bytes(arch, tensor_parallel) + linear_state_bytes(arch, tensor_parallel)


def mamba_state_bytes(arch: ModelArchitecture, tensor_parallel: int = 1) -> float:
    """``state_bytes`` of the Mamba layers: heads x head dimension x state size, and the last inputs to convolve."""
    state = (arch.mamba_num_heads or 0) * (arch.mamba_head_dim or 0) * (arch.mamba_state_size or 0)
    convolution = _mamba_convolved(arch) * ((arch.mamba_conv_kernel or 1) - 1)
    return arch.mamba_layers * (STATE_BYTES * state + SIXTEEN_BIT * convolution) / tensor_parallel


def linear_state_bytes(arch: ModelArchitecture, tensor_parallel: int = 1) -> float:
    """``state_bytes`` of the gated delta net layers: value heads x key x value dimension, and inputs to convolve."""
    state = (arch.linear_value_heads or 0) * (arch.linear_key_head_dim or 0) * (arch.linear_value_head_dim or 0)
    convolution = _linear_convolved(arch) * ((arch.linear_conv_kernel or 1) - 1)
    return arch.linear_attention_layers * (STATE_BYTES * state + SIXTEEN_BIT * convolution) / tensor_parallel


def valid_tensor_parallel(arch: ModelArchitecture, degree: int, group_size: int | None = None) -> bool:
    """Whether vLLM can split the model over ``degree`` GPUs.

    Query heads, feed-forward widths, heads and groups of Mamba layers and heads of linear attention must divide;
    key-value heads must divide or be copied evenly. Weights quantised in groups of ``group_size`` along their input
    must leave whole groups on every GPU.
    """
    if degree < 1 or any(heads % degree for heads in _split_heads(arch)):
        return False
    if any(_uneven(kind.key_value_heads, degree) for kind in attention_kinds(arch) if kind.latent_dim is None):
        return False
    unit = degree * (group_size or 1)
    return not any(width % unit for width in _split_inputs(arch, group_size))


def _split_heads(arch: ModelArchitecture) -> list[int]:
    heads = [kind.query_heads for kind in attention_kinds(arch)]
    if arch.mamba_layers:
        heads += [arch.mamba_num_heads or 0, arch.mamba_groups or 0]
    if arch.linear_attention_layers:
        heads += [arch.linear_key_heads or 0, arch.linear_value_heads or 0]
    return heads


def _uneven(heads: int, degree: int) -> bool:
    return bool(heads % degree and degree % heads)


def _split_inputs(arch: ModelArchitecture, group_size: int | None) -> list[int]:
    """Input widths of the weights that are split along their input."""
    widths = [expert_width(arch), *(block.width for block in dense_blocks(arch))]
    if group_size:
        widths += [kind.query_heads * kind.value_dim for kind in attention_kinds(arch)]
        widths.append((arch.linear_value_heads or 0) * (arch.linear_value_head_dim or 0))
    return widths
