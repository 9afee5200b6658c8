"""Number formats as vLLM runs them: which arithmetic a GPU does with which weights, and what cannot run at all.

Sources: vLLM's documentation of quantisation ("Supported Hardware", "FP8 W8A8", "INT8 W8A8", "Online Quantization",
versions 0.14 to 0.32) and its recipe for gpt-oss; the 16-bit fallback on Turing is logged by vLLM's dtype resolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision

MXFP4 = "mxfp4"
TURING = "Turing"


class Arithmetic(StrEnum):
    """The operand format of matrix products."""

    BITS_16 = "16 bit"
    FP8 = "fp8"
    INT8 = "int8"
    FP4 = "fp4"


@dataclass(frozen=True)
class ServedFormat:
    """How vLLM runs a precision on a GPU."""

    arithmetic: Arithmetic
    peak_flops: float
    """The GPU's dense peak in that arithmetic, FLOP/s."""
    note: str | None = None
    """What differs from the published weights, for people."""


@dataclass(frozen=True)
class UnsupportedFormat:
    """A precision that vLLM cannot run on a GPU, and why."""

    reason: str


def served_format(
    precision: Precision, quantization: str | None, gpu: GpuProfile, architecture: ModelArchitecture
) -> ServedFormat | UnsupportedFormat:
    """How vLLM runs weights of ``precision`` (vLLM's name of the format: ``quantization``) on ``gpu``."""
    if not gpu.bf16 and "gemma" in architecture.name.lower():
        return UnsupportedFormat(f"Gemma needs bf16, which {gpu.gpu_type} does not have")
    if precision is Precision.BF16:
        return _sixteen_bit(gpu, "served in fp16: this GPU has no bf16" if not gpu.bf16 else None)
    if precision is Precision.FP8:
        return _fp8(gpu, architecture)
    if precision is Precision.INT8:
        return _int8(gpu)
    if precision is Precision.INT4:
        return _int4(gpu)
    return _fp4(quantization, gpu)


def _sixteen_bit(gpu: GpuProfile, note: str | None = None) -> ServedFormat:
    return ServedFormat(Arithmetic.BITS_16, gpu.fp16_tflops * 1e12, note)


def _fp8(gpu: GpuProfile, architecture: ModelArchitecture) -> ServedFormat | UnsupportedFormat:
    if gpu.fp8_tflops is not None:
        return ServedFormat(Arithmetic.FP8, gpu.fp8_tflops * 1e12)
    if gpu.generation == TURING and architecture.num_experts is not None:
        return UnsupportedFormat(f"FP8 experts do not run on {TURING} GPUs")
    return _sixteen_bit(gpu, "FP8 weights, 16-bit arithmetic (Marlin): this GPU has no FP8 units")


def _int8(gpu: GpuProfile) -> ServedFormat | UnsupportedFormat:
    if gpu.vendor == "AMD":
        return UnsupportedFormat("INT8 weights and activations do not run on AMD GPUs in vLLM")
    if gpu.generation.startswith("Blackwell"):
        return UnsupportedFormat("INT8 arithmetic does not run on Blackwell GPUs in vLLM")
    return ServedFormat(Arithmetic.INT8, 2 * gpu.fp16_tflops * 1e12)


def _int4(gpu: GpuProfile) -> ServedFormat | UnsupportedFormat:
    if gpu.vendor == "AMD":
        return UnsupportedFormat("4-bit integer weights (GPTQ, AWQ) do not run on AMD GPUs in vLLM")
    return _sixteen_bit(gpu)


def _fp4(quantization: str | None, gpu: GpuProfile) -> ServedFormat | UnsupportedFormat:
    if gpu.generation == TURING:
        return UnsupportedFormat(f"4-bit floating-point weights do not run on {TURING} GPUs")
    if quantization == MXFP4:
        return _sixteen_bit(gpu, "MXFP4 experts, 16-bit arithmetic" if gpu.fp4_tflops is None else None)
    if gpu.vendor == "AMD":
        return UnsupportedFormat("NVFP4 weights do not run on AMD GPUs")
    if gpu.fp4_tflops is None:
        return _sixteen_bit(gpu, "NVFP4 weights, 16-bit arithmetic (Marlin): this GPU has no FP4 units")
    return ServedFormat(Arithmetic.FP4, gpu.fp4_tflops * 1e12)
