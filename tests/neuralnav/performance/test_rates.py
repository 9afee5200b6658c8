import pytest

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.performance.efficiencies import (
    Efficiencies,
    ExpertKernel,
    Operands,
    ServingCosts,
    shipped_efficiencies,
)
from neuralnav.performance.formats import ServedFormat, served_format
from neuralnav.performance.rates import EngineRates, expert_kernel, in_server
from neuralnav.performance.work import Parallelism
from tests.neuralnav.performance.engines import (
    DEEPSEEK,
    GPT_OSS,
    LLAMA_8B,
    quantization_of,
    served_formats,
    work_and_rates,
)

Architectures = dict[str, ModelArchitecture]
Gpus = dict[str, GpuProfile]


@pytest.fixture(scope="module")
def bare() -> Efficiencies:
    """The shipped efficiencies with kernels as fast in servers as alone."""
    shipped = shipped_efficiencies()
    nothing = {"product_factor": 1.0, "expert_factor": 1.0, "attention_factor": 1.0, "quantise_share": 1.0}
    serving = tuple(costs.model_copy(update=nothing) for costs in shipped.serving)
    return shipped.model_copy(update={"serving": serving})


def rates(
    architecture: ModelArchitecture, precision: Precision, gpu: GpuProfile, efficiencies: Efficiencies
) -> EngineRates:
    return work_and_rates(architecture, precision, gpu, efficiencies=efficiencies)[1]


def kernel_of(
    architecture: ModelArchitecture, precision: Precision, gpu: GpuProfile, quantization: str | None = None
) -> tuple[ExpertKernel, float]:
    named = quantization or quantization_of(architecture, precision)
    served = served_format(precision, named, gpu, architecture)
    assert isinstance(served, ServedFormat)
    return expert_kernel(shipped_efficiencies().gpu(gpu.gpu_type), served, precision, named, gpu)


def test_an_a100_reads_fp8_weights_and_computes_in_16_bit(
    architectures: Architectures, gpus: Gpus, bare: Efficiencies
) -> None:
    found = rates(architectures[LLAMA_8B], Precision.FP8, gpus["A100-80GB"], bare)
    share = bare.gpu(gpus["A100-80GB"].gpu_type).products[Operands.BITS_16]
    assert found.quantised.weight_bytes == 1
    assert found.quantised.input_bytes == 2
    assert found.quantised.flops == pytest.approx(312e12 * share.arithmetic)
    assert found.quantised.quantise > 1e20


def test_an_h100_computes_fp8_weights_on_its_fp8_units(
    architectures: Architectures, gpus: Gpus, bare: Efficiencies
) -> None:
    found = rates(architectures[LLAMA_8B], Precision.FP8, gpus["H100"], bare)
    share = bare.gpu(gpus["H100"].gpu_type).products[Operands.FP8]
    assert found.quantised.flops == pytest.approx(1979e12 * share.arithmetic)
    assert found.quantised.read == pytest.approx(3350e9 * share.read)
    assert found.quantised.quantise == pytest.approx(3350e9 * share.quantise)
    assert found.quantised.input_bytes == 1


def test_int4_weights_are_small_to_read_and_16_bit_to_compute(
    architectures: Architectures, gpus: Gpus, bare: Efficiencies
) -> None:
    found = rates(architectures[LLAMA_8B], Precision.INT4, gpus["H100"], bare)
    assert found.quantised.weight_bytes == pytest.approx(0.5 + 2 / 128)
    assert found.quantised.flops == found.sixteen.flops


def test_scales_count_in_the_bytes_of_a_weight(architectures: Architectures, gpus: Gpus, bare: Efficiencies) -> None:
    def weight_bytes(model: str, precision: Precision) -> float:
        return float(rates(architectures[model], precision, gpus["B200"], bare).experts.weight_bytes)

    assert weight_bytes(GPT_OSS, Precision.FP4) == 0.5 + 1 / 32
    assert weight_bytes(DEEPSEEK, Precision.FP4) == 0.5 + 1 / 16
    assert weight_bytes("moonshotai/Kimi-K2.5", Precision.INT4) == 0.5 + 2 / 32


@pytest.mark.parametrize(
    ("model", "precision", "gpu", "kernel", "peak"),
    [
        (GPT_OSS, Precision.FP4, "H100", ExpertKernel.MXFP4, 989e12),
        (GPT_OSS, Precision.FP4, "B200", ExpertKernel.MXFP4_FP8, 4500e12),
        (DEEPSEEK, Precision.FP4, "B200", ExpertKernel.NVFP4, 9000e12),
        (DEEPSEEK, Precision.FP4, "H100", ExpertKernel.MXFP4, 989e12),
        (DEEPSEEK, Precision.FP8, "H100", ExpertKernel.FP8, 1979e12),
        (DEEPSEEK, Precision.FP8, "A100-80GB", ExpertKernel.BITS_16, 312e12),
        (DEEPSEEK, Precision.BF16, "H200", ExpertKernel.BITS_16, 989e12),
        (DEEPSEEK, Precision.INT4, "H100", ExpertKernel.INT4, 989e12),
        (DEEPSEEK, Precision.INT4, "A100-80GB", ExpertKernel.BITS_16, 312e12),
    ],
)
def test_each_format_takes_the_kernel_that_vllm_has_for_it(
    model: str,
    precision: Precision,
    gpu: str,
    kernel: ExpertKernel,
    peak: float,
    architectures: Architectures,
    gpus: Gpus,
) -> None:
    assert kernel_of(architectures[model], precision, gpus[gpu]) == (kernel, peak)


def test_gpus_without_timings_take_shares_of_their_own_datasheet(
    architectures: Architectures, gpus: Gpus, bare: Efficiencies
) -> None:
    for stand_in, measured in bare.stand_ins.items():
        own, other = gpus[stand_in.value], gpus[measured.value]
        mine = rates(architectures[LLAMA_8B], Precision.BF16, own, bare)
        theirs = rates(architectures[LLAMA_8B], Precision.BF16, other, bare)
        assert mine.sixteen.flops / theirs.sixteen.flops == pytest.approx(own.fp16_tflops / other.fp16_tflops)
        bandwidths = own.memory_bandwidth_gb_s / other.memory_bandwidth_gb_s
        assert mine.sixteen.read / theirs.sixteen.read == pytest.approx(bandwidths)
        assert mine.decode_read / theirs.decode_read == pytest.approx(bandwidths)
        if stand_in not in bare.link_stand_ins:
            assert mine.link / theirs.link == pytest.approx(own.interconnect_gb_s / other.interconnect_gb_s)


def test_no_rate_is_beyond_the_datasheet(architectures: Architectures, gpus: Gpus) -> None:
    for model in (LLAMA_8B, GPT_OSS, DEEPSEEK):
        for gpu in gpus.values():
            most = max(gpu.fp16_tflops * 2, gpu.fp8_tflops or 0, gpu.fp4_tflops or 0) * 1e12
            bandwidth = gpu.memory_bandwidth_gb_s * 1e9 * (1 + 1e-9)
            for precision in served_formats(architectures[model], gpu):
                for version in (None, "2024"):
                    found = work_and_rates(architectures[model], precision, gpu, engine_version=version)[1]
                    assert found.sixteen.flops <= gpu.fp16_tflops * 1e12
                    assert found.prefill_flops <= gpu.fp16_tflops * 1e12
                    assert max(float(found.quantised.flops), float(found.experts.flops)) <= most
                    read = (found.sixteen.read, found.quantised.read, found.experts.read, found.decode_read)
                    assert max(float(one) for one in (*read, found.bandwidth, found.prefill_read)) <= bandwidth
                    assert max(found.link, found.dispatch_link) <= gpu.interconnect_gb_s * 1e9


def test_an_fp8_cache_is_read_at_its_own_rate_where_it_was_timed(
    architectures: Architectures, gpus: Gpus, bare: Efficiencies
) -> None:
    def decode_read(gpu: str, kv_bytes: float) -> float:
        found = work_and_rates(
            architectures[LLAMA_8B], Precision.BF16, gpus[gpu], kv_bytes=kv_bytes, efficiencies=bare
        )[1]
        return found.decode_read / (gpus[gpu].memory_bandwidth_gb_s * 1e9)

    h100 = bare.gpu(gpus["H100"].gpu_type)
    assert h100.decode_fp8_cache is not None
    assert decode_read("H100", 2.0) == pytest.approx(h100.decode.read)
    assert decode_read("H100", 1.0) == pytest.approx(h100.decode_fp8_cache.read)
    assert decode_read("A100-80GB", 1.0) == decode_read("A100-80GB", 2.0)


def test_the_all_reduce_is_that_of_the_next_larger_group_that_was_timed(
    architectures: Architectures, gpus: Gpus
) -> None:
    own = {entry.gpus: entry.latency_s for entry in shipped_efficiencies().gpu(gpus["H100"].gpu_type).all_reduce}

    def latency_s(degree: int) -> float:
        return work_and_rates(architectures[LLAMA_8B], Precision.BF16, gpus["H100"], Parallelism(degree))[
            1
        ].all_reduce_s

    assert latency_s(2) == own[2]
    assert latency_s(3) == own[4]
    assert latency_s(64) == own[max(own)]


def test_expert_parallelism_starts_its_kernels_at_its_own_price(architectures: Architectures, gpus: Gpus) -> None:
    split, dealt = (
        work_and_rates(architectures[DEEPSEEK], Precision.FP8, gpus["H200"], one)[1].experts.start_s
        for one in (Parallelism(8), Parallelism(8, expert=8))
    )
    factor = shipped_efficiencies().gpu(gpus["H200"].gpu_type).experts[ExpertKernel.FP8].parallel_start
    assert dealt == pytest.approx(split * factor)


def test_a_kernel_takes_its_factor_longer_in_a_server() -> None:
    alone = shipped_efficiencies().gpus[next(iter(shipped_efficiencies().gpus))].products[Operands.BITS_16]
    served = in_server(alone, 1.25)
    assert served.start_s == pytest.approx(1.25 * alone.start_s)
    assert served.arithmetic == pytest.approx(alone.arithmetic / 1.25)
    assert served.read == pytest.approx(alone.read / 1.25)
    assert served.overlap == alone.overlap


def test_a_server_never_lifts_a_share_above_the_datasheet() -> None:
    alone = shipped_efficiencies().gpus[next(iter(shipped_efficiencies().gpus))].products[Operands.BITS_16]
    nearly = alone.model_copy(update={"arithmetic": 0.95, "read": 0.99})
    served = in_server(nearly, 0.8)
    assert (served.arithmetic, served.read) == (1.0, 1.0)


def test_an_old_engine_has_the_costs_of_its_time(architectures: Architectures, gpus: Gpus) -> None:
    def costs(version: str | None) -> ServingCosts:
        return work_and_rates(architectures[LLAMA_8B], Precision.BF16, gpus["H100"], engine_version=version)[1].costs

    assert costs("2024").era == "2024"
    assert costs(None) == costs("0.19.0") != costs("0.6.3")


@pytest.mark.parametrize("gpu_type", [GpuType.T4, GpuType.A10G])
def test_gpus_on_pcie_take_all_reduces_from_one_on_pcie(gpu_type: GpuType) -> None:
    efficiencies = shipped_efficiencies()
    timed = {entry.gpus: entry for entry in efficiencies.gpus[GpuType.L40S].all_reduce}
    assert [efficiencies.all_reduce(gpu_type, gpus) for gpus in (2, 4, 8)] == [timed[2], timed[4], timed[8]]
    assert efficiencies.all_reduce(gpu_type, 8).link < efficiencies.all_reduce(GpuType.A100_80GB, 8).link
