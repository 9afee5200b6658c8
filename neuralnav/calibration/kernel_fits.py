"""Fit the shares that each kind of GPU reaches to timings of its kernels, with the very formulas that predict.

Residuals are logarithms of predicted over measured time under a loss that grows linearly beyond ``SCALE``: a few odd
timings do not bend the fit. Shares stay within (0, 1] by the optimiser's bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from neuralnav.calibration.kernel_timings import Timings, read_timings
from neuralnav.models.catalog import GpuProfile, QuantizedLayers
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import bytes_per_weight
from neuralnav.performance.efficiencies import (
    AllReduceEfficiency,
    DecodeEfficiency,
    ExpertEfficiency,
    ExpertKernel,
    GpuEfficiencies,
    Operands,
    PrefillEfficiency,
    ProductEfficiency,
)
from neuralnav.performance.kernels import SIXTEEN_BIT_BYTES, ExpertShape, all_reduce_s, experts_s, product_s
from neuralnav.performance.rates import expert_rates, product_rates

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

SCALE = 0.2
"""Logarithmic error up to which the loss is square."""
DIGITS = 3
"""Significant digits that are kept: more would tell machines apart, not GPUs."""
NOTHING = 1e-12
"""Smaller figures are 0."""
LEAST_WEIGHTS = 1e6
"""Products with fewer weights than this stay in the cache of their own timing loop."""
ALIGNED = 16
"""Above this many tokens only multiples are kept: vLLM pads its batches to such sizes."""
MOST_EXPERTS = 512
"""Timings of layers with more experts come from kernels that no model here uses."""
OPERAND_NAMES = {"bfloat16": Operands.BITS_16, "fp8": Operands.FP8, "nvfp4": Operands.FP4}
NVFP4_BYTES = bytes_per_weight(Precision.FP4, QuantizedLayers(fp4_format="nvfp4"))
MXFP4_BYTES = bytes_per_weight(Precision.FP4, QuantizedLayers(fp4_format="mxfp4"))
OPERAND_PRECISION = {Operands.BITS_16: Precision.BF16, Operands.FP8: Precision.FP8, Operands.FP4: Precision.FP4}
EXPERT_NAMES = {
    "bfloat16": (ExpertKernel.BITS_16, bytes_per_weight(Precision.BF16)),
    "fp8_block": (ExpertKernel.FP8, bytes_per_weight(Precision.FP8)),
    "int4_wo": (ExpertKernel.INT4, bytes_per_weight(Precision.INT4)),
    "nvfp4": (ExpertKernel.NVFP4, NVFP4_BYTES),
    "w4a16_mxfp4": (ExpertKernel.MXFP4, MXFP4_BYTES),
    "w4a8_mxfp4_mxfp8": (ExpertKernel.MXFP4_FP8, MXFP4_BYTES),
}
"""FP8 experts as published: scaled in blocks."""

_ATTENTION = ("gpu", "kv_cache_dtype", "batch_size", "num_heads", "num_key_value_heads", "head_dim", "window_size")
_EXPERTS = ("inter_size", "topk", "num_experts", "moe_tp_size", "moe_ep_size")
COLUMNS = {
    "gemm": ("gpu", "dtype", "m", "n", "k"),
    "attention_prefill": (*_ATTENTION, "isl"),
    "attention_decode": (*_ATTENTION, "context_tokens"),
    "all_reduce": ("gpu", "backend", "num_gpus", "message_size"),
    "moe": ("gpu", "moe_dtype", "distribution", "num_tokens", "hidden_size", *_EXPERTS),
}
"""The files of a folder with timings, and the columns that the fits read."""

Model = Callable[[Floats], Floats]


class Errors:
    """Collects the sizes of errors over the fits of one GPU."""

    def __init__(self) -> None:
        self._sizes: list[Floats] = []

    def add(self, predicted: Floats, measured: Floats) -> None:
        """Take the timings of one fit in."""
        self._sizes.append(np.abs(predicted / measured - 1))

    @property
    def points(self) -> int:
        """Timings taken in."""
        return sum(sizes.size for sizes in self._sizes)

    @property
    def median(self) -> float:
        """Median of the errors' size."""
        return float(np.median(np.concatenate(self._sizes)))


def fit_gpus(folder: Path, gpus: Sequence[GpuProfile]) -> dict[str, GpuEfficiencies]:
    """The shares of every GPU in ``gpus`` that the timings in ``folder`` hold."""
    files = {name: read_timings(folder / f"{name}.csv.gz", columns) for name, columns in COLUMNS.items()}
    known = sorted(set(files["gemm"].text("gpu").tolist()))
    profiles = {gpu.gpu_type.value: gpu for gpu in gpus}
    return {
        name: fit_gpu({key: file.among(gpu=name) for key, file in files.items()}, profiles[name])
        for name in known
        if name in profiles
    }


def fit_gpu(timings: dict[str, Timings], gpu: GpuProfile) -> GpuEfficiencies:
    """The shares of one kind of GPU from its timings by file."""
    errors = Errors()
    products = {
        operands: _fit_products(timings["gemm"].among(dtype=name), operands, gpu, errors)
        for name, operands in OPERAND_NAMES.items()
        if (timings["gemm"].text("dtype") == name).any()
    }
    experts = {
        kernel: _fit_experts(timings["moe"].among(moe_dtype=name), kernel, weight_bytes, gpu, errors)
        for name, (kernel, weight_bytes) in EXPERT_NAMES.items()
        if (timings["moe"].text("moe_dtype") == name).any()
    }
    decode = timings["attention_decode"].where(timings["attention_decode"].number("window_size") == 0)
    fp8_cache = decode.among(kv_cache_dtype="fp8")
    return GpuEfficiencies(
        products=products,
        experts=experts,
        decode=_fit_decode(decode.among(kv_cache_dtype="bfloat16"), SIXTEEN_BIT_BYTES, gpu, errors),
        decode_fp8_cache=_fit_decode(fp8_cache, 1.0, gpu, errors) if len(fp8_cache) else None,
        prefill=_fit_prefill(timings["attention_prefill"], gpu, errors),
        all_reduce=_fit_all_reduce(timings["all_reduce"].among(backend="vllm_graph"), gpu, errors),
        points=errors.points,
        median_error=rounded(errors.median),
    )


def peak_flops(gpu: GpuProfile, precision: Precision) -> float:
    """The GPU's dense peak in FLOP/s for products of ``precision`` operands."""
    tflops = {Precision.BF16: gpu.fp16_tflops, Precision.FP8: gpu.fp8_tflops, Precision.FP4: gpu.fp4_tflops}[precision]
    return (tflops or gpu.fp16_tflops) * 1e12


def _fit_products(timings: Timings, operands: Operands, gpu: GpuProfile, errors: Errors) -> ProductEfficiency:
    tokens = timings.number("m")
    aligned = (tokens <= ALIGNED) | (tokens % ALIGNED == 0)
    large = timings.number("n") * timings.number("k") >= LEAST_WEIGHTS
    precision = OPERAND_PRECISION[operands]
    bytes_ = NVFP4_BYTES if operands is Operands.FP4 else bytes_per_weight(precision)
    weights = timings.number("n") * timings.number("k") * bytes_
    chosen = timings.where(aligned & large & (tokens > 1) & _from_memory(weights, timings, gpu))
    shape = chosen.number("m"), chosen.number("n"), chosen.number("k")

    def share(x: Floats) -> ProductEfficiency:
        quantise = float(x[4]) if bytes_ < SIXTEEN_BIT_BYTES else 1.0
        return ProductEfficiency(start_s=x[0], arithmetic=x[1], read=x[2], overlap=x[3], quantise=quantise)

    def model(x: Floats) -> Floats:
        rates = product_rates(share(x), peak_flops(gpu, precision), gpu.memory_bandwidth_gb_s * 1e9, bytes_, bytes_)
        return np.asarray(product_s(*shape, rates))

    fitted = _fit(
        model,
        chosen.seconds,
        start=((5e-6, 0.6, 0.7, 1.5, 0.5 if bytes_ < SIXTEEN_BIT_BYTES else 1.0),),
        low=(1e-7, 0.01, 0.01, 1.0, 0.01),
        high=(1e-3, 1.0, 1.0, 8.0, 1.0),
    )
    errors.add(model(fitted), chosen.seconds)
    return share(fitted)


def _from_memory(read_bytes: Floats, timings: Timings, gpu: GpuProfile) -> Booleans:
    """Which timings can have read their bytes from memory: faster ones found them in the cache of their own loop."""
    return np.asarray(read_bytes <= timings.seconds * gpu.memory_bandwidth_gb_s * 1e9)


def _fit_decode(timings: Timings, kv_bytes: float, gpu: GpuProfile, errors: Errors) -> DecodeEfficiency:
    timings = timings.where(_from_memory(_kv_cache_bytes(timings, kv_bytes), timings, gpu))
    sequences, heads = timings.number("batch_size"), timings.number("num_heads")
    bytes_ = _kv_cache_bytes(timings, kv_bytes)

    def model(x: Floats) -> Floats:
        return np.asarray(x[0] + x[2] * sequences * heads + bytes_ / (gpu.memory_bandwidth_gb_s * 1e9 * x[1]))

    fitted = _fit(model, timings.seconds, ((1e-5, 0.7, 1e-9),), (1e-7, 0.01, 1e-12), (1e-3, 1.0, 1e-6))
    errors.add(model(fitted), timings.seconds)
    return DecodeEfficiency(start_s=fitted[0], read=fitted[1], head_s=fitted[2])


def _kv_cache_bytes(timings: Timings, kv_bytes: float) -> Floats:
    tokens = timings.number("batch_size") * timings.number("context_tokens")
    elements = tokens * timings.number("num_key_value_heads") * timings.number("head_dim")
    return np.asarray(2 * elements * kv_bytes)


def _fit_prefill(timings: Timings, gpu: GpuProfile, errors: Errors) -> PrefillEfficiency:
    chosen = timings.where(timings.number("window_size") == 0).among(kv_cache_dtype="bfloat16")
    prompts, length, heads, dim = (chosen.number(name) for name in ("batch_size", "isl", "num_heads", "head_dim"))
    flops = 4 * prompts * length * (length + 1) / 2 * heads * dim
    bytes_ = prompts * length * heads * dim * 2 * SIXTEEN_BIT_BYTES

    def model(x: Floats) -> Floats:
        read = bytes_ / (gpu.memory_bandwidth_gb_s * 1e9 * x[2])
        return np.asarray(x[0] + flops / (peak_flops(gpu, Precision.BF16) * x[1]) + read)

    fitted = _fit(model, chosen.seconds, ((1e-5, 0.5, 0.5),), (1e-7, 0.01, 0.01), (1e-3, 1.0, 1.0))
    errors.add(model(fitted), chosen.seconds)
    return PrefillEfficiency(start_s=fitted[0], arithmetic=fitted[1], read=fitted[2])


def _fit_all_reduce(timings: Timings, gpu: GpuProfile, errors: Errors) -> tuple[AllReduceEfficiency, ...]:
    fits = []
    for gpus in sorted(set(timings.number("num_gpus").tolist())):
        chosen = timings.where(timings.number("num_gpus") == gpus)
        elements = chosen.number("message_size")

        def model(x: Floats, gpus: float = gpus, elements: Floats = elements) -> Floats:
            return np.asarray(all_reduce_s(1.0, elements, gpus, x[0], gpu.interconnect_gb_s * 1e9 * x[1]))

        fitted = _fit(model, chosen.seconds, ((5e-6, 0.5),), (1e-7, 0.01), (1e-3, 1.0))
        errors.add(model(fitted), chosen.seconds)
        fits.append(AllReduceEfficiency(gpus=int(gpus), latency_s=fitted[0], link=fitted[1]))
    return tuple(fits)


def _fit_experts(
    timings: Timings, kernel: ExpertKernel, weight_bytes: float, gpu: GpuProfile, errors: Errors
) -> ExpertEfficiency:
    """First the layers on one rank; with those figures held, what more ranks change.

    The timings route tokens evenly or by a power law. How much that spares and piles up belongs to the timings, not to
    the kernels: both are fitted along and left out.
    """
    chosen = timings.where(timings.number("num_experts") <= MOST_EXPERTS)
    skewed = chosen.text("distribution") != "balanced"
    single = chosen.number("moe_ep_size") == 1
    peak = _expert_peak(kernel, gpu)
    bandwidth = gpu.memory_bandwidth_gb_s * 1e9

    def share(x: Floats, parallel_start: float) -> ExpertEfficiency:
        names = ("start_s", "arithmetic", "read", "overlap", "activation", "expert_s", "routed_s")
        return ExpertEfficiency(**dict(zip(names, x[:7].tolist(), strict=True)), parallel_start=parallel_start)

    def seconds(rows: Booleans, own: ExpertEfficiency, spread: float, imbalance: float, *, parallel: bool) -> Floats:
        part, uneven = chosen.where(rows), skewed[rows]
        rates = expert_rates(own, peak, bandwidth, weight_bytes, parallel=parallel)
        return np.asarray(
            experts_s(
                part.number("num_tokens"),
                _shape(part),
                rates,
                np.where(uneven, spread, 1.0),
                np.where(uneven, imbalance, 0.0),
            )
        )

    first = _fit(
        lambda x: seconds(single, share(x, 1.0), float(x[7]), 0.0, parallel=False),
        chosen.where(single).seconds,
        start=tuple(
            (start, 0.6, 0.7, 2.0, 0.5, expert, 1e-9, 0.7) for start in (5e-6, 3e-5) for expert in (1e-9, 1e-7)
        ),
        low=(1e-7, 0.01, 0.01, 1.0, 0.01, 0.0, 0.0, 0.05),
        high=(1e-3, 1.0, 1.0, 8.0, 1.0, 2e-6, 1e-6, 1.0),
    )
    second = _fit(
        lambda x: seconds(~single, share(first, float(x[0])), float(first[7]), float(x[1]), parallel=True),
        chosen.where(~single).seconds,
        start=((1.0, 0.4),),
        low=(0.3, 0.0),
        high=(5.0, 1.0),
    )
    fitted = share(first, float(second[0]))
    errors.add(seconds(single, fitted, float(first[7]), 0.0, parallel=False), chosen.where(single).seconds)
    errors.add(
        seconds(~single, fitted, float(first[7]), float(second[1]), parallel=True), chosen.where(~single).seconds
    )
    return fitted


def _expert_peak(kernel: ExpertKernel, gpu: GpuProfile) -> float:
    if kernel in (ExpertKernel.FP8, ExpertKernel.MXFP4_FP8):
        return peak_flops(gpu, Precision.FP8)
    return peak_flops(gpu, Precision.FP4 if kernel is ExpertKernel.NVFP4 else Precision.BF16)


def _shape(timings: Timings) -> ExpertShape:
    return ExpertShape(
        hidden=timings.number("hidden_size"),
        width=timings.number("inter_size") / timings.number("moe_tp_size"),
        matrices=3.0,
        experts=timings.number("num_experts"),
        per_token=timings.number("topk"),
        ranks=timings.number("moe_ep_size"),
    )


def _fit(
    model: Model,
    seconds: Floats,
    start: Sequence[Sequence[float]],
    low: Sequence[float],
    high: Sequence[float],
) -> Floats:
    """The figures within ``low`` and ``high`` that bring ``model`` closest to ``seconds``, the best of all starts.

    Searched on a scale from 0 (low) to 1 (high), logarithmic where a range spans decades.
    """
    bottom, top = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    decades = (bottom > 0) & (top > 20 * np.maximum(bottom, 1e-300))
    safe_bottom, safe_top = np.where(decades, bottom, 1.0), np.where(decades, top, 1.0)

    def figures(z: Floats) -> Floats:
        plain = bottom + z * (top - bottom)
        decade = safe_bottom * (safe_top / safe_bottom) ** z
        return np.asarray(np.clip(np.where(decades, decade, plain), bottom, top))

    def scaled(x: Sequence[float]) -> Floats:
        values = np.asarray(x, dtype=np.float64)
        decade = np.log(np.where(decades, values, 1.0) / safe_bottom) / np.log(
            np.where(decades, safe_top, 2.0) / safe_bottom
        )
        return np.clip(np.where(decades, decade, (values - bottom) / (top - bottom)), 1e-3, 1 - 1e-3)

    def residuals(z: Floats) -> Floats:
        return np.asarray(np.log(model(figures(z)) / seconds))

    fits = [
        least_squares(residuals, scaled(one), bounds=(0.0, 1.0), loss="soft_l1", f_scale=SCALE, max_nfev=400)
        for one in start
    ]
    best = min(fits, key=lambda fit: float(fit.cost))
    return np.array([rounded(value) for value in figures(best.x)])


def rounded(value: float) -> float:
    """``value`` to the digits that a fit keeps."""
    return float(f"{value:.{DIGITS - 1}e}") if abs(value) >= NOTHING else 0.0
