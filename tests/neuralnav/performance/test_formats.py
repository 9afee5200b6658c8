import pytest

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.formats import Arithmetic, ServedFormat, UnsupportedFormat, served_format

LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
MIXTRAL = "mistralai/Mixtral-8x7B-Instruct-v0.1"


@pytest.fixture(scope="module")
def llama(architectures: dict[str, ModelArchitecture]) -> ModelArchitecture:
    return architectures[LLAMA_8B]


def test_an_a100_never_computes_in_fp8(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    found = served_format(Precision.FP8, "compressed-tensors", gpus["A100-80GB"], llama)
    assert isinstance(found, ServedFormat)
    assert (found.arithmetic, found.peak_flops) == (Arithmetic.BITS_16, 312e12)
    assert "no FP8" in (found.note or "")


def test_an_h100_computes_fp8_weights_in_fp8(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    found = served_format(Precision.FP8, "fp8", gpus["H100"], llama)
    assert isinstance(found, ServedFormat)
    assert (found.arithmetic, found.peak_flops, found.note) == (Arithmetic.FP8, 1979e12, None)


@pytest.mark.parametrize("gpu", ["B200", "B300", "GB200", "RTX-PRO-6000", "MI300X", "MI325X"])
def test_int8_runs_neither_on_blackwell_nor_on_amd(
    gpu: str, llama: ModelArchitecture, gpus: dict[str, GpuProfile]
) -> None:
    assert isinstance(served_format(Precision.INT8, "compressed-tensors", gpus[gpu], llama), UnsupportedFormat)


def test_16_bit_weights_on_a_t4_run_in_fp16_and_say_so(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    found = served_format(Precision.BF16, None, gpus["T4"], llama)
    assert isinstance(found, ServedFormat)
    assert "fp16" in (found.note or "")


def test_gemma_needs_bf16(architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]) -> None:
    gemma = architectures["google/gemma-2-9b-it"]
    assert isinstance(served_format(Precision.BF16, None, gpus["T4"], gemma), UnsupportedFormat)
    assert isinstance(served_format(Precision.BF16, None, gpus["L4"], gemma), ServedFormat)


def test_mxfp4_runs_from_ampere_on_and_on_amd(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    assert isinstance(served_format(Precision.FP4, "mxfp4", gpus["T4"], llama), UnsupportedFormat)
    for gpu in ("A100-80GB", "L4", "H100", "MI300X", "B200"):
        assert isinstance(served_format(Precision.FP4, "mxfp4", gpus[gpu], llama), ServedFormat)


def test_nvfp4_computes_in_fp4_only_on_blackwell(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    blackwell = served_format(Precision.FP4, "nvfp4", gpus["B200"], llama)
    hopper = served_format(Precision.FP4, "nvfp4", gpus["H100"], llama)
    assert isinstance(blackwell, ServedFormat)
    assert isinstance(hopper, ServedFormat)
    assert (blackwell.arithmetic, hopper.arithmetic) == (Arithmetic.FP4, Arithmetic.BITS_16)
    assert isinstance(served_format(Precision.FP4, "nvfp4", gpus["MI300X"], llama), UnsupportedFormat)


def test_fp8_experts_do_not_run_on_turing(
    architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]
) -> None:
    assert isinstance(served_format(Precision.FP8, "fp8", gpus["T4"], architectures[MIXTRAL]), UnsupportedFormat)
