from collections import Counter
from typing import Any

import pytest

from neuralnav.models.catalog import CatalogModel, GpuProfile, ModelArchitecture, ReferenceData
from neuralnav.models.vocabulary import Precision
from neuralnav.planning.candidates import Candidate, CandidateTable, candidate_table, served_models
from neuralnav.planning.planner import Planner
from tests.neuralnav.planning.conftest import Specify


@pytest.fixture(scope="module")
def table(seeds: ReferenceData) -> CandidateTable:
    return candidate_table(seeds)


def found(table: CandidateTable, model: str, gpu: str) -> list[Candidate]:
    return [c for c in table.candidates if c.served.model.model_id == model and c.gpu.gpu_type == gpu]


def test_the_product_is_whole_and_its_rows_are_told_apart(table: CandidateTable, seeds: ReferenceData) -> None:
    degrees = sum(sum(degree <= gpu.gpus_per_node for degree in (1, 2, 4, 8)) for gpu in seeds.gpus)
    assert len(table.candidates) == len(served_models(seeds)) * degrees > 3000
    assert max(Counter(table.names.tolist()).values()) == 1


def test_sixteen_bit_models_that_nobody_published_in_fp8_are_offered_as_fp8_made_by_vllm(seeds: ReferenceData) -> None:
    (published,) = (model for model in seeds.models if model.model_id == "meta-llama/Llama-3.1-8B-Instruct")
    alone = seeds.model_copy(update={"models": (published,)})
    assert [(one.precision, one.quantization, one.online) for one in served_models(alone)] == [
        (Precision.BF16, None, False),
        (Precision.FP8, "fp8", True),
    ]
    formats = {(one.model.short_name, one.online) for one in served_models(seeds) if one.precision is Precision.FP8}
    assert {name for name, online in formats if online}
    assert not {name for name, online in formats if online} & {name for name, online in formats if not online}


def test_fp8_made_at_load_time_is_kept_to_gpus_with_fp8_units(table: CandidateTable) -> None:
    for candidate in table.candidates:
        if candidate.served.online and candidate.impossible is None:
            assert candidate.gpu.fp8_tflops is not None


def test_a_published_fp8_checkpoint_runs_weight_only_on_an_a100(table: CandidateTable) -> None:
    (one, *_) = found(table, "RedHatAI/phi-4-FP8-dynamic", "A100-80GB")
    assert one.impossible is None
    assert any("16-bit arithmetic" in note for note in one.notes)


def test_every_impossible_candidate_says_why(table: CandidateTable) -> None:
    assert not any(c.impossible == "" for c in table.candidates)
    assert [c.impossible is None for c in table.candidates] == table.possible.tolist()


def test_heads_that_do_not_divide_are_not_split(table: CandidateTable) -> None:
    splits = {c.tensor_parallel: c.impossible for c in found(table, "Qwen/Qwen2.5-7B-Instruct", "H100")}
    assert splits[4] is None
    assert "heads" in (splits[8] or "")


def test_the_largest_models_never_fit_on_one_gpu(table: CandidateTable) -> None:
    left = table.kv_cache_bytes(0.9)
    for row, candidate in enumerate(table.candidates):
        if candidate.served.model.short_name == "kimi-k2" and candidate.tensor_parallel == 1:
            assert left[row] == 0


def test_gpt_oss_120b_runs_on_one_h100_with_smaller_limits(table: CandidateTable) -> None:
    one = found(table, "openai/gpt-oss-120b", "H100")[0]
    assert one.tensor_parallel == 1
    assert (one.limits.max_num_seqs, one.limits.max_num_batched_tokens) == (256, 2048)
    assert any("max-num-seqs 256" in note for note in one.notes)


def test_the_shortlist_counts_every_model_once(planner: Planner, spec: Specify) -> None:
    chat = planner.shortlist(spec())
    assert len(set(chat.models)) == len(chat.models) > 25
    assert "qwen3-0.6b" not in chat.models
    assert "qwen3-coder-480b" not in chat.models
    total = {one.short_name for one in planner.reference.models}
    assert len(chat.models) + sum(chat.ruled_out.values()) == len(total)
    assert planner.shortlist(spec(preferred_models=("gpt-oss",))).models == ("gpt-oss-120b", "gpt-oss-20b")


@pytest.fixture(scope="module")
def one(seeds: ReferenceData) -> ReferenceData:
    """One 16-bit model on one kind of GPU."""
    (model,) = (model for model in seeds.models if model.model_id == "meta-llama/Llama-3.1-8B-Instruct")
    return seeds.model_copy(
        update={
            "models": (model,),
            "architectures": tuple(shape for shape in seeds.architectures if shape.name == model.architecture),
            "gpus": tuple(gpu for gpu in seeds.gpus if gpu.gpu_type == "H100"),
        }
    )


def keys(reference: ReferenceData) -> list[str]:
    return [str(key) for key in candidate_table(reference).engine_keys]


def changed(reference: ReferenceData, part: str, **fields: Any) -> ReferenceData:
    return reference.model_copy(
        update={part: tuple(entry.model_copy(update=fields) for entry in getattr(reference, part))}
    )


def test_every_degree_and_precision_is_an_engine_of_its_own(one: ReferenceData) -> None:
    assert len(set(keys(one))) == len(keys(one)) == 8


def test_engines_have_the_same_keys_every_time_and_whatever_else_is_planned_with(
    one: ReferenceData, table: CandidateTable
) -> None:
    assert keys(one) == keys(one)
    in_16_bit = [
        key for key, row in zip(keys(one), candidate_table(one).candidates, strict=True) if not row.served.online
    ]
    assert len(in_16_bit) == 4
    assert set(in_16_bit) <= set(table.engine_keys.tolist())


def test_models_of_one_shape_and_format_are_one_engine(one: ReferenceData) -> None:
    (model,) = one.models
    tuned = model.model_copy(update={"model_id": "somebody/tuned", "short_name": "tuned", "quality_key": None})
    both = one.model_copy(update={"models": (model, tuned)})
    assert sorted(keys(both)) == sorted(2 * keys(one))


FIGURELESS = {
    "architectures": {
        "published_parameters": 7_000_000_000,
        "source": "elsewhere",
        "source_licence": "MIT",
        "as_of": "2020",
        "checkpoints": (),
    },
    "gpus": {
        "kubernetes_resource": "example.com/gpu",
        "node_label_key": "example.com/product",
        "node_label_product": "Other",
        "source": "elsewhere",
        "source_licence": "MIT",
        "as_of": "2020",
    },
    "models": {
        "display_name": "Other",
        "licence": "mit",
        "tasks": ("chat",),
        "source": "elsewhere",
        "source_licence": "MIT",
        "as_of": "2020",
        "approved_for_production": False,
    },
}
"""What changes no figure of an engine, by part of the reference data."""


@pytest.mark.parametrize(("part", "field"), [(part, field) for part, fields in FIGURELESS.items() for field in fields])
def test_what_changes_no_figure_leaves_an_engine_the_same(part: str, field: str, one: ReferenceData) -> None:
    assert keys(changed(one, part, **{field: FIGURELESS[part][field]})) == keys(one)


FIGURES = {
    "architectures": {
        "num_layers": 33,
        "hidden_size": 4224,
        "num_attention_heads": 64,
        "num_key_value_heads": 16,
        "head_dim": 256,
        "intermediate_size": 15_000,
        "vocab_size": 200_000,
        "tie_word_embeddings": True,
        "sliding_window": 512,
        "extra_parameters": 10**9,
    },
    "gpus": {
        "memory_gb": 100.0,
        "usable_memory_gib": 70.0,
        "memory_bandwidth_gb_s": 1000.0,
        "fp16_tflops": 500.0,
        "fp8_tflops": 600.0,
        "interconnect_gb_s": 64.0,
        "generation": "Ampere",
    },
    "models": {"context_tokens": 16_384},
}
"""What an engine's speed or memory depends on."""


@pytest.mark.parametrize(("part", "field"), [(part, field) for part, fields in FIGURES.items() for field in fields])
def test_whatever_speed_or_memory_depends_on_makes_another_engine(part: str, field: str, one: ReferenceData) -> None:
    other = changed(one, part, **{field: FIGURES[part][field]})
    assert not set(keys(other)) & set(keys(one))


def test_every_field_of_a_shape_and_of_a_gpu_is_sorted_into_one_of_the_two() -> None:
    """A field that is new must be thought about: the key holds it unless it is named as one without figures."""
    provenance = {"source", "source_licence", "as_of"}
    assert set(FIGURELESS["gpus"]) | set(FIGURES["gpus"]) | {
        "gpu_type",
        "vendor",
        "bf16",
        "fp4_tflops",
        "gpus_per_node",
    } == set(GpuProfile.model_fields)
    assert provenance <= set(CatalogModel.model_fields) & set(ModelArchitecture.model_fields)


def test_another_format_of_the_same_weights_is_another_engine(one: ReferenceData) -> None:
    made = {
        name: keys(changed(one, "models", precision=Precision.FP8, quantization=name))
        for name in ("fp8", "compressed-tensors")
    }
    assert not set(made["fp8"]) & set(made["compressed-tensors"])
    assert set(made["fp8"]) <= set(keys(one)), "FP8 that vLLM makes itself runs as a published FP8 checkpoint does"


def test_smaller_limits_make_another_engine(seeds: ReferenceData, table: CandidateTable) -> None:
    small = {key for key, seqs in zip(table.engine_keys.tolist(), table.max_num_seqs, strict=True) if seqs == 256}
    large = {key for key, seqs in zip(table.engine_keys.tolist(), table.max_num_seqs, strict=True) if seqs != 256}
    assert small
    assert large
    assert not small & large


def test_candidates_with_one_key_have_the_same_figures(table: CandidateTable) -> None:
    """All that a simulation takes from the table, for every pair in the catalogue that shares a key."""
    first: dict[str, int] = {}
    shared = 0
    for row, key in enumerate(table.engine_keys.tolist()):
        if not table.possible[row]:
            continue
        earlier = first.setdefault(key, row)
        shared += earlier != row
        for figures in (
            table.weights_gib,
            table.overhead_gib,
            table.total_gib,
            table.max_num_seqs,
            table.max_num_batched_tokens,
            table.kv_token_bytes,
            table.kv_window_token_bytes,
            table.window,
            table.state_bytes,
        ):
            assert figures[earlier] == figures[row]
        assert table.candidates[earlier].work == table.candidates[row].work
    assert shared > 50
