"""From an architecture to what its engine has to do in a step: products, experts, attention, exchanges, on each GPU."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import (
    SIXTEEN_BIT,
    attention_kinds,
    bytes_per_weight,
    dense_blocks,
    dense_layers,
    expert_layers,
    expert_width,
    indexer_bytes_per_token,
    parameter_counts,
    state_bytes,
)
from neuralnav.performance.attention import AttentionKind
from neuralnav.performance.kernels import ExpertShape

ATTENTION_KERNELS = 3
"""Rotary angles, cache writes and a norm of a layer with attention."""
FEED_FORWARD_KERNELS = 2
"""Activation and norm of a layer with a feed-forward block."""
QK_NORM_KERNELS = 2
MLA_KERNELS = 4
"""Norms of the latents, joining and splitting the rotary part."""
ROUTER_KERNELS = 3
"""Choosing the experts, scaling, adding the results up."""
STATE_KERNELS = 5
"""Convolution, gates, scan, norm and cache write of a layer that keeps a state instead of a KV cache."""
HIDDEN_PASSES = 6
"""Times that a layer's hidden states cross the memory between kernels: two norms with residuals."""
HEAD_PASSES = 3
"""Times that queries, keys and values do: split, rotate, write."""
UNBOUNDED = 1 << 30
"""In place of a window: more tokens than any context has."""
LOGIT_PASSES = 3
LOGIT_BYTES = 4.0


@dataclass(frozen=True, slots=True)
class Parallelism:
    """How an engine is spread over GPUs: tensor x data of them, the experts dealt out to ``expert`` of those."""

    tensor: int = 1
    expert: int = 1
    data: int = 1

    def __post_init__(self) -> None:
        for name in ("tensor", "expert", "data"):
            value = getattr(self, name)
            if not 1 <= value <= 1024:
                raise InvalidInputError(
                    f"{name}_parallel: {value} is not between 1 and 1024.",
                    (FieldProblem(f"{name}_parallel", value, "1 to 1024"),),
                )
        if self.expert > 1 and self.expert != self.gpus:
            raise InvalidInputError(
                f"expert_parallel: {self.expert} is neither 1 nor all {self.gpus} GPUs, as vLLM deals experts.",
                (FieldProblem("expert_parallel", self.expert, f"1 or {self.gpus}"),),
            )

    @property
    def gpus(self) -> int:
        """All GPUs of the engine."""
        return self.tensor * self.data


@dataclass(frozen=True, slots=True)
class Product:
    """A matrix product of a step, done ``count`` times on each GPU."""

    count: float
    outputs: float
    inputs: float
    quantised: bool
    """Whether its weights are in the checkpoint's precision; else they are 16 bit."""


@dataclass(frozen=True, slots=True)
class AttentionWork:
    """Attention of all layers that see as far, of one token with one other; cached elements may be 8 or 16 bit."""

    cached: float
    """KV-cache elements that a token takes."""
    read: float
    """KV-cache elements that decoding reads."""
    read_bytes: float
    """What decoding reads besides, whatever the cache's precision: an indexer's keys."""
    ungrouped: float
    """Elements that decoding would read if each query head read keys and values for itself."""
    pair_flops: float
    """One query with one key of a prompt."""
    context_flops: float
    """One decoded token with one context token: with MLA on the latents."""


@dataclass(frozen=True, slots=True)
class EngineWork:
    """What a step asks of each GPU; the KV cache is counted in elements, so that its precision stays open."""

    parallelism: Parallelism
    precision: Precision
    weight_bytes: float
    """Of a quantised weight with its share of the scales."""
    products: tuple[Product, ...]
    head: Product
    logits: float
    """Of one sampled token, over all GPUs."""
    expert_layers: int
    experts: ExpertShape
    attention_layers: float
    """Layers with softmax attention."""
    full: AttentionWork
    """What attends to the whole context."""
    windowed: AttentionWork
    """What attends to ``window`` tokens at most."""
    window: int
    """Tokens of a sliding window, or those that an indexer picks; without either, more than any context."""
    indexer_bytes: float
    """Bytes that an indexer caches for one token."""
    query_heads: float
    """Query heads of all layers."""
    query_bytes: float
    """Bytes of one token's queries and attention outputs in all layers."""
    hidden: float
    all_reduces: float
    small_all_reduces: float
    """All-reduces of a few bytes a token: norms over all heads of a layer."""
    small_kernels: float
    passed_bytes: float
    """Bytes of one token that small kernels read and write."""
    state_bytes: float
    """A sequence's states in layers without a KV cache."""


def engine_work(architecture: ModelArchitecture, precision: Precision, parallelism: Parallelism) -> EngineWork:
    """What a step of ``architecture`` in ``precision`` asks of each GPU."""
    tensor = parallelism.tensor
    kinds = attention_kinds(architecture)
    layers = float(sum(kind.layers for kind in kinds))
    full, windowed, window = _attention(architecture, kinds, tensor)
    heads = sum(kind.layers * kind.query_heads for kind in kinds) / tensor
    return EngineWork(
        parallelism=parallelism,
        precision=precision,
        weight_bytes=bytes_per_weight(precision, architecture.quantized_layers),
        products=tuple(product for product in _products(architecture, precision, tensor) if product.count),
        head=Product(1, architecture.vocab_size / tensor, architecture.hidden_size, quantised=False),
        logits=float(architecture.vocab_size),
        expert_layers=expert_layers(architecture),
        experts=_experts(architecture, parallelism),
        attention_layers=layers,
        full=full,
        windowed=windowed,
        window=window,
        indexer_bytes=indexer_bytes_per_token(architecture),
        query_heads=heads,
        query_bytes=SIXTEEN_BIT
        * sum(kind.layers * kind.query_heads * (kind.key_dim + kind.value_dim) for kind in kinds)
        / tensor,
        hidden=float(architecture.hidden_size),
        all_reduces=_all_reduces(architecture, layers) if tensor > 1 else 0.0,
        small_all_reduces=layers if tensor > 1 and architecture.qk_norm == "layer" else 0.0,
        small_kernels=_small_kernels(architecture, layers),
        passed_bytes=_passed_bytes(architecture, kinds, tensor),
        state_bytes=state_bytes(architecture, tensor),
    )


def quantised_parts(architecture: ModelArchitecture, precision: Precision) -> tuple[bool, bool]:
    """Whether projections and feed-forward products are in ``precision``; routed experts always are."""
    if precision is Precision.BF16:
        return False, False
    scope = getattr(architecture.quantized_layers, precision.value)
    return scope == "all", scope in ("all", "feed_forward")


def _attention(
    architecture: ModelArchitecture, kinds: tuple[AttentionKind, ...], tensor: int
) -> tuple[AttentionWork, AttentionWork, int]:
    """What attends to everything and what does not, and how far the latter sees.

    With an indexer (DeepSeek sparse attention) all layers attend to the tokens that it picks, on the latents even in
    prompts, and cache all. It scores every pair itself, on each GPU whole.
    """
    own = 1 - architecture.kv_shared_layers / max(sum(kind.layers for kind in kinds), 1)
    everything = _attention_work([kind for kind in kinds if kind.window is None], own, tensor)
    limited = _attention_work([kind for kind in kinds if kind.window is not None], own, tensor)
    picked = architecture.sparse_attention_tokens
    if picked is None:
        return everything, limited, (architecture.sliding_window or UNBOUNDED) if limited.cached else UNBOUNDED
    layers = sum(kind.layers for kind in kinds)
    score = 2.0 * layers * (architecture.indexer_heads or 0) * (architecture.indexer_head_dim or 0)
    index = AttentionWork(everything.cached, 0.0, indexer_bytes_per_token(architecture), 0.0, score, score)
    return index, replace(everything, cached=0.0, pair_flops=everything.context_flops), picked


def _attention_work(kinds: list[AttentionKind], own: float, tensor: int) -> AttentionWork:
    """The sums over layers; ``own`` is the share of layers with a cache of their own."""
    cached = sum(kind.layers * kind.cached_elements(tensor) for kind in kinds)
    dims = [(kind.layers * kind.query_heads / tensor, kind) for kind in kinds]
    return AttentionWork(
        cached=own * cached,
        read=cached,
        read_bytes=0.0,
        ungrouped=sum(heads * (kind.key_dim + kind.value_dim) for heads, kind in dims),
        pair_flops=sum(2.0 * heads * (kind.key_dim + kind.value_dim) for heads, kind in dims),
        context_flops=sum(2.0 * heads * _decoded_dim(kind) for heads, kind in dims),
    )


def _decoded_dim(kind: AttentionKind) -> int:
    """Score and weighted value of one query head and one context token: with MLA both on the latent."""
    if kind.latent_dim is None:
        return kind.key_dim + kind.value_dim
    return 2 * kind.latent_dim


def _products(architecture: ModelArchitecture, precision: Precision, tensor: int) -> list[Product]:
    projections, feed_forward = quantised_parts(architecture, precision)
    hidden, matrices = architecture.hidden_size, architecture.feed_forward_matrices
    products = [
        Product(kind.layers, outputs, inputs, quantised=projections)
        for kind in attention_kinds(architecture)
        for outputs, inputs in _attention_shapes(architecture, kind, tensor)
    ]
    products += _state_products(architecture, tensor, quantised=projections)
    for block in dense_blocks(architecture):
        products += _gated(block.layers, block.width / tensor, hidden, matrices, quantised=feed_forward)
    mixtures = expert_layers(architecture)
    products.append(Product(mixtures, architecture.num_experts or 0, hidden, quantised=False))
    shared = architecture.num_shared_experts * expert_width(architecture) / tensor
    if shared:
        products += _gated(mixtures, shared, hidden, matrices, quantised=feed_forward)
    return products


def _gated(layers: float, width: float, hidden: int, matrices: int, *, quantised: bool) -> list[Product]:
    """A feed-forward block: into its width (with the gate beside, where there is one) and out of it."""
    return [
        Product(layers, (matrices - 1) * width, hidden, quantised=quantised),
        Product(layers, hidden, width, quantised=quantised),
    ]


def _attention_shapes(architecture: ModelArchitecture, kind: AttentionKind, tensor: int) -> list[tuple[float, float]]:
    """Outputs and inputs of one layer's projections on each GPU."""
    hidden, heads = architecture.hidden_size, kind.query_heads / tensor
    if kind.latent_dim is None:
        keys_and_values = kind.key_value_parameters / hidden / kind.key_value_heads
        inward = heads * kind.key_dim + kind.gate_width / tensor
        key_heads = max(kind.key_value_heads / tensor, 1.0)
        return [(inward + key_heads * keys_and_values, hidden), (hidden, heads * kind.value_dim)]
    query_rank, nope = architecture.mla_q_lora_rank, architecture.mla_qk_nope_head_dim or 0
    return [
        (kind.latent_dim + (query_rank or 0), hidden),
        (heads * kind.key_dim, query_rank or hidden),
        (heads * (nope + kind.value_dim), architecture.mla_kv_lora_rank or 0),
        (hidden, heads * kind.value_dim),
        *_indexer_shapes(architecture),
    ]


def _indexer_shapes(architecture: ModelArchitecture) -> list[tuple[float, float]]:
    """An indexer's queries out of the query latent, and its key and head weights: every GPU works them out whole."""
    if architecture.sparse_attention_tokens is None:
        return []
    heads, dim = architecture.indexer_heads or 0, architecture.indexer_head_dim or 0
    return [(heads * dim, architecture.mla_q_lora_rank or 0), (dim + heads, architecture.hidden_size)]


def _state_products(architecture: ModelArchitecture, tensor: int, *, quantised: bool) -> list[Product]:
    """Projections into and out of the layers that keep a state; out of them leads the state's own width."""
    counts = parameter_counts(architecture)
    mamba = (architecture.mamba_num_heads or 0) * (architecture.mamba_head_dim or 0)
    linear = (architecture.linear_value_heads or 0) * (architecture.linear_value_head_dim or 0)
    products = []
    for layers, parameters, inner in (
        (architecture.mamba_layers, counts.mamba, mamba),
        (architecture.linear_attention_layers, counts.linear_attention, linear),
    ):
        if layers:
            inward = max(parameters / layers / architecture.hidden_size - inner, inner) / tensor
            products += [
                Product(layers, inward, architecture.hidden_size, quantised=quantised),
                Product(layers, architecture.hidden_size, inner / tensor, quantised=quantised),
            ]
    return products


def _experts(architecture: ModelArchitecture, parallelism: Parallelism) -> ExpertShape:
    """Experts of one layer: dealt out whole to the ranks, or each split over all GPUs."""
    ranks = parallelism.expert
    split = parallelism.gpus / ranks
    return ExpertShape(
        hidden=float(architecture.hidden_size),
        width=expert_width(architecture) / split,
        matrices=float(architecture.feed_forward_matrices),
        experts=float(architecture.num_experts or 0),
        per_token=float(architecture.num_experts_per_token or 0),
        ranks=float(ranks),
    )


def _state_layers(architecture: ModelArchitecture) -> int:
    return architecture.mamba_layers + architecture.linear_attention_layers


def _all_reduces(architecture: ModelArchitecture, attention: float) -> float:
    """One after each attention or state block and one after each feed-forward block."""
    return attention + _state_layers(architecture) + dense_layers(architecture) + expert_layers(architecture)


def _small_kernels(architecture: ModelArchitecture, attention: float) -> float:
    mixtures = expert_layers(architecture)
    a_layer = ATTENTION_KERNELS + (QK_NORM_KERNELS if architecture.qk_norm != "none" else 0)
    if architecture.mla_kv_lora_rank is not None:
        a_layer += MLA_KERNELS
    return float(
        attention * a_layer
        + _state_layers(architecture) * STATE_KERNELS
        + (dense_layers(architecture) + mixtures) * FEED_FORWARD_KERNELS
        + mixtures * ROUTER_KERNELS
    )


def _passed_bytes(architecture: ModelArchitecture, kinds: tuple[AttentionKind, ...], tensor: int) -> float:
    split = sum(
        kind.layers
        * (kind.query_heads / tensor * kind.value_dim + max(kind.key_value_heads / tensor, 1.0) * 2 * kind.value_dim)
        for kind in kinds
    )
    hidden = architecture.num_layers * architecture.hidden_size * HIDDEN_PASSES
    inner = sum(block.layers * block.width for block in dense_blocks(architecture)) / tensor
    return SIXTEEN_BIT * (split * HEAD_PASSES + hidden + inner * architecture.feed_forward_matrices)
