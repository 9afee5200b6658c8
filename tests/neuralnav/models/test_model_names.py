from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.model_names import known_models, resolve_model
from neuralnav.models.vocabulary import Precision

SEEDS = read_seeds()
CHECKLIST: list[str] = json.loads(
    (Path(__file__).parents[2] / "data" / "catalogue_checklist.json").read_text(encoding="utf-8")
)["models"]
LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
LLAMA_70B = "meta-llama/Llama-3.1-70B-Instruct"
MIXTRAL = "mistralai/Mixtral-8x7B-Instruct-v0.1"


@pytest.mark.parametrize("name", CHECKLIST)
def test_every_model_that_planners_know_is_found_in_lower_case(name: str) -> None:
    found = resolve_model(name.lower(), SEEDS)
    assert found is not None
    assert found.model_id == name


@pytest.mark.parametrize(
    ("name", "architecture", "precision", "quantization"),
    [
        ("meta-llama/Llama-3.1-8B", LLAMA_8B, "bf16", None),
        ("meta-llama/Meta-Llama-3.1-8B", LLAMA_8B, "bf16", None),
        ("nvidia/Llama-3.1-8B-Instruct-FP8", LLAMA_8B, "fp8", "modelopt"),
        ("meta-llama/Llama-3.1-70B", LLAMA_70B, "bf16", None),
        ("meta-llama/Meta-Llama-3.1-70B", LLAMA_70B, "bf16", None),
        ("nvidia/Llama-3.1-70B-Instruct-FP8", LLAMA_70B, "fp8", "modelopt"),
        ("meta-llama/Meta-Llama-3.1-405B", "meta-llama/Llama-3.1-405B-Instruct", "bf16", None),
        ("meta-llama/Llama-2-7b-hf", "meta-llama/Llama-2-7b-hf", "bf16", None),
        ("meta-llama/Llama-2-70b-hf", "meta-llama/Llama-2-70b-hf", "bf16", None),
        ("meta-llama/Meta-Llama-3-8B", "meta-llama/Meta-Llama-3-8B", "bf16", None),
        ("meta-llama/Meta-Llama-3-70B", "meta-llama/Meta-Llama-3-70B", "bf16", None),
        ("mistralai/Mistral-7B-v0.1", "mistralai/Mistral-7B-v0.1", "bf16", None),
        ("mistralai/Mixtral-8x7B-v0.1", MIXTRAL, "bf16", None),
        ("mistralai/Mixtral-8x22B-v0.1", "mistralai/Mixtral-8x22B-v0.1", "bf16", None),
        ("Qwen/Qwen2-7B", "Qwen/Qwen2-7B", "bf16", None),
        ("Qwen/Qwen2-72B", "Qwen/Qwen2-72B", "bf16", None),
        ("Qwen/Qwen3-32B", "Qwen/Qwen3-32B", "bf16", None),
        ("Qwen/Qwen3-32B-FP8", "Qwen/Qwen3-32B", "fp8", "fp8"),
        ("Qwen/Qwen3-32B-FP8-Static-PerTensor", "Qwen/Qwen3-32B", "fp8", "modelopt"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen/Qwen3-30B-A3B-Instruct-2507", "bf16", None),
        ("Qwen/Qwen3-235B-A22B-FP8", "Qwen/Qwen3-235B-A22B", "fp8", "fp8"),
        ("Qwen/Qwen3.5-27B", "Qwen/Qwen3.5-27B", "bf16", None),
        ("Qwen/Qwen3.5-35B-A3B", "Qwen/Qwen3.5-35B-A3B", "bf16", None),
        ("Qwen/Qwen3.5-122B-A10B", "Qwen/Qwen3.5-122B-A10B", "bf16", None),
        ("Qwen/Qwen3.5-397B-A17B-FP8", "Qwen/Qwen3.5-397B-A17B", "fp8", "fp8"),
        ("openai/gpt-oss-120b", "openai/gpt-oss-120b", "fp4", "mxfp4"),
        ("deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-R1", "fp8", "fp8"),
        ("deepseek-ai/DeepSeek-V3.2", "deepseek-ai/DeepSeek-V3.2", "fp8", "fp8"),
        ("moonshotai/Kimi-K2.5", "moonshotai/Kimi-K2.5", "int4", "compressed-tensors"),
        ("nvidia/Kimi-K2.5-NVFP4", "moonshotai/Kimi-K2.5", "fp4", "modelopt_fp4"),
        ("MiniMaxAI/MiniMax-M2.5", "MiniMaxAI/MiniMax-M2.5", "fp8", "fp8"),
        ("MiniMaxAI/MiniMax-M2.7", "MiniMaxAI/MiniMax-M2.5", "fp8", "fp8"),
        ("zai-org/GLM-5", "zai-org/GLM-5", "bf16", None),
        ("zai-org/GLM-5-FP8", "zai-org/GLM-5", "fp8", "fp8"),
        ("zai-org/GLM-5.1", "zai-org/GLM-5", "bf16", None),
        ("zai-org/GLM-5.1-FP8", "zai-org/GLM-5", "fp8", "fp8"),
        ("stepfun-ai/Step-3.7-Flash-FP8", "stepfun-ai/Step-3.7-Flash", "fp8", "fp8"),
        ("XiaomiMiMo/MiMo-7B-Base", "XiaomiMiMo/MiMo-7B-Base", "bf16", None),
        ("google/gemma-4-26B-A4B", "google/gemma-4-26B-A4B", "bf16", None),
        ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", "nvidia/Llama-3_3-Nemotron-Super-49B-v1", "bf16", None),
    ],
)
def test_a_published_id_means_a_shape_in_a_precision_and_format(
    name: str, architecture: str, precision: str, quantization: str | None
) -> None:
    found = resolve_model(name, SEEDS)
    assert found is not None
    assert found.model_id == name
    assert (found.architecture.name, found.precision, found.quantization) == (architecture, precision, quantization)


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("llama-3.1-8b", LLAMA_8B),
        ("Kimi-K2.5", "moonshotai/Kimi-K2.5"),
        ("  GLM-5-fp8 ", "zai-org/GLM-5-FP8"),
        ("NVIDIA/kimi-k2.5-nvfp4", "nvidia/Kimi-K2.5-NVFP4"),
    ],
)
def test_short_names_and_ids_without_an_owner_are_found_in_any_letter_case(name: str, model_id: str) -> None:
    found = resolve_model(name, SEEDS)
    assert found is not None
    assert found.model_id == model_id


@pytest.mark.parametrize("name", ["", "/", "llama", "meta-llama/", "meta-llama/Llama-3.1-8", "maker/Llama-3.1-8B"])
def test_what_is_only_close_is_not_found(name: str) -> None:
    assert resolve_model(name, SEEDS) is None


def test_every_known_model_is_found_by_its_own_id() -> None:
    for model in known_models(SEEDS):
        found = resolve_model(model.model_id, SEEDS)
        assert found is not None
        assert found.architecture.name == model.architecture.name


def test_a_checkpoint_brings_its_own_context_and_group_size() -> None:
    thinking, instruct = (
        resolve_model(name, SEEDS) for name in ("moonshotai/Kimi-K2-Thinking", "moonshotai/Kimi-K2-Instruct")
    )
    assert thinking is not None
    assert instruct is not None
    assert thinking.architecture.max_position_embeddings == 262_144
    assert thinking.architecture.quantized_layers.int4_group_size == thinking.quantization_group_size == 32
    assert instruct.architecture.max_position_embeddings == 131_072
    assert instruct.architecture.quantized_layers.int4_group_size == 128


@pytest.mark.parametrize(
    ("name", "precision", "quantization", "group_size"),
    [
        ("meta-llama/Llama-3.1-70B", "bf16", None, None),
        ("meta-llama/Llama-3.1-70B", "fp8", "compressed-tensors", None),
        ("moonshotai/Kimi-K2.5", "fp4", "modelopt_fp4", 16),
        ("moonshotai/Kimi-K2.5", "bf16", None, None),
        ("Qwen/Qwen3-32B-FP8", "fp8", "fp8", 128),
        ("mistralai/Mixtral-8x7B-v0.1", "fp8", "compressed-tensors", None),
        ("mistralai/Mixtral-8x7B-v0.1", "int4", "compressed-tensors", 128),
        ("openai/gpt-oss-20b", "bf16", None, None),
    ],
)
def test_another_precision_is_that_of_a_published_checkpoint_or_what_vllm_makes(
    name: str, precision: str, quantization: str | None, group_size: int | None
) -> None:
    found = resolve_model(name, SEEDS, Precision(precision))
    assert found is not None
    assert (found.model_id, found.precision) == (name, precision)
    assert (found.quantization, found.quantization_group_size) == (quantization, group_size)
