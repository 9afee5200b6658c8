"""The arguments of vLLM: every part of the plan, and quantisation only where vLLM must be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from neuralnav.deployment.arguments import KNOWN_FLAGS, engine_arguments, engine_flags, plain
from neuralnav.errors import InvalidInputError
from neuralnav.models.vocabulary import Precision

Make = Callable[..., Any]


def test_every_part_of_the_plan_becomes_an_argument(make_model: Make, make_gpu: Make, make_choice: Make) -> None:
    model, gpu = make_model(), make_gpu()
    engine = {
        "max_model_len": 4096,
        "max_num_seqs": 17,
        "max_num_batched_tokens": 999,
        "gpu_memory_utilization": 0.85,
        "kv_cache_dtype": "fp8_e5m2",
    }
    choice = make_choice(model, gpu, tensor_parallel=4, engine=engine)
    flags = engine_flags(choice, model, gpu, drain_seconds=30)
    assert engine_arguments(model, flags) == [
        "Qwen/Qwen2.5-7B-Instruct",
        "--served-model-name=Qwen/Qwen2.5-7B-Instruct",
        "--port=8000",
        "--tensor-parallel-size=4",
        "--max-model-len=4096",
        "--max-num-seqs=17",
        "--max-num-batched-tokens=999",
        "--gpu-memory-utilization=0.85",
        "--kv-cache-dtype=fp8_e5m2",
        "--enable-prefix-caching",
        "--shutdown-timeout=30",
    ]


def flags_of(model: Any, gpu: Any, choice: Any) -> dict[str, str | None]:
    return dict(engine_flags(choice, model, gpu, drain_seconds=30))


@pytest.mark.parametrize("quantization", ["compressed-tensors", "fp8", "mxfp4", "gptq"])
def test_a_quantised_checkpoint_describes_itself(
    quantization: str, make_model: Make, make_gpu: Make, make_choice: Make
) -> None:
    model, gpu = make_model(precision=Precision.FP8, quantization=quantization), make_gpu()
    assert "--quantization" not in flags_of(model, gpu, make_choice(model, gpu))


def test_a_16_bit_checkpoint_can_be_quantised_while_it_loads(
    make_model: Make, make_gpu: Make, make_choice: Make
) -> None:
    model, gpu = make_model(), make_gpu()
    choice = make_choice(model, gpu, engine={"quantization": "fp8"})
    assert flags_of(model, gpu, choice)["--quantization"] == "fp8_per_tensor"


@pytest.mark.parametrize(("published", "wanted"), [("compressed-tensors", "fp8"), (None, "awq; rm -rf /")])
def test_a_quantisation_that_cannot_be_had_is_refused(
    published: str | None, wanted: str, make_model: Make, make_gpu: Make, make_choice: Make
) -> None:
    model, gpu = make_model(quantization=published), make_gpu()
    with pytest.raises(InvalidInputError) as caught:
        flags_of(model, gpu, make_choice(model, gpu, engine={"quantization": wanted}))
    assert caught.value.problems[0].field == "engine.quantization"


def test_a_precision_that_nothing_produces_is_refused(make_model: Make, make_gpu: Make, make_choice: Make) -> None:
    model, gpu = make_model(), make_gpu()
    with pytest.raises(InvalidInputError, match="published in bf16"):
        flags_of(model, gpu, make_choice(model, gpu, precision=Precision.FP8))


def test_prefix_caching_is_said_either_way(make_model: Make, make_gpu: Make, make_choice: Make) -> None:
    model, gpu = make_model(), make_gpu()
    for caching, flag in ((True, "--enable-prefix-caching"), (False, "--no-enable-prefix-caching")):
        choice = make_choice(model, gpu, engine={"enable_prefix_caching": caching})
        assert [name for name in flags_of(model, gpu, choice) if "prefix" in name] == [flag]


def test_remote_code_is_trusted_only_where_the_catalogue_says_so(
    make_model: Make, make_gpu: Make, make_choice: Make
) -> None:
    gpu = make_gpu()
    for trusted in (False, True):
        model = make_model(trust_remote_code=trusted)
        assert ("--trust-remote-code" in flags_of(model, gpu, make_choice(model, gpu))) is trusted


def test_a_gpu_without_bf16_computes_in_float16(make_model: Make, make_gpu: Make, make_choice: Make) -> None:
    model = make_model()
    for bf16, expected in ((True, None), (False, "float16")):
        gpu = make_gpu(bf16=bf16)
        assert flags_of(model, gpu, make_choice(model, gpu)).get("--dtype") == expected


def test_a_model_that_can_think_is_told_what_the_catalogue_says(
    make_model: Make, make_gpu: Make, make_choice: Make
) -> None:
    gpu, kwargs = make_gpu(), {"thinking": False, "reasoning_effort": "low"}
    model = make_model(chat_template_kwargs=kwargs)
    flags = engine_flags(make_choice(model, gpu), model, gpu, drain_seconds=30)
    (flag,) = [flag for flag in flags if flag.name == "--default-chat-template-kwargs"]
    assert flag.text == '--default-chat-template-kwargs={"reasoning_effort":"low","thinking":false}'
    assert "--default-chat-template-kwargs" not in flags_of(make_model(), gpu, make_choice(model, gpu))


@pytest.mark.parametrize(
    "kwargs",
    [
        {"chat_template": "x"},
        {"tokenize": False},
        {"Enable": False},
        {"a b": True},
        {"effort": "$(HOME)"},
        {"effort": ""},
        {"effort": 1},
        {"effort": None},
        {"effort": {"deep": True}},
        dict.fromkeys("abcd", True),
    ],
)
def test_what_no_chat_template_should_be_told_is_refused(kwargs: dict[str, Any], make_model: Make) -> None:
    with pytest.raises(ValidationError, match="chat_template_kwargs"):
        make_model(chat_template_kwargs=kwargs)


def test_all_flags_are_known(make_model: Make, make_gpu: Make, make_choice: Make) -> None:
    model = make_model(trust_remote_code=True, chat_template_kwargs={"enable_thinking": False})
    gpu = make_gpu(bf16=False)
    choice = make_choice(model, gpu, engine={"quantization": "mxfp8", "kv_cache_dtype": "fp8"})
    assert set(flags_of(model, gpu, choice)) | {"--no-enable-prefix-caching"} == KNOWN_FLAGS


@pytest.mark.parametrize(
    ("number", "text"), [(7000.0, "7000"), (0.9, "0.9"), (21.25, "21.25"), (1e6, "1000000"), (0.0004, "0")]
)
def test_numbers_are_written_without_exponents(number: float, text: str) -> None:
    assert plain(number) == text
