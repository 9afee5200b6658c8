"""Names of models as people and quantised uploads write them."""

from __future__ import annotations

import pytest

from neuralnav.errors import NotFoundError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.model_search import find_model
from neuralnav.models.vocabulary import Precision

SEEDS = read_seeds()
LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
LLAMA_70B = "meta-llama/Llama-3.1-70B-Instruct"


@pytest.mark.parametrize(
    ("name", "architecture", "precision"),
    [
        ("META-LLAMA/llama-3.1-8b-INSTRUCT", LLAMA_8B, "bf16"),
        ("Llama-3.1-8B", LLAMA_8B, "bf16"),
        ("Llama 3.1 8B Instruct (FP8)", LLAMA_8B, "fp8"),
        ("llama 3.1 8b instruct", LLAMA_8B, "bf16"),
        ("neuralmagic/Meta-Llama-3.1-8B-Instruct-FP8", LLAMA_8B, "fp8"),
        ("somebody/Llama-3.1-8B-Instruct-FP8-dynamic", LLAMA_8B, "fp8"),
        ("somebody/llama-3.1-8b-instruct-quantized.w4a16", LLAMA_8B, "int4"),
        ("amd/Llama-3.1-70B-Instruct-FP8-KV", LLAMA_70B, "fp8"),
        ("hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4", LLAMA_70B, "int4"),
        ("somebody/Llama-3.1-70B-Instruct-GPTQ-Int8", LLAMA_70B, "int8"),
        ("somebody/Llama-3.1-70B-NVFP4", LLAMA_70B, "fp4"),
        ("TheBloke/Llama-2-7B-GPTQ", "meta-llama/Llama-2-7b-hf", "int4"),
        ("openai/GPT-OSS-120B", "openai/gpt-oss-120b", "fp4"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen/Qwen3-30B-A3B-Instruct-2507", "bf16"),
    ],
)
def test_owners_letter_case_and_format_words_lead_to_the_same_shape(
    name: str, architecture: str, precision: str
) -> None:
    found = find_model(name, SEEDS)
    assert (found.architecture.name, found.precision) == (architecture, precision)


def test_a_given_precision_counts_for_more_than_the_name() -> None:
    found = find_model("somebody/Llama-3.1-8B-Instruct-FP8", SEEDS, Precision.INT4)
    assert (found.precision, found.quantization) == (Precision.INT4, "compressed-tensors")


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("llama-3.1-9b", LLAMA_8B),
        ("lama 3.3 70b", "meta-llama/Llama-3.3-70B-Instruct"),
        ("gpt-oss", "openai/gpt-oss-20b"),
    ],
)
def test_an_unknown_name_is_refused_with_close_ones(name: str, offered: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        find_model(name, SEEDS)
    (problem,) = caught.value.problems
    assert problem.field == "model"
    assert problem.value == name
    assert offered in problem.allowed.split(", ")


@pytest.mark.parametrize("name", ["", "/", "-", "fp8", "x" * 5000, "\N{SNOWMAN}"])
def test_odd_names_are_refused_briefly(name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        find_model(name, SEEDS)
    assert len(caught.value.detail) < 500
