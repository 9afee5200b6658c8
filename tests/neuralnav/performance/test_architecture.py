from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import (
    attention_layers,
    bytes_per_weight,
    dense_layers,
    expert_layers,
    kv_bytes_per_token,
    kv_cache_bytes,
    mamba_state_bytes,
    parameter_counts,
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
        expected = 2 * kept + bytes_per_weight(precision) * quantised
        assert weight_bytes(LLAMA_8B, precision) == pytest.approx(expected)


def test_gpt_oss_keeps_attention_in_sixteen_bit_and_pads_its_experts() -> None:
    counts = parameter_counts(GPT_OSS)
    experts = counts.experts * (0.5 + 1 / 32) * 3072 / 2880
    assert weight_bytes(GPT_OSS, Precision.FP4) == pytest.approx(experts + 2 * (counts.total - counts.experts))


def test_int4_weights_carry_one_scale_in_128() -> None:
    assert bytes_per_weight(Precision.INT4) == pytest.approx(0.515625)


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


@pytest.mark.parametrize(
    ("name", "degrees"),
    [
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
