"""The model that a simulator stands in for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServedModel:
    """What the server says of its model."""

    model_id: str
    max_model_len: int
    vocabulary_size: int
    """Token ids that prompts may hold: the model's, not those of the shipped tokenizer."""
    cache_config: dict[str, str]
    """Labels of ``vllm:cache_config_info``."""
