from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ModelArchitecture, QuantizedLayers
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import (
    attention_kinds,
    attention_layers,
    bytes_per_weight,
    dense_layers,
    dense_width,
    expert_layers,
    indexer_bytes_per_token,
    kv_bytes_per_token,
    kv_cache_bytes,
    kv_layer_bytes,
    linear_state_bytes,
    mamba_state_bytes,
    parameter_counts,
    state_bytes,
    valid_tensor_parallel,
    weight_bytes,
)

ARCHITECTURES = {arch.name: arch for arch in read_seeds().architectures}
CHECKPOINTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "checkpoint_sizes.json").read_text(encoding="utf-8")
)
LLAMA_8B = ARCHITECTURES["meta-llama/Llama-3.1-8B-Instruct"]
DEEPSEEK = ARCHITECTURES["deepseek-ai/DeepSeek-R1-0528"]
GPT_OSS = ARCHITECTURES["openai/gpt-oss-20b"]
GEMMA_2 = ARCHITECTURES["google/gemma-2-9b-it"]
GEMMA_3N = ARCHITECTURES["google/gemma-3n-E4B-it"]
NEMOTRON = ARCHITECTURES["nvidia/NVIDIA-Nemotron-Nano-9B-v2"]
MAVERICK = ARCHITECTURES["meta-llama/Llama-4-Maverick-17B-128E-Instruct"]
QWEN_MOE = ARCHITECTURES["Qwen/Qwen3-30B-A3B"]
CODER = ARCHITECTURES["Qwen/Qwen3-Coder-480B-A35B-Instruct"]
QWEN_3_5 = ARCHITECTURES["Qwen/Qwen3.5-27B"]
DEEPSEEK_V3_2 = ARCHITECTURES["deepseek-ai/DeepSeek-V3.2"]
GEMMA_4 = ARCHITECTURES["google/gemma-4-26B-A4B"]
KIMI = ARCHITECTURES["moonshotai/Kimi-K2.5"]
MINIMAX = ARCHITECTURES["MiniMaxAI/MiniMax-M2.5"]
NEMOTRON_SUPER = ARCHITECTURES["nvidia/Llama-3_3-Nemotron-Super-49B-v1"]
STEP = ARCHITECTURES["stepfun-ai/Step-3.7-Flash"]
FP8_BLOCK = 128 * 128
"""Weights that share one scale in block-wise FP8."""

any_architecture = st.sampled_from(sorted(ARCHITECTURES)).map(ARCHITECTURES.__getitem__)
any_precision = st.sampled_from(list(Precision))


@pytest.mark.parametrize("arch", ARCHITECTURES.values(), ids=list(ARCHITECTURES))
def test_the_computed_parameter_count_is_the_published_one(arch: ModelArchitecture) -> None:
    assert parameter_counts(arch).total == pytest.approx(arch.published_parameters, rel=0.001)


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("openai/gpt-oss-20b", 3.61),
        ("openai/gpt-oss-120b", 5.13),
        ("Qwen/Qwen3-235B-A22B", 22),
        ("Qwen/Qwen3-Coder-480B-A35B-Instruct", 35),
        ("deepseek-ai/DeepSeek-R1-0528", 37),
        ("moonshotai/Kimi-K2-Instruct", 32),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 12.9),
        ("mistralai/Mixtral-8x22B-Instruct-v0.1", 39),
        ("MiniMaxAI/MiniMax-M2.5", 10),
        ("moonshotai/Kimi-K2.5", 32),
        ("deepseek-ai/DeepSeek-V3.2", 37),
        ("zai-org/GLM-5", 40),
        ("stepfun-ai/Step-3.7-Flash", 11),
        ("google/gemma-4-26B-A4B", 3.8),
        ("Qwen/Qwen3.5-35B-A3B", 3),
        ("Qwen/Qwen3.5-397B-A17B", 17),
    ],
)
def test_the_active_parameters_are_the_makers_figure(name: str, billions: float) -> None:
    assert parameter_counts(ARCHITECTURES[name]).active_per_token == pytest.approx(billions * 1e9, rel=0.05)


def test_a_dense_model_works_with_all_but_its_embedding_table() -> None:
    counts = parameter_counts(LLAMA_8B)
    assert counts.active_per_token == counts.total - counts.embedding
    assert counts.experts == counts.router == counts.mamba == 0


def test_a_tied_head_is_counted_once_and_still_multiplied_with() -> None:
    counts = parameter_counts(GEMMA_2)
    assert counts.lm_head == 0
    assert counts.active_per_token == counts.total


def test_maverick_alternates_expert_and_dense_layers_of_their_own_width() -> None:
    counts = parameter_counts(MAVERICK)
    assert (expert_layers(MAVERICK), dense_layers(MAVERICK)) == (24, 24)
    assert counts.dense_feed_forward == 24 * 3 * 5120 * 16384
    assert counts.shared_experts == 24 * 3 * 5120 * 8192


def test_the_unused_dense_width_of_an_expert_model_counts_nothing() -> None:
    assert parameter_counts(QWEN_MOE).dense_feed_forward == 0


def test_layers_of_a_hybrid_are_mamba_attention_or_feed_forward() -> None:
    assert attention_layers(NEMOTRON) == (4, 0)
    assert dense_layers(NEMOTRON) == 25
    assert NEMOTRON.mamba_layers + sum(attention_layers(NEMOTRON)) + dense_layers(NEMOTRON) == NEMOTRON.num_layers


def test_a_gated_delta_net_projects_keys_values_gate_and_two_factors_a_head() -> None:
    key, value = 16 * 128, 48 * 128
    projections = 5120 * (2 * key + value + value + 2 * 48) + value * 5120
    assert parameter_counts(QWEN_3_5).linear_attention == 48 * (projections + 4 * (2 * key + value) + 2 * 48 + 128)
    assert attention_layers(QWEN_3_5) == (16, 0)


def test_a_gate_for_each_element_is_as_wide_as_the_queries_and_one_for_each_head_narrow() -> None:
    (full,) = attention_kinds(QWEN_3_5)
    assert full.gate_width == 24 * 256
    assert full.query_parameters == 5120 * 3 * 24 * 256
    assert [kind.gate_width for kind in attention_kinds(STEP)] == [64, 96]


def test_layers_with_and_without_a_window_may_have_other_heads() -> None:
    full, sliding = attention_kinds(STEP)
    assert (full.layers, full.query_heads, full.window) == (12, 64, None)
    assert (sliding.layers, sliding.query_heads, sliding.window) == (33, 96, 512)
    full, sliding = attention_kinds(GEMMA_4)
    assert (full.key_value_heads, full.key_dim) == (2, 512)
    assert (sliding.key_value_heads, sliding.key_dim) == (8, 256)


def test_values_taken_from_keys_have_no_projection_but_a_place_in_the_cache() -> None:
    full, sliding = attention_kinds(GEMMA_4)
    assert full.key_value_parameters == 2816 * 2 * 512
    assert full.cached_elements() == 2 * 2 * 512
    assert sliding.key_value_parameters == 2 * 2816 * 8 * 256


def test_an_indexer_is_what_sparse_attention_adds() -> None:
    sparse, dense = parameter_counts(DEEPSEEK_V3_2), parameter_counts(DEEPSEEK)
    assert sparse.total - dense.total == sparse.indexer == 61 * (1536 * 64 * 128 + 7168 * (128 + 64))


def test_feed_forward_layers_of_many_widths_count_by_their_own() -> None:
    counts = parameter_counts(NEMOTRON_SUPER)
    widths = [28672] * 49 + [17920] + [14336] * 6 + [7168] * 10 + [5632] * 8 + [2816] * 6
    assert dense_layers(NEMOTRON_SUPER) == len(widths) == 80
    assert counts.dense_feed_forward == 3 * 8192 * sum(widths)
    assert dense_width(NEMOTRON_SUPER) == pytest.approx(sum(widths) / 80)
    assert attention_layers(NEMOTRON_SUPER) == (49, 0)


@pytest.mark.parametrize(
    ("norm", "names"),
    [
        ("head", ["Qwen/Qwen3-32B", "Qwen/Qwen3.5-27B", "google/gemma-4-26B-A4B", "stepfun-ai/Step-3.7-Flash"]),
        ("layer", ["MiniMaxAI/MiniMax-M2.5"]),
        ("none", ["meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen2.5-7B-Instruct", "deepseek-ai/DeepSeek-V3"]),
    ],
)
def test_queries_and_keys_are_normed_as_published(norm: str, names: list[str]) -> None:
    assert {ARCHITECTURES[name].qk_norm for name in names} == {norm}


@pytest.mark.parametrize("row", CHECKPOINTS["rows"], ids=lambda row: f"{row['architecture']} {row['precision']}")
def test_weights_are_as_large_as_the_published_checkpoint(row: dict[str, Any]) -> None:
    published = row["min_vram_gb"] / CHECKPOINTS["memory_over_checkpoint"] * 1e9
    computed = weight_bytes(ARCHITECTURES[row["architecture"]], Precision(row["precision"]))
    assert computed == pytest.approx(published, rel=0.01)


def test_embeddings_head_and_norms_stay_sixteen_bit() -> None:
    counts = parameter_counts(LLAMA_8B)
    kept = counts.embedding + counts.lm_head + counts.norms
    quantised = counts.total - kept
    for precision in Precision:
        expected = 2 * kept + bytes_per_weight(precision, LLAMA_8B.quantized_layers) * quantised
        assert weight_bytes(LLAMA_8B, precision) == pytest.approx(expected)


def test_gpt_oss_keeps_attention_in_sixteen_bit_and_pads_its_experts() -> None:
    counts = parameter_counts(GPT_OSS)
    experts = counts.experts * (0.5 + 1 / 32) * 3072 / 2880
    assert weight_bytes(GPT_OSS, Precision.FP4) == pytest.approx(experts + 2 * (counts.total - counts.experts))


def test_int4_weights_carry_one_scale_a_group() -> None:
    assert bytes_per_weight(Precision.INT4) == 0.5 + 2 / 128
    assert bytes_per_weight(Precision.INT4, KIMI.quantized_layers) == 0.5 + 2 / 32


def test_fp4_weights_carry_one_scale_in_16_or_32() -> None:
    assert bytes_per_weight(Precision.FP4, QuantizedLayers(fp4_format="nvfp4")) == 0.5 + 1 / 16
    assert bytes_per_weight(Precision.FP4, QuantizedLayers(fp4_format="mxfp4")) == 0.5 + 1 / 32


def test_kimi_quantises_its_routed_experts_only() -> None:
    counts = parameter_counts(KIMI)
    for precision, small in ((Precision.INT4, 0.5625), (Precision.FP4, 0.5625)):
        expected = small * counts.experts + 2 * (counts.total - counts.experts)
        assert weight_bytes(KIMI, precision) == pytest.approx(expected)


@pytest.mark.parametrize(("arch", "scales"), [(MINIMAX, 13_880_064), (STEP, 11_612_160)], ids=["MiniMax", "Step"])
def test_block_wise_fp8_covers_the_layers_that_have_scales_in_the_checkpoint(
    arch: ModelArchitecture, scales: int
) -> None:
    quantised = weight_bytes(arch, Precision.BF16) - weight_bytes(arch, Precision.FP8)
    assert quantised == pytest.approx(scales * FP8_BLOCK, rel=1e-6)


def test_gemma_4_in_nvfp4_is_as_large_as_its_checkpoint() -> None:
    assert weight_bytes(GEMMA_4, Precision.FP4) == pytest.approx(18.8e9, rel=0.005)


def test_key_value_heads_are_copied_where_there_are_fewer_than_gpus() -> None:
    assert kv_bytes_per_token(LLAMA_8B) == 2 * 2 * 32 * 8 * 128
    assert kv_bytes_per_token(LLAMA_8B, tensor_parallel=8) == kv_bytes_per_token(LLAMA_8B) / 8
    assert kv_bytes_per_token(LLAMA_8B, tensor_parallel=16) == kv_bytes_per_token(LLAMA_8B, tensor_parallel=8)


def test_the_latent_of_mla_is_whole_on_every_gpu() -> None:
    assert kv_bytes_per_token(DEEPSEEK) == 2 * 61 * (512 + 64)
    assert kv_bytes_per_token(DEEPSEEK, tensor_parallel=8) == kv_bytes_per_token(DEEPSEEK)


def test_an_fp8_cache_is_half_as_large() -> None:
    assert kv_cache_bytes(LLAMA_8B, 1000, kv_bytes=1) == kv_cache_bytes(LLAMA_8B, 1000) / 2


def test_windows_stop_growing_where_the_window_ends() -> None:
    layer = 2 * 2 * 8 * 256
    assert kv_cache_bytes(GEMMA_2, 8192) == layer * 21 * (8192 + 4096)
    assert kv_cache_bytes(GEMMA_2, 1000) == layer * 42 * 1000


def test_layers_that_share_a_cache_do_not_add_to_it() -> None:
    layer = 2 * 2 * 2 * 256
    assert kv_cache_bytes(GEMMA_3N, 10_000) == pytest.approx(layer * (4 * 10_000 + 16 * 512))


def test_a_mamba_state_has_one_size_at_any_length() -> None:
    state = mamba_state_bytes(NEMOTRON)
    assert state == 27 * (4 * 128 * 80 * 128 + 2 * 3 * (128 * 80 + 2 * 8 * 128))
    assert kv_cache_bytes(NEMOTRON, 1000) - state == 1000 * kv_bytes_per_token(NEMOTRON)
    assert mamba_state_bytes(NEMOTRON, tensor_parallel=4) == state / 4
    assert mamba_state_bytes(LLAMA_8B) == 0


def test_a_delta_net_keeps_a_matrix_for_each_value_head_and_the_last_inputs() -> None:
    state = linear_state_bytes(QWEN_3_5)
    assert state == 48 * (4 * 48 * 128 * 128 + 2 * 3 * (2 * 16 * 128 + 48 * 128))
    assert state_bytes(QWEN_3_5) == state
    assert kv_cache_bytes(QWEN_3_5, 1000) == state + 1000 * 16 * 2 * 2 * 4 * 256
    assert linear_state_bytes(QWEN_3_5, tensor_parallel=4) == state / 4
    assert state_bytes(NEMOTRON) == mamba_state_bytes(NEMOTRON)


def test_an_indexer_caches_an_fp8_key_and_its_scale_whatever_the_cache_holds() -> None:
    indexer = indexer_bytes_per_token(DEEPSEEK_V3_2)
    assert indexer == 61 * (128 + 4)
    for kv_bytes in (1, 2):
        assert kv_bytes_per_token(DEEPSEEK_V3_2, kv_bytes) == kv_bytes_per_token(DEEPSEEK, kv_bytes) + indexer
    assert indexer_bytes_per_token(DEEPSEEK) == 0


def test_the_cache_of_layers_with_and_without_a_window_adds_up() -> None:
    assert kv_layer_bytes(GEMMA_4) == (2 * 5 * 2 * 2 * 512, 2 * 25 * 2 * 8 * 256)
    assert kv_layer_bytes(GEMMA_4, tensor_parallel=8) == (2 * 5 * 2 * 512, 2 * 25 * 2 * 256)
    assert kv_layer_bytes(STEP) == (2 * 12 * 2 * 8 * 128, 2 * 33 * 2 * 8 * 128)


@pytest.mark.parametrize(
    ("name", "degrees"),
    [
        ("Qwen/Qwen3.5-27B", [1, 2, 4, 8]),
        ("google/gemma-4-26B-A4B", [1, 2, 4, 8, 16]),
        ("stepfun-ai/Step-3.7-Flash", [1, 2, 4, 8, 16]),
        ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", [1, 2, 4, 8, 16]),
        ("microsoft/phi-4", [1, 2]),
        ("Qwen/Qwen2.5-7B-Instruct", [1, 2, 4]),
        ("meta-llama/Llama-3.1-8B-Instruct", [1, 2, 4, 8, 16]),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", [1, 2, 4, 8]),
        ("nvidia/NVIDIA-Nemotron-Nano-9B-v2", [1, 2, 4, 8]),
        ("openai/gpt-oss-20b", [1, 2, 4, 8, 16]),
        ("deepseek-ai/DeepSeek-R1-0528", [1, 2, 4, 8, 16]),
    ],
)
def test_a_model_splits_where_its_heads_divide(name: str, degrees: list[int]) -> None:
    assert [d for d in (0, 1, 2, 3, 4, 8, 16) if valid_tensor_parallel(ARCHITECTURES[name], d)] == degrees


def test_weights_quantised_in_groups_must_keep_whole_groups() -> None:
    assert valid_tensor_parallel(CODER, 8)
    assert not valid_tensor_parallel(CODER, 8, group_size=128)
    assert valid_tensor_parallel(CODER, 4, group_size=128)


@given(any_architecture, any_precision, st.integers(0, 5))
def test_more_gpus_never_hold_more_weights_each(arch: ModelArchitecture, precision: Precision, power: int) -> None:
    degree = 2**power
    assert weight_bytes(arch, precision, 2 * degree) <= weight_bytes(arch, precision, degree)


@given(any_architecture, any_precision, st.integers(0, 5))
def test_splitting_never_loses_weights(arch: ModelArchitecture, precision: Precision, power: int) -> None:
    degree = 2**power
    assert degree * weight_bytes(arch, precision, degree) >= weight_bytes(arch, precision) * (1 - 1e-9)


@given(any_architecture, any_precision)
def test_quantising_never_makes_weights_larger(arch: ModelArchitecture, precision: Precision) -> None:
    assert weight_bytes(arch, precision) <= weight_bytes(arch, Precision.BF16)


@given(any_architecture, st.integers(1, 200_000), st.integers(0, 100_000), st.sampled_from([1, 2, 4, 8]))
def test_a_longer_context_never_needs_less_cache(arch: ModelArchitecture, tokens: int, more: int, degree: int) -> None:
    shorter = kv_cache_bytes(arch, tokens, tensor_parallel=degree)
    longer = kv_cache_bytes(arch, tokens + more, tensor_parallel=degree)
    assert shorter <= longer <= shorter + more * kv_bytes_per_token(arch, tensor_parallel=degree) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("arch", "changes", "named"),
    [
        (LLAMA_8B, {"hidden_size": None}, "hidden_size"),
        (LLAMA_8B, {"hidden_size": 0}, "hidden_size"),
        (LLAMA_8B, {"hidden_size": 4_096_000}, "hidden_size"),
        (LLAMA_8B, {"vocab_size": -1}, "vocab_size"),
        (LLAMA_8B, {"num_layers": 0}, "num_layers"),
        (LLAMA_8B, {"max_position_embeddings": 0}, "max_position_embeddings"),
        (LLAMA_8B, {"head_dim": None}, "head_dim"),
        (LLAMA_8B, {"head_dim": 0}, "head_dim"),
        (LLAMA_8B, {"num_key_value_heads": 0}, "num_key_value_heads"),
        (LLAMA_8B, {"num_key_value_heads": 5}, "num_key_value_heads"),
        (LLAMA_8B, {"intermediate_size": None}, "intermediate_size"),
        (LLAMA_8B, {"qk_norm": "some"}, "qk_norm"),
        (LLAMA_8B, {"experts": 8}, "experts"),
        (LLAMA_8B, {"published_parameters": 0}, "published_parameters"),
        (QWEN_MOE, {"num_experts_per_token": None}, "num_experts_per_token"),
        (QWEN_MOE, {"num_experts_per_token": 129}, "num_experts_per_token"),
        (QWEN_MOE, {"num_experts": 0}, "num_experts"),
        (QWEN_MOE, {"moe_intermediate_size": None, "intermediate_size": None}, "moe_intermediate_size"),
        (QWEN_MOE, {"first_dense_layers": 48}, "first_dense_layers"),
        (QWEN_MOE, {"feed_forward_widths": [{"layers": 1, "width": 64}]}, "feed_forward_widths"),
        (DEEPSEEK, {"mla_qk_rope_head_dim": None}, "mla_qk_rope_head_dim"),
        (DEEPSEEK, {"mla_v_head_dim": 0}, "mla_v_head_dim"),
        (DEEPSEEK_V3_2, {"indexer_heads": None}, "indexer_heads"),
        (DEEPSEEK_V3_2, {"mla_q_lora_rank": None}, "mla_q_lora_rank"),
        (QWEN_3_5, {"linear_key_head_dim": None}, "linear_key_head_dim"),
        (QWEN_3_5, {"linear_value_heads": 0}, "linear_value_heads"),
        (QWEN_3_5, {"linear_attention_layers": 60}, "num_layers"),
        (NEMOTRON, {"mamba_state_size": None}, "mamba_state_size"),
        (NEMOTRON_SUPER, {"feed_forward_widths": []}, "intermediate_size"),
        (NEMOTRON_SUPER, {"feed_forward_widths": [{"layers": 81, "width": 64}]}, "feed_forward_widths"),
        (NEMOTRON_SUPER, {"feed_forward_widths": [{"layers": 80, "width": 0}]}, "feed_forward_widths.0.width"),
        (STEP, {"sliding_window": None}, "sliding_window"),
        (STEP, {"sliding_attention_heads": 97}, "sliding_key_value_heads"),
        (KIMI, {"extra_parameters_note": None}, "extra_parameters_note"),
        (KIMI, {"checkpoints": [{"model_id": "a/b", "precision": "int4"}]}, "quantization"),
        (KIMI, {"checkpoints": [{"model_id": "a/b", "quantization": "fp8"}]}, "quantization"),
        (KIMI, {"checkpoints": [{"model_id": "no-owner"}]}, "checkpoints.0.model_id"),
    ],
)
def test_a_field_that_is_missing_zero_or_absurd_is_named(
    arch: ModelArchitecture, changes: dict[str, Any], named: str
) -> None:
    fields = {**arch.model_dump(mode="json", exclude_none=True), **changes}
    with pytest.raises(ValidationError) as caught:
        ModelArchitecture.model_validate_json(json.dumps(fields))
    told = [f"{'.'.join(map(str, error['loc']))} {error['msg']}" for error in caught.value.errors()]
    assert any(text.startswith(f"{named} ") or f" {named}: " in text for text in told), told
