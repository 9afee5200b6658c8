from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.performance.memory import EngineLimits, MemoryFit, default_engine_limits, fit_memory

SEEDS = read_seeds()
ARCHITECTURES = {arch.name: arch for arch in SEEDS.architectures}
GPUS = {gpu.gpu_type: gpu for gpu in SEEDS.gpus}
MEASURED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "vllm_memory_measured.json").read_text(encoding="utf-8")
)
H100 = GPUS[GpuType.H100]
LLAMA_8B = ARCHITECTURES["meta-llama/Llama-3.1-8B-Instruct"]
LLAMA_70B = ARCHITECTURES["meta-llama/Llama-3.3-70B-Instruct"]
GRANITE_3_0 = ARCHITECTURES["ibm-granite/granite-3.0-8b-instruct"]
PHI_4 = ARCHITECTURES["microsoft/phi-4"]

any_architecture = st.sampled_from(sorted(ARCHITECTURES)).map(ARCHITECTURES.__getitem__)
any_gpu = st.sampled_from(sorted(GPUS)).map(GPUS.__getitem__)
any_precision = st.sampled_from(list(Precision))


def fit(
    arch: ModelArchitecture,
    precision: Precision = Precision.BF16,
    gpu: GpuProfile = H100,
    tensor_parallel: int = 1,
    **changes: Any,
) -> MemoryFit:
    limits = default_engine_limits(gpu)
    engine = {
        "max_model_len": 4096,
        "max_num_batched_tokens": limits.max_num_batched_tokens,
        "max_num_seqs": limits.max_num_seqs,
    }
    return fit_memory(arch, precision, gpu, tensor_parallel, **{**engine, **changes})


@pytest.mark.parametrize("row", MEASURED["rows"], ids=lambda row: row["architecture"])
def test_memory_is_split_as_measured_on_an_h100(row: dict[str, Any]) -> None:
    result = fit(
        ARCHITECTURES[row["architecture"]],
        Precision(row["precision"]),
        tensor_parallel=row["tensor_parallel"],
        **MEASURED["engine"],
    )
    assert result.kv_cache_gib == pytest.approx(row["kv_cache"], rel=0.01)
    assert result.weights_gib == pytest.approx(row["weights"], rel=0.01)
    assert result.activation_gib == pytest.approx(row["activation"], rel=0.01)
    assert result.non_torch_gib == pytest.approx(row["non_torch"], abs=0.01)
    assert abs(result.cuda_graph_gib - row["cuda_graph"]) < 0.5
    assert result.fits


def test_a_start_with_fewer_sequences_leaves_the_cache_that_was_logged() -> None:
    """An 8B Llama on an 80 GB A100 with vLLM's smaller defaults logged 54.93 GiB of KV cache."""
    result = fit(LLAMA_8B, gpu=GPUS[GpuType.A100_80GB])
    assert result.activation_gib == pytest.approx(1.20, abs=0.1)
    assert result.kv_cache_gib == pytest.approx(54.93, rel=0.01)


def test_communication_between_eight_gpus_takes_what_was_logged() -> None:
    """Eight A100 logged 2.10 GiB outside PyTorch."""
    assert fit(LLAMA_70B, gpu=GPUS[GpuType.A100_40GB], tensor_parallel=8).non_torch_gib == pytest.approx(2.1, abs=0.1)


def test_the_parts_and_the_cache_add_up_to_the_share_that_vllm_may_use() -> None:
    result = fit(LLAMA_8B)
    used = result.weights_gib + result.activation_gib + result.non_torch_gib + result.kv_cache_gib
    assert used == pytest.approx(0.9 * result.total_gib)
    assert result.total_gib == 79.18


@pytest.mark.parametrize("gpu", GPUS.values(), ids=list(GPUS))
def test_a_gpu_shows_a_little_less_memory_than_its_nameplate(gpu: GpuProfile) -> None:
    assert 0.90 * gpu.memory_gb < gpu.total_memory_gib < gpu.memory_gb


def test_a_gpu_without_a_known_total_is_taken_to_show_92_percent() -> None:
    assert H100.model_copy(update={"usable_memory_gib": None}).total_memory_gib == pytest.approx(73.6)


def test_weights_that_are_too_large_are_told_with_what_they_need() -> None:
    result = fit(LLAMA_70B)
    assert not result.fits
    assert result.kv_cache_gib == 0
    assert result.kv_cache_tokens == 0
    assert result.reason == "needs 136.4 GiB a GPU before any KV cache; 71.3 GiB of a H100 may be used"


def test_a_cache_too_small_for_one_sequence_is_told() -> None:
    result = fit(LLAMA_8B, gpu=GPUS[GpuType.L4], max_model_len=131_072)
    assert not result.fits
    assert 0 < result.kv_cache_tokens < 131_072
    assert result.reason == f"the KV cache holds {result.kv_cache_tokens} tokens, one sequence needs 131072"


def test_a_context_longer_than_the_model_has_does_not_fit() -> None:
    assert fit(GRANITE_3_0).fits
    assert fit(GRANITE_3_0, max_model_len=4097).reason == "a context of 4097 is longer than the model's 4096 tokens"


def test_a_split_that_vllm_refuses_does_not_fit() -> None:
    assert fit(PHI_4, tensor_parallel=2).fits
    assert fit(PHI_4, tensor_parallel=4).reason == "the model's heads or widths cannot be split over 4 GPUs"


def test_an_fp8_cache_holds_twice_the_tokens() -> None:
    assert fit(LLAMA_8B, kv_bytes=1).kv_cache_tokens == pytest.approx(2 * fit(LLAMA_8B).kv_cache_tokens, rel=1e-4)


def test_default_limits_follow_vllm() -> None:
    large = EngineLimits(max_num_batched_tokens=8192, max_num_seqs=1024)
    small = EngineLimits(max_num_batched_tokens=2048, max_num_seqs=256)
    expected = dict.fromkeys(GPUS, large) | {
        GpuType.T4: small,
        GpuType.L4: small,
        GpuType.A10G: small,
        GpuType.L40S: small,
        GpuType.A100_40GB: small,
        GpuType.A100_80GB: small,
    }
    assert {gpu_type: default_engine_limits(gpu) for gpu_type, gpu in GPUS.items()} == expected


@given(any_architecture, any_precision, any_gpu, st.floats(0.1, 0.98), st.floats(0, 0.3))
def test_more_utilisation_never_leaves_less_cache(
    arch: ModelArchitecture, precision: Precision, gpu: GpuProfile, share: float, more: float
) -> None:
    less = fit(arch, precision, gpu, gpu_memory_utilization=share)
    greater = fit(arch, precision, gpu, gpu_memory_utilization=min(share + more, 0.99))
    assert greater.kv_cache_gib >= less.kv_cache_gib
    assert greater.fits >= less.fits


@given(any_architecture, any_precision, any_gpu, st.integers(0, 4))
def test_more_gpus_never_load_more_weights_each(
    arch: ModelArchitecture, precision: Precision, gpu: GpuProfile, power: int
) -> None:
    few, many = (fit(arch, precision, gpu, tensor_parallel=2 ** (power + step)) for step in (0, 1))
    assert many.weights_gib <= few.weights_gib


@given(any_architecture, any_gpu, st.integers(1, 1024), st.integers(0, 1024))
def test_more_sequences_never_leave_more_cache(
    arch: ModelArchitecture, gpu: GpuProfile, sequences: int, more: int
) -> None:
    few, many = (fit(arch, gpu=gpu, max_num_seqs=count) for count in (sequences, sequences + more))
    assert many.kv_cache_gib <= few.kv_cache_gib


@given(any_architecture, any_precision, any_gpu, st.sampled_from([1, 2, 4, 8]), st.integers(16, 200_000))
def test_what_fits_holds_one_sequence_and_what_does_not_says_why(
    arch: ModelArchitecture, precision: Precision, gpu: GpuProfile, degree: int, context: int
) -> None:
    result = fit(arch, precision, gpu, degree, max_model_len=context)
    assert result.fits == (result.reason is None)
    if result.fits:
        assert result.kv_cache_tokens >= context
