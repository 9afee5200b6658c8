"""What can be planned with: model architectures, catalogue entries, GPUs, prices, use cases and quality scores."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, model_validator

from neuralnav.models.base import Frozen, Milliseconds, ModelId, Ratio, Tokens, UsDollars
from neuralnav.models.provenance import Sourced
from neuralnav.models.template import DeploymentTemplate
from neuralnav.models.vocabulary import CloudProvider, GpuType, Precision, Quality, UseCase

ENGINE_ARGUMENTS = frozenset({"chat_template", "tokenize"})
"""What vLLM itself tells the renderer of chat templates: nothing for a model to set."""


def _of_the_template(arguments: dict[str, bool | str]) -> dict[str, bool | str]:
    if own := ENGINE_ARGUMENTS & arguments.keys():
        raise ValueError(f"{min(own)} is the engine's own, not an argument of a chat template")
    return arguments


Count = Annotated[int, Field(ge=1, le=10_000_000)]
OptionalCount = Annotated[int | None, Field(ge=1, le=10_000_000)]
ContextTokens = Annotated[int, Field(ge=1, le=100_000_000)]
"""The longest context of a model; some are made for more than any one request may hold."""
QuantizedScope = Literal["all", "feed_forward", "experts"]
"""Which linear layers are quantised: all of them, feed-forward layers with their experts, or routed experts only."""
Fp4Format = Literal["nvfp4", "mxfp4"]
QkNorm = Literal["none", "head", "layer"]
"""RMS norms of queries and keys: none, over each head, or over all heads of a layer, for which GPUs exchange sums."""
AttentionGate = Literal["none", "head", "element"]
"""A projection that scales what attention gives: none, one factor a head, or one for each element of each head."""
Reasoning = Literal["none", "optional", "always"]
"""Whether a model thinks in words before it answers: never, unless it is told not to, or whatever it is told."""
ChatTemplateArguments = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        StrictBool | Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")],
    ],
    Field(max_length=3),
    AfterValidator(_of_the_template),
]
"""What a chat template is given beside the messages: switches, and words such as an effort."""
ScoreMode = Literal["direct", "low_effort", "reasoning"]
"""How a score was reached: answering directly, after little thinking, or after thinking at length."""


class QuantizedLayers(Frozen):
    """What the published checkpoints of an architecture quantise, by precision, and how; the rest stays 16 bit.

    Embeddings, LM head, routers, norms and whatever ``extra_parameters`` counts always stay 16 bit.
    """

    fp8: QuantizedScope = "all"
    int8: QuantizedScope = "all"
    int4: QuantizedScope = "all"
    fp4: QuantizedScope = "all"
    int4_group_size: Annotated[int, Field(ge=16, le=4096)] = 128
    """4-bit integer weights that share one 16-bit scale."""
    fp4_format: Fp4Format = "nvfp4"


class Checkpoint(Frozen):
    """Published weights of one shape under an id of their own: a base model, a finetune, a quantised upload."""

    model_id: ModelId
    precision: Precision = Precision.BF16
    quantization: str | None = None
    """What vLLM calls the format; ``None`` for 16 bit."""
    quantization_group_size: OptionalCount = None
    """Weights of a row that share one scale; ``None``: one scale a row."""
    context_tokens: Annotated[int | None, Field(ge=1, le=100_000_000)] = None
    """Its longest context, where that is not the architecture's."""

    @model_validator(mode="after")
    def _format_is_named(self) -> Self:
        if (self.quantization is None) != (self.precision is Precision.BF16):
            raise ValueError("quantization: must be given for quantised weights, and only for them")
        return self


class FeedForwardLayers(Frozen):
    """Dense feed-forward blocks of one width."""

    layers: Annotated[int, Field(ge=1, le=1000)]
    width: Count


class ModelArchitecture(Sourced):
    """The shape of a transformer as its published ``config.json`` gives it.

    Sizes are element counts. Attention is GQA (``head_dim`` and ``num_key_value_heads``) or, where
    ``mla_kv_lora_rank`` is given, MLA with one latent a token and layer.
    """

    name: str = Field(min_length=1, max_length=120)
    """The Hugging Face id of the model that the configuration was published with."""
    checkpoints: tuple[Checkpoint, ...] = ()
    """Other ids with this shape; ``name`` itself means 16-bit weights unless it is among them."""
    num_layers: Annotated[int, Field(ge=1, le=1000)]
    hidden_size: Annotated[int, Field(ge=64, le=65_536)]
    num_attention_heads: Annotated[int, Field(ge=1, le=1024)]
    num_key_value_heads: Annotated[int, Field(ge=1, le=1024)]
    head_dim: Annotated[int | None, Field(ge=16, le=1024)] = None
    qk_norm: QkNorm = "none"
    attention_gate: AttentionGate = "none"
    intermediate_size: OptionalCount = None
    """Width of the dense feed-forward layers; for models with only experts, see ``moe_intermediate_size``."""
    feed_forward_widths: tuple[FeedForwardLayers, ...] = ()
    """In place of ``intermediate_size``: the dense feed-forward layers of a model whose widths differ."""
    feed_forward_matrices: Annotated[int, Field(ge=2, le=3)] = 3
    """3 for gated feed-forward layers (gate, up, down), 2 for plain ones."""
    vocab_size: Annotated[int, Field(ge=1000, le=2_000_000)]
    tie_word_embeddings: bool = False
    max_position_embeddings: ContextTokens
    sliding_window: OptionalCount = None
    full_attention_layers: Annotated[int | None, Field(ge=0, le=1000)] = None
    """Layers that attend to the whole context; unset: all that neither slide nor keep a state instead of a cache."""
    sliding_attention_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    sliding_attention_heads: Annotated[int | None, Field(ge=1, le=1024)] = None
    """Query heads of layers with a sliding window, where these differ from the others' ``num_attention_heads``."""
    sliding_key_value_heads: Annotated[int | None, Field(ge=1, le=1024)] = None
    sliding_head_dim: Annotated[int | None, Field(ge=16, le=1024)] = None
    values_from_keys: bool = False
    """Whether layers with full attention project keys only, and take their values from them; both are cached."""
    kv_shared_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Attention layers that read the KV cache of an earlier layer, of each kind in equal parts."""
    feed_forward_layers: Annotated[int | None, Field(ge=0, le=1000)] = None
    """Layers with a feed-forward block; unset: all of them."""
    mamba_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Mamba-2 layers: they keep a state of fixed size and no KV cache."""
    mamba_num_heads: OptionalCount = None
    mamba_head_dim: OptionalCount = None
    mamba_state_size: OptionalCount = None
    mamba_groups: OptionalCount = None
    mamba_conv_kernel: OptionalCount = None
    linear_attention_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Gated delta net layers: each value head keeps a state of key by value dimension and no KV cache."""
    linear_key_heads: OptionalCount = None
    linear_value_heads: OptionalCount = None
    linear_key_head_dim: OptionalCount = None
    linear_value_head_dim: OptionalCount = None
    linear_conv_kernel: OptionalCount = None
    num_experts: OptionalCount = None
    num_experts_per_token: OptionalCount = None
    moe_intermediate_size: OptionalCount = None
    num_shared_experts: Annotated[int, Field(ge=0, le=64)] = 0
    """Experts that every token passes, of the routed ones' width; a dense block beside them counts by its width."""
    first_dense_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    moe_layer_step: Annotated[int, Field(ge=1, le=16)] = 1
    dense_intermediate_size: OptionalCount = None
    mla_kv_lora_rank: OptionalCount = None
    mla_q_lora_rank: OptionalCount = None
    mla_qk_nope_head_dim: OptionalCount = None
    mla_qk_rope_head_dim: OptionalCount = None
    mla_v_head_dim: OptionalCount = None
    sparse_attention_tokens: OptionalCount = None
    """Tokens that an indexer picks for each query to attend to; unset: attention is to all of them."""
    indexer_heads: OptionalCount = None
    indexer_head_dim: OptionalCount = None
    extra_parameters: Annotated[int, Field(ge=0, le=10**12)] = 0
    """Parameters that the fields above do not describe (a vision tower, for one), loaded with the weights."""
    extra_parameters_note: str | None = None
    quantized_layers: QuantizedLayers = QuantizedLayers()
    published_parameters: Annotated[int, Field(ge=1_000_000, le=10**14)]
    """The parameter count that the maker publishes, to check the fields against."""

    @model_validator(mode="after")
    def _experts_are_whole(self) -> Self:
        if self.num_experts is not None:
            if self.num_experts_per_token is None or self.num_experts_per_token > self.num_experts:
                raise ValueError("num_experts_per_token: must be given and at most num_experts")
            if self.moe_intermediate_size is None and self.intermediate_size is None:
                raise ValueError("moe_intermediate_size: must be given with num_experts")
            if self.feed_forward_widths:
                raise ValueError("feed_forward_widths: are for models without experts")
            if self.first_dense_layers + self.moe_layer_step > self.num_layers:
                raise ValueError("first_dense_layers: must leave layers with experts")
        elif (self.intermediate_size is None) == (not self.feed_forward_widths):
            raise ValueError("intermediate_size: must be given for a model without experts, or feed_forward_widths be")
        return self

    @model_validator(mode="after")
    def _attention_is_whole(self) -> Self:
        if self.mla_kv_lora_rank is None and self.head_dim is None:
            raise ValueError("head_dim: must be given for a model without mla_kv_lora_rank")
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError("num_key_value_heads: must divide num_attention_heads")
        sliding_heads = self.sliding_attention_heads or self.num_attention_heads
        if sliding_heads % (self.sliding_key_value_heads or self.num_key_value_heads):
            raise ValueError("sliding_key_value_heads: must divide sliding_attention_heads")
        if self.sliding_attention_layers and self.sliding_window is None:
            raise ValueError("sliding_window: must be given with sliding_attention_layers")
        if self.sparse_attention_tokens and self.mla_q_lora_rank is None:
            raise ValueError("mla_q_lora_rank: must be given with sparse_attention_tokens")
        return self

    @model_validator(mode="after")
    def _layers_are_whole(self) -> Self:
        attention = (self.full_attention_layers or 0) + self.sliding_attention_layers
        if attention + self.mamba_layers + self.linear_attention_layers > self.num_layers:
            raise ValueError("num_layers: must be at least the layers with attention and with a state together")
        if sum(block.layers for block in self.feed_forward_widths) > self.num_layers:
            raise ValueError("feed_forward_widths: must be of at most num_layers layers")
        if (self.feed_forward_layers or 0) > self.num_layers:
            raise ValueError("feed_forward_layers: must be at most num_layers")
        return self

    @model_validator(mode="after")
    def _parts_are_whole(self) -> Self:
        for part, sizes in _SIZES_OF.items():
            missing = [size for size in sizes if getattr(self, size) is None]
            if getattr(self, part) and missing:
                raise ValueError(f"{missing[0]}: must be given with {part}")
        if self.extra_parameters and not self.extra_parameters_note:
            raise ValueError("extra_parameters_note: must say what extra_parameters are")
        return self


_SIZES_OF = {
    "mamba_layers": (
        "mamba_num_heads",
        "mamba_head_dim",
        "mamba_state_size",
        "mamba_groups",
        "mamba_conv_kernel",
    ),
    "linear_attention_layers": (
        "linear_key_heads",
        "linear_value_heads",
        "linear_key_head_dim",
        "linear_value_head_dim",
        "linear_conv_kernel",
    ),
    "mla_kv_lora_rank": ("mla_qk_nope_head_dim", "mla_qk_rope_head_dim", "mla_v_head_dim"),
    "sparse_attention_tokens": ("indexer_heads", "indexer_head_dim"),
}
"""By the field that says a part is there: the sizes that describe it."""


class CatalogModel(Sourced):
    """One model that can be served, in the precision in which it is published."""

    model_id: ModelId
    display_name: str = Field(min_length=1, max_length=120)
    short_name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)
    """Maker's family and size in lower case, such as ``llama-3.1-8b``, shared by all precisions of a model."""
    provider: str
    """Who trained the model (not who quantised it)."""
    architecture: str
    """``name`` of its :class:`ModelArchitecture`."""
    precision: Precision
    quantization: str | None = None
    """What vLLM calls the format (``fp8``, ``compressed-tensors``, ``mxfp4`` ...); ``None`` for 16 bit."""
    quantization_group_size: OptionalCount = None
    """Weights of a row that share one scale: each GPU must hold whole groups. ``None``: one scale a row."""
    context_tokens: ContextTokens
    tasks: tuple[str, ...]
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tool_calling: bool = False
    licence: str
    licence_is_open: bool
    """Whether the licence is an open-source one (OSI)."""
    licence_allows_commercial_use: bool
    gated: bool = False
    """Whether the weights need an accepted licence and a token to be downloaded."""
    trust_remote_code: bool = False
    approved_for_production: bool = True
    reasoning: Reasoning = "none"
    chat_template_kwargs: ChatTemplateArguments = Field(default_factory=dict)
    """What its chat template has to be told for it to answer as it is rated, where a request does not say otherwise."""
    request_hint: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    """What each request has to say for it to answer as it is rated, where the server cannot be told: a sentence."""
    quality_tier: Quality = Quality.STANDARD
    """What its scores reach as a chatbot; for a model without scores, what whoever entered it vouches for."""
    quality_key: str | None = None
    """``model`` of its row among the quality scores; ``None``: unrated."""


class GpuProfile(Sourced):
    """A GPU as its maker's datasheet gives it: dense figures without sparsity, per GPU."""

    gpu_type: GpuType
    vendor: str
    generation: str
    memory_gb: Annotated[float, Field(gt=0, le=2000)]
    usable_memory_gib: Annotated[float | None, Field(gt=0, le=2000)] = None
    """What CUDA or ROCm reports as the total, which vLLM takes its share of; unset: 92 % of ``memory_gb``."""
    memory_bandwidth_gb_s: Annotated[float, Field(gt=0, le=100_000)]
    fp16_tflops: Annotated[float, Field(gt=0, le=100_000)]
    bf16: bool
    """Whether ``fp16_tflops`` holds for bf16 too."""
    fp8_tflops: Annotated[float | None, Field(gt=0, le=100_000)] = None
    fp4_tflops: Annotated[float | None, Field(gt=0, le=100_000)] = None
    interconnect_gb_s: Annotated[float, Field(gt=0, le=10_000)]
    """To the other GPUs of the node, each direction."""
    gpus_per_node: Annotated[int, Field(ge=1, le=128)]
    kubernetes_resource: str = Field(pattern=r"^[a-z0-9.-]+/[a-z0-9.-]+$")
    node_label_key: str
    node_label_product: str = Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")

    @property
    def total_memory_gib(self) -> float:
        """The memory that vLLM sees, GiB: as reported, or 92 % of the nameplate (GDDR with ECC keeps 8 %)."""
        return self.usable_memory_gib or 0.92 * self.memory_gb


class InstancePrice(Sourced):
    """What the smallest rentable unit costs an hour, on demand."""

    cloud_provider: CloudProvider
    instance_type: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    gpu_type: GpuType
    gpus: Annotated[int, Field(ge=1, le=128)]
    hourly_usd: UsDollars
    region: str
    effective: date
    note: str | None = None


class UserActivity(Frozen):
    """How people of a use case work: what turns users into requests."""

    active_fraction: Ratio
    requests_per_active_user_per_min: Annotated[float, Field(gt=0, le=600)]
    peak_multiplier: Annotated[float, Field(ge=1, le=100)]


class UseCaseTemplate(Sourced):
    """A use case: its token shape, its p95 targets, how its people work, what it needs of a model."""

    use_case: UseCase
    name: str
    prompt_tokens: Tokens
    output_tokens: Tokens
    experience_class: str
    ttft_p95_ms: Milliseconds
    itl_p95_ms: Milliseconds
    e2e_p95_ms: Milliseconds
    activity: UserActivity
    tasks: tuple[str, ...] = Field(min_length=1)
    """A model must be able to do at least one of these."""
    quality_weights: dict[str, Annotated[float, Field(ge=0, le=1)]]
    """Benchmark name to its weight in the accuracy score; they add up to 1."""
    quality_reasons: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """Benchmark name to why it weighs what it does."""

    @model_validator(mode="after")
    def _weights_are_whole(self) -> Self:
        total = sum(self.quality_weights.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"quality_weights: add up to {total:g}, must be 1")
        if stray := self.quality_reasons.keys() - self.quality_weights.keys():
            raise ValueError(f"quality_reasons: {min(stray)} has no weight")
        return self


class QualityScore(Sourced):
    """A model's score on one public benchmark, 0 to 100."""

    model: str
    benchmark: str
    score: Annotated[float, Field(ge=0, le=100)]
    mode: ScoreMode = "direct"


class ReferenceData(Frozen):
    """All that planning reads, taken at one moment."""

    architectures: tuple[ModelArchitecture, ...]
    models: tuple[CatalogModel, ...]
    gpus: tuple[GpuProfile, ...]
    prices: tuple[InstancePrice, ...]
    use_cases: tuple[UseCaseTemplate, ...]
    quality_scores: tuple[QualityScore, ...]
    templates: tuple[DeploymentTemplate, ...] = ()

    @property
    def short_names(self) -> tuple[str, ...]:
        """Short names of the catalogue's models, sorted."""
        return tuple(sorted({model.short_name for model in self.models}))
