"""A user's own model out of its config.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.vocabulary import Precision, Quality
from neuralnav.performance.architecture import kv_bytes_per_token, parameter_counts, weight_bytes
from neuralnav.planning.candidates import served_models
from neuralnav.planning.figures import read_figures
from neuralnav.planning.scoring import QualityBook
from neuralnav.planning.specification import specify
from neuralnav.planning.suitability import judge, shortlist
from neuralnav.services.own_models import ModelFacts, OwnModel, understand

CONFIGS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "published_configs.json").read_text(encoding="utf-8")
)["configs"]
SEEDS = read_seeds()
SHAPES = {architecture.name: architecture for architecture in SEEDS.architectures}
LLAMA = CONFIGS["meta-llama/Llama-3.1-8B-Instruct"]
OURS = ModelFacts(model_id="our-company/Support-8B")
IGNORED = {"name", "source", "source_licence", "as_of", "published_parameters", "checkpoints", "quantized_layers"}
UNUSED = {"intermediate_size", "dense_intermediate_size", "moe_layer_step"}
"""Not used by models whose layers all have experts; not every entry has it."""


def added(document: dict[str, Any], facts: ModelFacts = OURS) -> OwnModel:
    return understand(document, facts, SEEDS, "2026-11-21")


def refused(document: dict[str, Any], facts: ModelFacts = OURS) -> list[tuple[str, Any]]:
    with pytest.raises(InvalidInputError) as caught:
        added(document, facts)
    assert all(problem.allowed for problem in caught.value.problems)
    return [(problem.field, problem.value) for problem in caught.value.problems]


@pytest.mark.parametrize("name", CONFIGS)
def test_a_published_config_gives_the_catalogues_shape(name: str) -> None:
    found, known = added(CONFIGS[name]).architecture, SHAPES[name]
    left_out = IGNORED | (UNUSED if known.num_experts else set())
    assert found.model_dump(exclude=left_out) == known.model_dump(exclude=left_out)
    assert parameter_counts(found) == parameter_counts(known)
    assert kv_bytes_per_token(found) == kv_bytes_per_token(known)
    assert found.published_parameters == pytest.approx(known.published_parameters, rel=0.001)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai/gpt-oss-20b", (Precision.FP4, "mxfp4", None)),
        ("deepseek-ai/DeepSeek-V3", (Precision.FP8, "fp8", 128)),
        ("meta-llama/Llama-3.1-8B-Instruct", (Precision.BF16, None, None)),
    ],
)
def test_the_number_format_is_the_files(name: str, expected: tuple[Any, ...]) -> None:
    own = added(CONFIGS[name])
    assert (own.model.precision, own.model.quantization, own.model.quantization_group_size) == expected
    known = SHAPES[name]
    assert weight_bytes(own.architecture, own.model.precision) == weight_bytes(known, own.model.precision)


def quantised(**config: Any) -> dict[str, Any]:
    return LLAMA | {"quantization_config": config}


def groups(**weights: Any) -> dict[str, Any]:
    return quantised(quant_method="compressed-tensors", config_groups={"group_0": {"weights": weights}})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (groups(num_bits=4, type="int", group_size=64), (Precision.INT4, "compressed-tensors", 64)),
        (groups(num_bits=8, type="int", strategy="channel"), (Precision.INT8, "compressed-tensors", None)),
        (groups(num_bits=8, type="float", strategy="channel"), (Precision.FP8, "compressed-tensors", None)),
        (groups(num_bits=4, type="float", group_size=16), (Precision.FP4, "compressed-tensors", 16)),
        (quantised(quant_method="awq", bits=4, group_size=128), (Precision.INT4, "awq", 128)),
        (quantised(quant_method="gptq", bits=4, group_size=32), (Precision.INT4, "gptq", 32)),
        (quantised(quant_method="modelopt", quant_algo="NVFP4"), (Precision.FP4, "modelopt_fp4", 16)),
        (quantised(quant_method="modelopt", quant_algo="FP8"), (Precision.FP8, "modelopt", None)),
    ],
)
def test_every_way_to_quantise_is_read(document: dict[str, Any], expected: tuple[Any, ...]) -> None:
    own = added(document)
    assert (own.model.precision, own.model.quantization, own.model.quantization_group_size) == expected
    if own.model.precision is Precision.INT4:
        assert own.architecture.quantized_layers.int4_group_size == expected[2]


def test_layers_that_are_left_in_16_bit_count_so() -> None:
    config = {"quant_method": "fp8", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]}
    own = added(LLAMA | {"quantization_config": config})
    assert own.architecture.quantized_layers.fp8 == "feed_forward"


def test_a_model_can_be_planned_with_right_after_it_was_added() -> None:
    own = added(LLAMA)
    reference = SEEDS.model_copy(
        update={"architectures": (*SEEDS.architectures, own.architecture), "models": (*SEEDS.models, own.model)}
    )
    served, book = served_models(reference), QualityBook(reference.quality_scores, read_figures())
    for use_case in reference.use_cases:
        intent = DeploymentIntent(use_case=use_case.use_case, user_count=100)
        specification = specify(intent, reference.use_cases)
        judged = judge(served, specification, use_case, book, trusts_remote_code=False)
        suitable = shortlist(served, judged).models
        assert "support-8b" in suitable


def test_what_was_taken_for_granted_is_said() -> None:
    notes = " ".join(added(LLAMA).notes)
    assert {word in notes for word in ("llama", "--tasks", "--licence", "accuracy")} == {True}
    told = added(LLAMA, ModelFacts(model_id="a/b", licence="Apache-2.0", tasks=("chat",)))
    assert "--" not in " ".join(told.notes)
    assert told.model.licence_is_open
    assert told.model.licence_allows_commercial_use


@pytest.mark.parametrize(
    ("said", "kept", "usable"),
    [
        ("Apache 2.0", "Apache-2.0", True),
        ("apache-2.0", "Apache-2.0", True),
        ("Apache License, Version 2.0", "Apache-2.0", True),
        ("Apache2", "Apache-2.0", True),
        (" mit license ", "MIT", True),
        ("BSD 3 Clause", "BSD-3-Clause", True),
        ("3-Clause BSD License", "BSD-3-Clause", True),
        ("MPL v2.0", "MPL-2.0", True),
        ("Apache 1.1", "Apache 1.1", False),
        ("Apache 2.0 with Commons Clause", "Apache 2.0 with Commons Clause", False),
        ("Modified MIT", "Modified MIT", False),
        ("Llama 3.1 Community License", "Llama 3.1 Community License", False),
        ("license", "license", False),
        (" ", "unknown", False),
    ],
)
def test_an_open_licence_is_recognised_however_it_is_written(
    said: str,
    kept: str,
    usable: bool,  # noqa: FBT001 - the case
) -> None:
    model = added(LLAMA, ModelFacts(model_id="a/b", licence=said)).model
    assert (model.licence, model.licence_is_open, model.licence_allows_commercial_use) == (kept, usable, usable)


def test_facts_that_no_config_has_are_kept() -> None:
    facts = ModelFacts(
        model_id="a/Model_1.5B",
        vendor="Us",
        context_tokens=4096,
        quality_tier=Quality.HIGH,
        approved=False,
        tool_calling=True,
    )
    model = added(LLAMA, facts).model
    assert (model.provider, model.context_tokens, model.quality_tier) == ("Us", 4096, Quality.HIGH)
    assert (model.short_name, model.approved_for_production, model.tool_calling) == ("model-1.5b", False, True)
    assert (model.source_licence, model.as_of) == ("the user's own", "2026-11-21")


def test_a_shape_that_is_known_is_used() -> None:
    own = added(LLAMA, ModelFacts(model_id="Qwen/Qwen3.5-27B"))
    assert (own.model.architecture, own.is_new_shape) == ("Qwen/Qwen3.5-27B", False)


def test_the_language_part_of_a_model_that_sees_counts() -> None:
    own = added({"model_type": "mistral3", "text_config": LLAMA, "vision_config": {"hidden_size": 1024}})
    assert own.architecture.num_layers == 32
    assert "text_config" in " ".join(own.notes)


def test_missing_fields_are_listed_all_at_once() -> None:
    kept = {"model_type": "llama", "hidden_size": 4096}
    assert {field for field, _ in refused(kept)} == {
        "num_attention_heads",
        "num_hidden_layers",
        "intermediate_size",
        "vocab_size",
        "max_position_embeddings",
    }


def test_an_unknown_model_type_is_refused_with_what_is_missing_unless_it_is_built_like_a_known_one() -> None:
    document = {key: value for key, value in LLAMA.items() if key != "vocab_size"} | {"model_type": "novel"}
    assert refused(document) == [("model_type", "novel"), ("vocab_size", None)]
    like = ModelFacts(model_id="a/b", like="llama")
    assert added(document | {"vocab_size": 128256}, like).parameters == pytest.approx(8.03e9, rel=0.001)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"num_hidden_layers": -1}, "num_hidden_layers"),
        ({"num_hidden_layers": 0}, "num_layers"),
        ({"num_hidden_layers": 10**9}, "num_layers"),
        ({"hidden_size": "4096"}, "hidden_size"),
        ({"hidden_size": True}, "hidden_size"),
        ({"hidden_size": 4096.5}, "hidden_size"),
        ({"num_key_value_heads": 7}, "num_key_value_heads"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings"),
        ({"model_type": 3}, "model_type"),
        ({"layer_types": ["mamba"] * 32}, "layer_types"),
        ({"layer_types": ["full_attention"]}, "layer_types"),
        ({"layer_types": "full_attention"}, "layer_types"),
        ({"num_local_experts": 8}, "num_experts_per_tok"),
        ({"num_local_experts": 8, "num_experts_per_tok": 9}, "num_experts_per_token"),
        ({"quantization_config": 3}, "quantization_config"),
        ({"quantization_config": {"quant_method": "bitsandbytes"}}, "quantization_config.quant_method"),
        ({"quantization_config": {"quant_method": "awq", "bits": 3}}, "quantization_config.bits"),
        ({"quantization_config": {"quant_method": "compressed-tensors"}}, "quantization_config.config_groups"),
    ],
)
def test_a_value_that_cannot_be_is_named(fields: dict[str, Any], field: str) -> None:
    assert field in {name for name, _ in refused(LLAMA | fields)}


@pytest.mark.parametrize("model_id", [None, "no-owner", "a/b c", "a/" + "b" * 200])
def test_an_id_is_needed(model_id: str | None) -> None:
    assert {field for field, _ in refused(LLAMA, ModelFacts(model_id=model_id))} <= {"id", "model_id", "name"}


def test_a_model_of_the_catalogue_is_not_added_again() -> None:
    assert refused(LLAMA, ModelFacts(model_id="qwen/QWEN3-8b")) == [("id", "qwen/QWEN3-8b")]


def test_a_precision_that_contradicts_the_file_is_refused() -> None:
    facts = ModelFacts(model_id="a/b", precision=Precision.INT4)
    assert added(LLAMA, facts).model.quantization == "compressed-tensors"
    assert [field for field, _ in refused(CONFIGS["deepseek-ai/DeepSeek-V3"], facts)] == [
        "quantization_config.quant_method"
    ]


def test_a_context_beyond_the_models_is_refused() -> None:
    assert refused(LLAMA, ModelFacts(model_id="a/b", context_tokens=200_000)) == [("context", 200_000)]
