import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import (
    attention_layers,
    expert_layers,
    kv_layer_bytes,
    parameter_counts,
    valid_tensor_parallel,
    weight_bytes,
)
from neuralnav.performance.work import EngineWork, Parallelism, engine_work, quantised_parts
from tests.neuralnav.performance.engines import DEEPSEEK, GPT_OSS, LLAMA_8B, LLAMA_70B

Architectures = dict[str, ModelArchitecture]

MINIMAX = "MiniMaxAI/MiniMax-M2.5"
SPARSE = "deepseek-ai/DeepSeek-V3.2"


def product_parameters(work: EngineWork) -> float:
    return sum(product.count * product.outputs * product.inputs for product in work.products)


def expert_parameters(work: EngineWork) -> float:
    """Of all routed experts, on this GPU's share of their width."""
    shape = work.experts
    return float(work.expert_layers * shape.matrices * shape.hidden * shape.width * shape.experts)


def test_the_products_have_all_parameters_that_tokens_are_multiplied_with(architectures: Architectures) -> None:
    for name, architecture in architectures.items():
        work, counts = engine_work(architecture, Precision.BF16, Parallelism()), parameter_counts(architecture)
        apart = counts.embedding + counts.lm_head + counts.norms + counts.extra + counts.experts
        assert product_parameters(work) == pytest.approx(counts.total - apart, rel=1e-9), name
        assert expert_parameters(work) == pytest.approx(counts.experts), name
        assert work.head.outputs * work.head.inputs == counts.embedding, name


def test_flops_of_a_token_are_twice_the_parameters_it_meets(architectures: Architectures) -> None:
    for name, architecture in architectures.items():
        work, counts = engine_work(architecture, Precision.BF16, Parallelism()), parameter_counts(architecture)
        routed = expert_parameters(work) * float(work.experts.per_token) / max(float(work.experts.experts), 1)
        met = product_parameters(work) + routed + work.head.outputs * work.head.inputs
        assert met == pytest.approx(counts.active_per_token - counts.norms, rel=1e-9), name


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("degree", [1, 2, 8])
def test_the_bytes_of_the_products_are_those_of_the_weights(
    precision: Precision, degree: int, architectures: Architectures
) -> None:
    for name, architecture in architectures.items():
        padded = precision is Precision.FP4 and architecture.quantized_layers.fp4_format == "mxfp4"
        if padded or not valid_tensor_parallel(architecture, degree):
            continue
        work, counts = engine_work(architecture, precision, Parallelism(degree)), parameter_counts(architecture)
        products = sum(
            product.count * product.outputs * product.inputs * (work.weight_bytes if product.quantised else 2.0)
            for product in work.products
        )
        apart = 2.0 * ((counts.embedding + counts.lm_head + counts.extra) / degree + counts.norms)
        parts = products + work.weight_bytes * expert_parameters(work) + apart
        assert parts == pytest.approx(weight_bytes(architecture, precision, degree), rel=1e-9), name


def test_every_gpu_does_its_part_of_the_work(architectures: Architectures) -> None:
    alone, split = (engine_work(architectures[LLAMA_70B], Precision.BF16, Parallelism(n)) for n in (1, 8))
    assert product_parameters(split) == pytest.approx(product_parameters(alone) / 8)
    assert split.full.pair_flops == alone.full.pair_flops / 8
    assert split.full.read == alone.full.read / 8
    assert split.query_heads == alone.query_heads / 8
    assert split.head.outputs == alone.head.outputs / 8


def test_key_value_heads_are_copied_where_there_are_fewer_of_them_than_gpus(architectures: Architectures) -> None:
    eight, sixteen = (engine_work(architectures[LLAMA_8B], Precision.BF16, Parallelism(n)) for n in (8, 16))
    assert eight.full.cached == sixteen.full.cached == 32 * 2 * 128


def test_mla_decodes_on_latents_that_every_gpu_holds_whole(architectures: Architectures) -> None:
    alone, split = (engine_work(architectures[DEEPSEEK], Precision.FP8, Parallelism(n)) for n in (1, 8))
    assert alone.full.cached == split.full.cached == 61 * (512 + 64)
    assert alone.full.pair_flops == pytest.approx(61 * 128 * 2 * (128 + 64 + 128))
    assert 3 < alone.full.context_flops / alone.full.pair_flops < 4
    assert split.full.context_flops == alone.full.context_flops / 8


def test_sliding_windows_and_full_attention_are_told_apart(architectures: Architectures) -> None:
    work = engine_work(architectures[GPT_OSS], Precision.FP4, Parallelism())
    assert work.window == 128
    assert work.full.cached == work.windowed.cached == 12 * 2 * 8 * 64
    assert engine_work(architectures[LLAMA_8B], Precision.BF16, Parallelism()).window > 10_000_000


def test_layers_that_share_a_cache_read_it_without_holding_more(architectures: Architectures) -> None:
    architecture = architectures["google/gemma-3n-E4B-it"]
    work = engine_work(architecture, Precision.BF16, Parallelism())
    assert architecture.kv_shared_layers
    assert work.full.cached < work.full.read
    assert (2 * work.full.cached, 2 * work.windowed.cached) == pytest.approx(kv_layer_bytes(architecture))


def test_the_cache_is_counted_as_memory_counts_it(architectures: Architectures) -> None:
    for name, architecture in architectures.items():
        for degree in (1, 8):
            work = engine_work(architecture, Precision.BF16, Parallelism(degree))
            for kv_bytes in (1.0, 2.0):
                counted = kv_bytes * work.full.cached + work.indexer_bytes, kv_bytes * work.windowed.cached
                assert counted == pytest.approx(kv_layer_bytes(architecture, kv_bytes, degree)), name


def test_sparse_attention_reads_what_an_indexer_picks_and_caches_all(architectures: Architectures) -> None:
    dense, sparse = (engine_work(architectures[name], Precision.FP8, Parallelism(8)) for name in (DEEPSEEK, SPARSE))
    assert sparse.window == 2048
    assert (sparse.full.cached, sparse.windowed.read) == (dense.full.cached, dense.full.read)
    assert sparse.full.read == sparse.windowed.cached == 0
    assert sparse.full.read_bytes == sparse.indexer_bytes == 61 * (128 + 4)
    assert sparse.full.pair_flops == pytest.approx(61 * 2 * 64 * 128)
    assert product_parameters(sparse) - product_parameters(dense) == pytest.approx(
        parameter_counts(architectures[SPARSE]).indexer
    )


def test_only_several_gpus_exchange_anything(architectures: Architectures) -> None:
    for name, architecture in architectures.items():
        alone, split = (engine_work(architecture, Precision.BF16, Parallelism(n)) for n in (1, 2))
        assert alone.all_reduces == alone.small_all_reduces == 0, name
        assert architecture.num_layers <= split.all_reduces <= 2 * architecture.num_layers + expert_layers(architecture)


def test_norms_over_all_heads_of_a_layer_are_exchanged_too(architectures: Architectures) -> None:
    alone, split = (engine_work(architectures[MINIMAX], Precision.FP8, Parallelism(n)) for n in (1, 4))
    assert (alone.small_all_reduces, split.small_all_reduces) == (0, sum(attention_layers(architectures[MINIMAX])))
    per_head = engine_work(architectures["Qwen/Qwen3-8B"], Precision.BF16, Parallelism(4))
    assert per_head.small_all_reduces == 0


@pytest.mark.parametrize(
    ("model", "precision", "expected"),
    [
        (LLAMA_8B, Precision.BF16, (False, False)),
        (LLAMA_8B, Precision.FP8, (True, True)),
        (GPT_OSS, Precision.FP4, (False, False)),
        (DEEPSEEK, Precision.FP4, (False, True)),
        (DEEPSEEK, Precision.FP8, (True, True)),
    ],
)
def test_only_what_checkpoints_quantise_is_quantised(
    model: str, precision: Precision, expected: tuple[bool, bool], architectures: Architectures
) -> None:
    assert quantised_parts(architectures[model], precision) == expected


def test_routers_and_the_lm_head_stay_16_bit(architectures: Architectures) -> None:
    work = engine_work(architectures["mistralai/Mixtral-8x7B-Instruct-v0.1"], Precision.FP8, Parallelism())
    assert not work.head.quantised
    assert [product.quantised for product in work.products if product.outputs == 8] == [False]


def test_experts_are_dealt_out_whole_or_split_over_all_gpus(architectures: Architectures) -> None:
    architecture = architectures[DEEPSEEK]
    split, dealt, ranks = (
        engine_work(architecture, Precision.FP8, one).experts
        for one in (Parallelism(8), Parallelism(8, expert=8), Parallelism(1, expert=8, data=8))
    )
    assert (split.width, split.ranks) == (2048 / 8, 1)
    assert (dealt.width, dealt.ranks) == (ranks.width, ranks.ranks) == (2048, 8)


def test_data_parallel_ranks_without_expert_parallelism_split_the_experts(architectures: Architectures) -> None:
    work = engine_work(architectures[DEEPSEEK], Precision.FP8, Parallelism(2, data=4))
    assert (work.experts.width, work.experts.ranks) == (2048 / 8, 1)
    assert work.full.pair_flops == engine_work(architectures[DEEPSEEK], Precision.FP8, Parallelism(2)).full.pair_flops


@pytest.mark.parametrize(
    ("given", "field", "allowed"),
    [
        ({"tensor": 0}, "tensor_parallel", "1 to 1024"),
        ({"data": 1025}, "data_parallel", "1 to 1024"),
        ({"expert": -1}, "expert_parallel", "1 to 1024"),
        ({"tensor": 8, "expert": 4}, "expert_parallel", "1 or 8"),
        ({"expert": 2}, "expert_parallel", "1 or 1"),
        ({"tensor": 2, "data": 4, "expert": 2}, "expert_parallel", "1 or 8"),
    ],
)
def test_impossible_parallelism_names_the_field_the_value_and_what_is_allowed(
    given: dict[str, int], field: str, allowed: str
) -> None:
    with pytest.raises(InvalidInputError, match=field) as caught:
        Parallelism(**given)
    (problem,) = caught.value.problems
    assert (problem.field, problem.value, problem.allowed) == (field, given[field.split("_")[0]], allowed)
