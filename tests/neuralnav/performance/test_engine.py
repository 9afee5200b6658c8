from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.clients import Clients
from neuralnav.performance.efficiencies import shipped_efficiencies
from neuralnav.performance.engine import BLOCK_TOKENS, Engine, EngineSettings, build_engine, replica_limits
from neuralnav.performance.kv_cache import held_bytes
from neuralnav.performance.memory import GIB, EngineLimits
from neuralnav.performance.work import Parallelism, engine_work
from tests.neuralnav.performance.engines import DEEPSEEK, GPT_OSS, LLAMA_8B, LLAMA_70B, ONE_GPU, quantization_of

Architectures = dict[str, ModelArchitecture]
Gpus = dict[str, GpuProfile]

LIMITS = EngineLimits(max_num_batched_tokens=8192, max_num_seqs=256)


def engine(
    architecture: ModelArchitecture,
    gpu: GpuProfile,
    precision: Precision = Precision.BF16,
    parallelism: Parallelism = ONE_GPU,
    **settings: Any,
) -> Engine:
    return build_engine(
        architecture,
        precision,
        quantization_of(architecture, precision),
        gpu,
        parallelism,
        EngineSettings(**{"max_model_len": 8192, **settings}),
    )


@pytest.mark.parametrize(
    ("gpu", "batched", "sequences"),
    [("H100", 8192, 1024), ("MI300X", 8192, 1024), ("A100-80GB", 2048, 256), ("L40S", 2048, 256)],
)
def test_limits_are_vllms_defaults_for_the_gpu(
    gpu: str, batched: int, sequences: int, architectures: Architectures, gpus: Gpus
) -> None:
    built = engine(architectures[LLAMA_8B], gpus[gpu])
    assert (built.limits.max_num_batched_tokens, built.limits.max_num_seqs) == (batched, sequences)
    assert built.tables.tokens_s.size == batched + 1
    assert built.tables.decode_s.size == sequences + 1


def test_given_limits_take_the_place_of_the_defaults(architectures: Architectures, gpus: Gpus) -> None:
    built = engine(architectures[LLAMA_8B], gpus["H100"], limits=EngineLimits(4096, 64))
    assert (built.limits.max_num_batched_tokens, built.limits.max_num_seqs) == (4096, 64)


def test_what_does_not_fit_says_why(architectures: Architectures, gpus: Gpus) -> None:
    built = engine(architectures[LLAMA_70B], gpus["L4"])
    assert not built.memory.fits
    assert "GiB" in (built.memory.reason or "")
    assert built.limits.kv_cache_bytes == 0


def test_what_fits_gives_no_reason(architectures: Architectures, gpus: Gpus) -> None:
    built = engine(architectures[LLAMA_70B], gpus["H100"], Precision.FP8, Parallelism(2))
    assert built.memory.fits
    assert built.memory.reason is None
    assert built.limits.kv_cache_bytes == pytest.approx(built.memory.kv_cache_gib * GIB, abs=1)


def test_a_format_that_vllm_does_not_run_is_refused_with_the_field(architectures: Architectures, gpus: Gpus) -> None:
    with pytest.raises(InvalidInputError, match="precision: int8 does not run on B200") as caught:
        engine(architectures[LLAMA_8B], gpus["B200"], Precision.INT8)
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("precision", "int8")


def test_blocks_hold_what_their_tokens_take(architectures: Architectures, gpus: Gpus) -> None:
    built = engine(architectures[LLAMA_8B], gpus["H100"])
    assert built.limits.block_tokens == BLOCK_TOKENS == 16
    assert built.limits.block_bytes == 16 * 2 * 2 * 32 * 8 * 128
    assert (built.limits.window_block_bytes, built.limits.sequence_bytes) == (0, 0)


def test_an_fp8_cache_holds_twice_the_tokens(architectures: Architectures, gpus: Gpus) -> None:
    sixteen, eight = (engine(architectures[LLAMA_8B], gpus["H100"], kv_bytes=size) for size in (2.0, 1.0))
    assert eight.limits.block_bytes == sixteen.limits.block_bytes / 2
    assert eight.memory.kv_cache_tokens == pytest.approx(2 * sixteen.memory.kv_cache_tokens, rel=1e-4)


def test_layers_with_a_window_keep_no_more_than_the_window(architectures: Architectures) -> None:
    work = engine_work(architectures[GPT_OSS], Precision.FP4, Parallelism())
    limits = replica_limits(work, LIMITS, GIB, 2.0)
    a_layer = 16 * 2 * 2 * 8 * 64
    assert (limits.block_bytes, limits.window_block_bytes) == (12 * a_layer, 12 * a_layer)
    assert limits.window_blocks == 128 // 16 + 1
    longer = held_bytes(limits, 100_000) - held_bytes(limits, 50_000)
    assert longer == 50_000 // 16 * 12 * a_layer


def test_states_are_held_whatever_the_length(architectures: Architectures) -> None:
    for model in ("nvidia/NVIDIA-Nemotron-Nano-9B-v2", "Qwen/Qwen3.5-27B"):
        limits = replica_limits(engine_work(architectures[model], Precision.BF16, Parallelism()), LIMITS, GIB, 2.0)
        assert limits.sequence_bytes > 10 * 2**20
        assert held_bytes(limits, 1) == limits.sequence_bytes + limits.block_bytes


def test_a_step_may_always_hold_one_token_of_each_sequence(architectures: Architectures) -> None:
    work = engine_work(architectures[LLAMA_8B], Precision.BF16, Parallelism())
    assert replica_limits(work, EngineLimits(512, 1024), GIB, 2.0).max_num_batched_tokens == 1024


def test_data_parallel_ranks_spread_the_experts_and_copy_the_rest(architectures: Architectures, gpus: Gpus) -> None:
    one, eight = (
        engine(architectures[DEEPSEEK], gpus["H200"], Precision.FP8, parallelism)
        for parallelism in (Parallelism(), Parallelism(1, expert=8, data=8))
    )
    assert not one.memory.fits
    assert eight.memory.fits
    assert one.memory.weights_gib / 8 < eight.memory.weights_gib < one.memory.weights_gib / 5


def test_a_dense_model_is_copied_to_every_data_parallel_rank(architectures: Architectures, gpus: Gpus) -> None:
    one, four = (
        engine(architectures[LLAMA_8B], gpus["H100"], parallelism=parallelism)
        for parallelism in (Parallelism(), Parallelism(data=4))
    )
    assert four.memory.weights_gib == one.memory.weights_gib


def test_clients_cost_what_the_calibration_says(architectures: Architectures, gpus: Gpus) -> None:
    costs = shipped_efficiencies().costs("Hopper")
    built = engine(architectures[LLAMA_8B], gpus["H100"])
    assert built.clients == Clients(costs.client_s, costs.client_token_s, costs.client_stream_s)


def test_an_engine_of_2024_steps_slower(architectures: Architectures, gpus: Gpus) -> None:
    now, then = (
        engine(architectures[LLAMA_8B], gpus["A100-80GB"], engine_version=version).tables for version in (None, "2024")
    )
    assert then.tokens_s[1] + then.decode_s[1] > now.tokens_s[1] + now.decode_s[1]
    assert then.decode_s[64] - then.decode_s[1] > now.decode_s[64] - now.decode_s[1]
