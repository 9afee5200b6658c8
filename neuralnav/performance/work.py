"""From an architecture to what its engine has to do in a step: products, experts, attention, exchanges, on each GPU."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import (
    SIXTEEN_BIT,
    attention_layers,
    dense_layers,
    dense_width,
    expert_layers,
    expert_width,
    kv_bytes_per_token,
    mamba_state_bytes,
    parameter_counts,
)
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
                f"expert_parallel: {self.expert} is neither 1 nor all {self.gpus} GPUs, which is how vLLM deals experts.",
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
class EngineWork:
    """What a step asks of each GPU; the KV cache is counted in elements, so that its precision stays open."""

    parallelism: Parallelism
    precision: Precision
    products: tuple[Product, ...]
    head: Product
    logits: float
    """Of one sampled token, over all GPUs."""
    expert_layers: int
    experts: ExpertShape
    full_layers: float
    window_layers: float
    window: int
    """Tokens; without sliding windows the model's longest context."""
    query_heads: float
    query_head_elements: float
    kv_elements: float
    """KV-cache elements of one context token in one layer."""
    pair_flops: float
    """One query token with one key token in one layer."""
    context_flops: float
    """One decoded token with one context token in one layer: with MLA on the latents."""
    hidden: float
    all_reduces: float
    small_all_reduces: float
    """All-reduces of a few bytes a token: norms over all heads of a layer."""
    small_kernels: float
    passed_bytes: float
    """Bytes of one token that small kernels read and write."""
    state_bytes: float
    """A sequence's states in layers without a KV cache."""

    @property
    def full_kv_elements(self) -> float:
        """KV-cache elements of one context token in all layers that attend to everything."""
        return self.full_layers * self.kv_elements

    @property
    def window_kv_elements(self) -> float:
        """The same in all layers with a sliding window."""
        return self.window_layers * self.kv_elements


def engine_work(architecture: ModelArchitecture, precision: Precision, parallelism: Parallelism) -> EngineWork:
    """What a step of ``architecture`` in ``precision`` asks of each GPU."""
    tensor = parallelism.tensor
    full, sliding = attention_layers(architecture)
    pair, context = _attention_flops(architecture, tensor)
    heads = architecture.num_attention_heads / tensor
    return EngineWork(
        parallelism=parallelism,
        precision=precision,
        products=tuple(product for product in _products(architecture, precision, tensor) if product.count),
        head=Product(1, architecture.vocab_size / tensor, architecture.hidden_size, False),
        logits=float(architecture.vocab_size),
        expert_layers=expert_layers(architecture),
        experts=_experts(architecture, parallelism),
        full_layers=float(full),
        window_layers=float(sliding),
        window=architecture.sliding_window if sliding and architecture.sliding_window else _unbounded(architecture),
        query_heads=heads,
        query_head_elements=float(architecture.head_dim or architecture.mla_v_head_dim or 0),
        kv_elements=_kv_elements(architecture, tensor),
        pair_flops=pair,
        context_flops=context,
        hidden=float(architecture.hidden_size),
        all_reduces=_all_reduces(architecture) if tensor > 1 else 0.0,
        small_all_reduces=float(full + sliding) if tensor > 1 and architecture.qk_norm == "layer" else 0.0,
        small_kernels=_small_kernels(architecture),
        passed_bytes=_passed_bytes(architecture, tensor),
        state_bytes=mamba_state_bytes(architecture, tensor),
    )


def quantised_parts(architecture: ModelArchitecture, precision: Precision) -> tuple[bool, bool]:
    """Whether projections and feed-forward products are in ``precision``; routed experts always are."""
    if precision is Precision.BF16:
        return False, False
    scope = getattr(architecture.quantized_layers, precision.value)
    return scope == "all", scope in ("all", "feed_forward")


def _unbounded(architecture: ModelArchitecture) -> int:
    return max(architecture.max_position_embeddings, 1 << 30)


def _products(architecture: ModelArchitecture, precision: Precision, tensor: int) -> list[Product]:
    projections, feed_forward = quantised_parts(architecture, precision)
    hidden, layers = architecture.hidden_size, sum(attention_layers(architecture))
    products = [Product(layers, *shape, projections) for shape in _attention_shapes(architecture, tensor)]
    products += _state_products(architecture, tensor, projections)
    matrices = architecture.feed_forward_matrices
    width = dense_width(architecture) / tensor
    dense = dense_layers(architecture)
    products += [
        Product(dense, (matrices - 1) * width, hidden, feed_forward),
        Product(dense, hidden, width, feed_forward),
    ]
    mixtures = expert_layers(architecture)
    shared = architecture.num_shared_experts * expert_width(architecture) / tensor
    products.append(Product(mixtures, architecture.num_experts or 0, hidden, False))
    if shared:
        products += [
            Product(mixtures, (matrices - 1) * shared, hidden, feed_forward),
            Product(mixtures, hidden, shared, feed_forward),
        ]
    return products


def _attention_shapes(architecture: ModelArchitecture, tensor: int) -> list[tuple[float, float]]:
    """Outputs and inputs of one layer's projections on each GPU."""
    hidden, heads = architecture.hidden_size, architecture.num_attention_heads / tensor
    if architecture.mla_kv_lora_rank is None:
        dim = architecture.head_dim or 0
        key_heads = max(architecture.num_key_value_heads / tensor, 1.0)
        return [((heads + 2 * key_heads) * dim, hidden), (hidden, heads * dim)]
    rank, query_rank = architecture.mla_kv_lora_rank, architecture.mla_q_lora_rank
    nope, rope, value = _mla_dims(architecture)
    latents = rank + rope + (query_rank or 0)
    return [
        (latents, hidden),
        (heads * (nope + rope), query_rank or hidden),
        (heads * (nope + value), rank),
        (hidden, heads * value),
    ]


def _mla_dims(architecture: ModelArchitecture) -> tuple[int, int, int]:
    return (
        architecture.mla_qk_nope_head_dim or 0,
        architecture.mla_qk_rope_head_dim or 0,
        architecture.mla_v_head_dim or 0,
    )


def _state_products(architecture: ModelArchitecture, tensor: int, quantised: bool) -> list[Product]:
    """Projections into and out of the layers that keep a state: a quarter of their parameters lead out."""
    layers = architecture.mamba_layers
    if not layers:
        return []
    hidden = architecture.hidden_size
    inner = (architecture.mamba_num_heads or 0) * (architecture.mamba_head_dim or 0) / tensor
    parameters = parameter_counts(architecture).mamba / layers / tensor
    inward = max(parameters / hidden - inner, inner)
    return [Product(layers, inward, hidden, quantised), Product(layers, hidden, inner, quantised)]


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


def _kv_elements(architecture: ModelArchitecture, tensor: int) -> float:
    caching = sum(attention_layers(architecture)) - architecture.kv_shared_layers
    return kv_bytes_per_token(architecture, 1.0, tensor) / caching if caching > 0 else 0.0


def _attention_flops(architecture: ModelArchitecture, tensor: int) -> tuple[float, float]:
    """Of one pair, in prefill and in decode: score and weighted value, two FLOPs an element."""
    heads = architecture.num_attention_heads / tensor
    rank = architecture.mla_kv_lora_rank
    if rank is None:
        flops = 4.0 * heads * (architecture.head_dim or 0)
        return flops, flops
    nope, rope, value = _mla_dims(architecture)
    return 2.0 * heads * (nope + rope + value), 2.0 * heads * (2 * rank + rope)


def _all_reduces(architecture: ModelArchitecture) -> float:
    """One after each attention or state block and one after each feed-forward block."""
    blocks = sum(attention_layers(architecture)) + architecture.mamba_layers
    return float(blocks + dense_layers(architecture) + expert_layers(architecture))


def _small_kernels(architecture: ModelArchitecture) -> float:
    attention, mixtures = sum(attention_layers(architecture)), expert_layers(architecture)
    a_layer = ATTENTION_KERNELS + (QK_NORM_KERNELS if architecture.qk_norm != "none" else 0)
    if architecture.mla_kv_lora_rank is not None:
        a_layer += MLA_KERNELS
    return float(
        attention * a_layer
        + architecture.mamba_layers * STATE_KERNELS
        + (dense_layers(architecture) + mixtures) * FEED_FORWARD_KERNELS
        + mixtures * ROUTER_KERNELS
    )


def _passed_bytes(architecture: ModelArchitecture, tensor: int) -> float:
    heads = architecture.num_attention_heads / tensor + 2 * max(architecture.num_key_value_heads / tensor, 1.0)
    dim = architecture.head_dim or architecture.mla_v_head_dim or 0
    attention = sum(attention_layers(architecture)) * heads * dim * HEAD_PASSES
    hidden = architecture.num_layers * architecture.hidden_size * HIDDEN_PASSES
    inner = dense_layers(architecture) * dense_width(architecture) / tensor * architecture.feed_forward_matrices
    return SIXTEEN_BIT * (attention + hidden + inner)
