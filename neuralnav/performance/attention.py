"""The layers of a model with softmax attention: heads, what a token caches, and their parameters.

Parameters are element counts of one layer. With GQA keys and values have heads of their own; with MLA (DeepSeek-V2,
2024) each token and layer caches one latent, out of which the keys and values of all heads are projected.
"""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.catalog import ModelArchitecture


@dataclass(frozen=True, slots=True)
class AttentionKind:
    """Layers with one shape of softmax attention; parameters are of one layer."""

    layers: int
    window: int | None
    """Tokens that a query attends to at most; ``None``: its whole context."""
    query_heads: int
    key_value_heads: int
    key_dim: int
    value_dim: int
    gate_width: int
    """Outputs of the projection that gates what attention gives; 0 without one."""
    latent_dim: int | None
    """With MLA, what a token caches: the latent and the rotary part; ``None`` with GQA."""
    query_parameters: int
    """Split by query head: query, output and gate projections; with MLA also those out of the latents."""
    key_value_parameters: int
    """Split by key-value head; 0 with MLA."""
    latent_parameters: int
    """MLA's projections into the latents, on every GPU whole."""

    def cached_elements(self, tensor_parallel: int = 1) -> float:
        """KV-cache elements of one token and layer on each GPU: its key-value heads, at least one; or the latent."""
        if self.latent_dim is not None:
            return float(self.latent_dim)
        return max(self.key_value_heads / tensor_parallel, 1.0) * (self.key_dim + self.value_dim)


def full_attention(arch: ModelArchitecture, layers: int) -> AttentionKind:
    """What ``layers`` of ``arch`` with full attention are like."""
    if arch.mla_kv_lora_rank is not None:
        return _latent(arch, layers)
    heads, key_value_heads, dim = arch.num_attention_heads, arch.num_key_value_heads, arch.head_dim or 0
    return _grouped(arch, layers, None, heads, key_value_heads, dim)


def sliding_attention(arch: ModelArchitecture, layers: int) -> AttentionKind:
    """What ``layers`` of ``arch`` with a sliding window are like."""
    heads = arch.sliding_attention_heads or arch.num_attention_heads
    key_value_heads = arch.sliding_key_value_heads or arch.num_key_value_heads
    dim = arch.sliding_head_dim or arch.head_dim or 0
    return _grouped(arch, layers, arch.sliding_window, heads, key_value_heads, dim)


def _grouped(
    arch: ModelArchitecture, layers: int, window: int | None, heads: int, key_value_heads: int, dim: int
) -> AttentionKind:
    gate = {"none": 0, "head": heads, "element": heads * dim}[arch.attention_gate]
    keys_and_values = 1 if arch.values_from_keys and window is None else 2
    return AttentionKind(
        layers=layers,
        window=window,
        query_heads=heads,
        key_value_heads=key_value_heads,
        key_dim=dim,
        value_dim=dim,
        gate_width=gate,
        latent_dim=None,
        query_parameters=arch.hidden_size * (2 * heads * dim + gate),
        key_value_parameters=keys_and_values * arch.hidden_size * key_value_heads * dim,
        latent_parameters=0,
    )


def _latent(arch: ModelArchitecture, layers: int) -> AttentionKind:
    hidden, heads, rank = arch.hidden_size, arch.num_attention_heads, arch.mla_kv_lora_rank or 0
    nope, rope, value = arch.mla_qk_nope_head_dim or 0, arch.mla_qk_rope_head_dim or 0, arch.mla_v_head_dim or 0
    query = (arch.mla_q_lora_rank or hidden) * heads * (nope + rope)
    return AttentionKind(
        layers=layers,
        window=None,
        query_heads=heads,
        key_value_heads=arch.num_key_value_heads,
        key_dim=nope + rope,
        value_dim=value,
        gate_width=0,
        latent_dim=rank + rope,
        query_parameters=query + rank * heads * (nope + value) + heads * value * hidden,
        key_value_parameters=0,
        latent_parameters=hidden * (rank + rope) + hidden * (arch.mla_q_lora_rank or 0),
    )
