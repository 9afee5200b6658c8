"""The model types whose shape can be read, and what their ``config.json`` leaves to the code of ``transformers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from neuralnav.models.catalog import QkNorm

Windows = Literal["every", "flagged", "alternating", "five_of_six"]
"""Where ``sliding_window`` holds, unless ``layer_types`` says: in all layers, in all from ``max_window_layers`` on if
``use_sliding_window`` says so, in every other layer, or in five of six."""


@dataclass(frozen=True)
class Family:
    """What all models of a type share. Source: their configuration and modelling code in ``transformers`` and vLLM."""

    tied_by_default: bool = False
    """Whether the LM head is the embedding table where the file does not say."""
    qk_norm: QkNorm = "none"
    windows: Windows = "every"
    shared_experts: int = 0
    """Experts that every token passes, where the file does not say."""


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "deepseek_v2": Family(),
        "deepseek_v3": Family(),
        "deepseek_v32": Family(),
        "gemma": Family(tied_by_default=True),
        "gemma2": Family(tied_by_default=True, windows="alternating"),
        "gemma3_text": Family(tied_by_default=True, qk_norm="head", windows="five_of_six"),
        "gpt_oss": Family(windows="alternating"),
        "granite": Family(),
        "granitemoe": Family(),
        "kimi_k2": Family(),
        "llama": Family(),
        "llama4_text": Family(qk_norm="head", shared_experts=1),
        "minimax_m2": Family(qk_norm="layer"),
        "mistral": Family(),
        "mixtral": Family(),
        "olmo2": Family(qk_norm="layer"),
        "phi3": Family(),
        "qwen2": Family(windows="flagged"),
        "qwen2_moe": Family(windows="flagged"),
        "qwen3": Family(qk_norm="head", windows="flagged"),
        "qwen3_moe": Family(qk_norm="head", windows="flagged"),
        "smollm3": Family(tied_by_default=True, windows="flagged"),
    }
)
"""By ``model_type``."""
