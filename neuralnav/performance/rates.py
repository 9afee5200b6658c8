"""What an engine's kernels reach on its GPU: datasheet peaks times efficiencies, by number format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from neuralnav.models.catalog import GpuProfile
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.performance.efficiencies import (
    DecodeEfficiency,
    Efficiencies,
    ExpertEfficiency,
    ExpertKernel,
    GpuEfficiencies,
    Operands,
    PrefillEfficiency,
    ProductEfficiency,
    ServingCosts,
)
from neuralnav.performance.formats import MXFP4, Arithmetic, ServedFormat
from neuralnav.performance.kernels import SIXTEEN_BIT_BYTES, ExpertRates, ProductRates
from neuralnav.performance.work import EngineWork

_OPERANDS = {
    Arithmetic.BITS_16: Operands.BITS_16,
    Arithmetic.FP8: Operands.FP8,
    Arithmetic.INT8: Operands.FP8,
    Arithmetic.FP4: Operands.FP4,
}
"""INT8 products are as large as FP8's; no timings of their own are at hand."""
LEAST_SHARE = 1e-3
SHARES = frozenset({"arithmetic", "read", "quantise", "activation"})
"""Figures of a kernel that are shares of a peak; those that end in ``_s`` are times."""
Kernel = TypeVar("Kernel", ProductEfficiency, ExpertEfficiency, DecodeEfficiency, PrefillEfficiency)
RatesBasis: TypeAlias = tuple[GpuType, int, bool, Precision, float, ServedFormat, str | None, float]
_NO_QUANTISING = 1e30


@dataclass(frozen=True)
class EngineRates:
    """Everything about the GPU, the number formats and the server that a step's time depends on."""

    sixteen: ProductRates
    quantised: ProductRates
    experts: ExpertRates
    decode_start_s: float
    decode_read: float
    """Bytes a second."""
    decode_head_s: float
    prefill_start_s: float
    prefill_flops: float
    prefill_read: float
    kv_bytes: float
    """Of a KV-cache element."""
    all_reduce_s: float
    link: float
    """Bytes a second that an all-reduce sends."""
    dispatch_link: float
    bandwidth: float
    """Bytes a second that small kernels move."""
    ungrouped_read: float | None
    costs: ServingCosts


def engine_rates(
    work: EngineWork,
    served: ServedFormat,
    quantization: str | None,
    gpu: GpuProfile,
    kv_bytes: float,
    efficiencies: Efficiencies,
    engine_version: str | None = None,
) -> EngineRates:
    """The rates of an engine on GPUs of a kind, with ``kv_bytes`` a KV-cache element."""
    own = efficiencies.gpu(gpu.gpu_type)
    precision, gpus = work.precision, work.parallelism.tensor
    costs = efficiencies.costs(gpu.generation, engine_version)
    bandwidth, peak_16 = gpu.memory_bandwidth_gb_s * 1e9, gpu.fp16_tflops * 1e12
    sixteen = in_server(own.products[Operands.BITS_16], costs.product_factor)
    decode = in_server(_decode(own, kv_bytes), costs.attention_factor)
    prefill = in_server(own.prefill, costs.attention_factor)
    kernel, expert_peak = expert_kernel(own, served, precision, quantization, gpu)
    exchange = efficiencies.all_reduce(gpu.gpu_type, gpus)
    link = gpu.interconnect_gb_s * 1e9
    return EngineRates(
        sixteen=product_rates(sixteen, peak_16, bandwidth, SIXTEEN_BIT_BYTES, SIXTEEN_BIT_BYTES),
        quantised=_quantised(own, served, work.weight_bytes, bandwidth, costs),
        experts=expert_rates(
            in_server(own.experts[kernel], costs.expert_factor),
            expert_peak,
            bandwidth,
            work.weight_bytes,
            parallel=work.parallelism.expert > 1,
        ),
        decode_start_s=decode.start_s,
        decode_read=bandwidth * decode.read,
        decode_head_s=decode.head_s,
        prefill_start_s=prefill.start_s,
        prefill_flops=peak_16 * prefill.arithmetic,
        prefill_read=bandwidth * prefill.read,
        kv_bytes=kv_bytes,
        all_reduce_s=exchange.latency_s,
        link=link * exchange.link,
        dispatch_link=link * costs.dispatch_link,
        bandwidth=bandwidth * sixteen.read,
        ungrouped_read=None if costs.ungrouped_read is None else bandwidth * costs.ungrouped_read,
        costs=costs,
    )


def rates_basis(
    work: EngineWork, served: ServedFormat, quantization: str | None, gpu: GpuProfile, kv_bytes: float
) -> RatesBasis:
    """All that :func:`engine_rates` takes from an engine: with the same efficiencies, equal ones have equal rates.

    GPUs of one catalogue are told apart by their type.
    """
    split = work.parallelism
    precision, weight_bytes = work.precision, work.weight_bytes
    return gpu.gpu_type, split.tensor, split.expert > 1, precision, weight_bytes, served, quantization, kv_bytes


def in_server(alone: Kernel, factor: float) -> Kernel:
    """A kernel's efficiency in a server, where it takes ``factor`` times what it takes alone; shares stop at 1."""
    changed = {
        name: min(value / factor, 1.0) if name in SHARES else value * factor
        for name, value in alone
        if name in SHARES or name.endswith("_s")
    }
    return alone.model_copy(update=changed)


def expert_kernel(
    own: GpuEfficiencies, served: ServedFormat, precision: Precision, quantization: str | None, gpu: GpuProfile
) -> tuple[ExpertKernel, float]:
    """The kernel that runs a layer's experts, and its arithmetic's peak in FLOP/s; formats without one use 16 bit's."""
    peak_16, peak_8 = gpu.fp16_tflops * 1e12, (gpu.fp8_tflops or gpu.fp16_tflops) * 1e12
    if precision is Precision.BF16:
        wanted = [(ExpertKernel.BITS_16, peak_16)]
    elif precision is Precision.INT4:
        wanted = [(ExpertKernel.INT4, peak_16)]
    elif precision is not Precision.FP4:
        wanted = [(ExpertKernel.FP8, served.peak_flops)] if served.arithmetic is not Arithmetic.BITS_16 else []
    elif quantization == MXFP4:
        wanted = [(ExpertKernel.MXFP4_FP8, peak_8), (ExpertKernel.MXFP4, peak_16)]
    elif served.arithmetic is Arithmetic.FP4:
        wanted = [(ExpertKernel.NVFP4, served.peak_flops)]
    else:
        wanted = [(ExpertKernel.MXFP4, peak_16)]
    return next((choice for choice in wanted if choice[0] in own.experts), (ExpertKernel.BITS_16, peak_16))


def product_rates(
    share: ProductEfficiency, peak: float, bandwidth: float, weight_bytes: float, input_bytes: float
) -> ProductRates:
    """Rates of products whose inputs are read with ``input_bytes``; 16-bit ones need not be made smaller."""
    makes_small = input_bytes < SIXTEEN_BIT_BYTES
    return ProductRates(
        start_s=share.start_s,
        flops=peak * share.arithmetic,
        read=bandwidth * share.read,
        overlap=share.overlap,
        quantise=bandwidth * share.quantise if makes_small else _NO_QUANTISING,
        weight_bytes=weight_bytes,
        input_bytes=input_bytes,
    )


def expert_rates(
    share: ExpertEfficiency, peak: float, bandwidth: float, weight_bytes: float, *, parallel: bool
) -> ExpertRates:
    """Rates of a layer's experts, dealt out to several GPUs (``parallel``) or not."""
    return ExpertRates(
        start_s=share.start_s * (share.parallel_start if parallel else 1.0),
        flops=peak * share.arithmetic,
        read=bandwidth * share.read,
        overlap=share.overlap,
        activation=bandwidth * share.activation,
        expert_s=share.expert_s,
        routed_s=share.routed_s,
        weight_bytes=weight_bytes,
    )


def _quantised(
    own: GpuEfficiencies, served: ServedFormat, weight_bytes: float, bandwidth: float, costs: ServingCosts
) -> ProductRates:
    operands = _OPERANDS[served.arithmetic]
    share = in_server(own.products.get(operands, own.products[Operands.BITS_16]), costs.product_factor)
    input_bytes = SIXTEEN_BIT_BYTES if served.arithmetic is Arithmetic.BITS_16 else weight_bytes
    rates = product_rates(share, served.peak_flops, bandwidth, weight_bytes, input_bytes)
    return replace(rates, quantise=rates.quantise / max(costs.quantise_share, LEAST_SHARE))


def _decode(own: GpuEfficiencies, kv_bytes: float) -> DecodeEfficiency:
    small = kv_bytes < SIXTEEN_BIT_BYTES and own.decode_fp8_cache is not None
    return own.decode_fp8_cache if small and own.decode_fp8_cache else own.decode
