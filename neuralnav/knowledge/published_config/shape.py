"""From a ``config.json`` to the fields of a ``ModelArchitecture``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neuralnav.knowledge.published_config.families import FAMILIES, Family
from neuralnav.knowledge.published_config.fields import ConfigFields

FULL = frozenset({"full_attention", "attention", "chunked_attention"})
"""Kinds of layers that cache the whole context; vLLM keeps all of it for attention in chunks too."""
SLIDING = "sliding_attention"
EXPERTS = ("n_routed_experts", "num_local_experts", "num_experts")


@dataclass(frozen=True)
class PublishedShape:
    """Fields of a ``ModelArchitecture`` by name, and what a person should know about how they were read."""

    model_type: str
    fields: Mapping[str, Any]
    notes: tuple[str, ...]


def read_shape(document: Mapping[str, Any], like: str | None = None) -> PublishedShape:
    """The shape that a ``config.json`` describes; with ``like`` as that model type would have it.

    Raises:
        InvalidInputError: the model type is not known, or fields are missing or cannot be; names each of them.
    """
    whole = ConfigFields(document)
    text, notes = whole, []
    inner = whole.part("text_config")
    if inner is not None:
        text = inner
        notes.append("the language part (text_config) counts; towers for images or sound do not")
    model_type = like or text.text("model_type") or whole.text("model_type") or ""
    family = FAMILIES.get(model_type)
    if family is None:
        text.refuse("model_type", f"one of {', '.join(FAMILIES)}; --like says which of them it is built as")
    fields = {**_size(text, family or Family()), **_experts(text, family or Family())}
    fields |= _latent_attention(text) if text.has("kv_lora_rank") else _grouped_attention(text, fields)
    fields |= _windows(text, family or Family(), fields)
    whole.raise_problems()
    return PublishedShape(
        model_type, {name: value for name, value in fields.items() if value is not None}, tuple(notes)
    )


def _size(text: ConfigFields, family: Family) -> dict[str, Any]:
    heads = text.needed("num_attention_heads")
    normed = text.flag("use_qk_norm", default=True)
    return {
        "num_layers": text.needed("num_hidden_layers"),
        "hidden_size": text.needed("hidden_size"),
        "num_attention_heads": heads,
        "num_key_value_heads": text.whole("num_key_value_heads") or heads,
        "qk_norm": family.qk_norm if normed else "none",
        "intermediate_size": text.needed("intermediate_size"),
        "vocab_size": text.needed("vocab_size"),
        "max_position_embeddings": text.needed("max_position_embeddings"),
        "tie_word_embeddings": text.flag("tie_word_embeddings", default=family.tied_by_default),
    }


def _experts(text: ConfigFields, family: Family) -> dict[str, Any]:
    if not text.whole(*EXPERTS):
        return {}
    width = text.whole("moe_intermediate_size")
    return {
        "num_experts": text.whole(*EXPERTS),
        "num_experts_per_token": text.needed("num_experts_per_tok", "num_experts_per_token"),
        "moe_intermediate_size": width,
        "num_shared_experts": _shared_experts(text, width) or family.shared_experts,
        "first_dense_layers": text.whole("first_k_dense_replace") or _leading_dense_layers(text),
        "moe_layer_step": text.whole("interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_freq") or 1,
        "dense_intermediate_size": text.whole("intermediate_size_mlp"),
    }


def _shared_experts(text: ConfigFields, width: int | None) -> int | None:
    """Shared experts in widths of the routed ones."""
    shared = text.whole("shared_expert_intermediate_size", "shared_intermediate_size")
    if shared is None:
        return text.whole("n_shared_experts")
    width = width or text.whole("intermediate_size") or 1
    if shared % width:
        text.refuse("shared_expert_intermediate_size", f"a multiple of the routed experts' width {width:,}")
    return shared // width


def _leading_dense_layers(text: ConfigFields) -> int:
    layers = text.wholes("mlp_only_layers")
    if sorted(layers) != list(range(len(layers))):
        text.refuse("mlp_only_layers", "the first layers, without a gap")
    return len(layers)


def _latent_attention(text: ConfigFields) -> dict[str, Any]:
    sparse = text.whole("index_topk")
    return {
        "mla_kv_lora_rank": text.needed("kv_lora_rank"),
        "mla_q_lora_rank": text.whole("q_lora_rank"),
        "mla_qk_nope_head_dim": text.needed("qk_nope_head_dim"),
        "mla_qk_rope_head_dim": text.needed("qk_rope_head_dim"),
        "mla_v_head_dim": text.needed("v_head_dim"),
        "sparse_attention_tokens": sparse,
        "indexer_heads": text.needed("index_n_heads") if sparse else None,
        "indexer_head_dim": text.needed("index_head_dim") if sparse else None,
    }


def _grouped_attention(text: ConfigFields, fields: Mapping[str, Any]) -> dict[str, Any]:
    hidden, heads = fields["hidden_size"], fields["num_attention_heads"]
    derived = hidden // heads if hidden and heads else None
    return {"head_dim": text.whole("head_dim") or derived}


def _windows(text: ConfigFields, family: Family, fields: Mapping[str, Any]) -> dict[str, Any]:
    window, layers = text.whole("sliding_window"), fields["num_layers"] or 0
    kinds = text.texts("layer_types")
    stray = sorted(set(kinds) - FULL - {SLIDING})
    if stray:
        text.refuse("layer_types", f"{', '.join(sorted(FULL))} or {SLIDING}, not {', '.join(stray)}")
    if kinds and len(kinds) != layers:
        text.refuse("layer_types", f"{layers} entries, one a layer, not {len(kinds)}")
    if not window or window >= (fields["max_position_embeddings"] or 0):
        return {}
    sliding = kinds.count(SLIDING) if kinds else _sliding_layers(text, family, layers)
    if not sliding:
        return {}
    return {
        "sliding_window": window,
        "sliding_attention_layers": sliding,
        "full_attention_layers": max(layers - sliding, 0),
    }


def _sliding_layers(text: ConfigFields, family: Family, layers: int) -> int:
    if family.windows == "every":
        return layers
    if family.windows == "alternating":
        return (layers + 1) // 2
    if family.windows == "five_of_six":
        return layers - layers // (text.whole("sliding_window_pattern") or 6)
    first = text.whole("max_window_layers") or 0
    return max(layers - first, 0) if text.flag("use_sliding_window", default=False) else 0
