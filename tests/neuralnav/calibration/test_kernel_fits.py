import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuralnav.calibration.kernel_fits import COLUMNS, DIGITS, NVFP4_BYTES, fit_gpu, fit_gpus, rounded
from neuralnav.calibration.kernel_timings import Timings, read_timings
from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import GpuProfile
from neuralnav.performance.efficiencies import (
    AllReduceEfficiency,
    DecodeEfficiency,
    ExpertEfficiency,
    ExpertKernel,
    GpuEfficiencies,
    Operands,
    PrefillEfficiency,
    ProductEfficiency,
    shipped_efficiencies,
)
from neuralnav.performance.kernels import ExpertShape, all_reduce_s, experts_s, product_s
from neuralnav.performance.rates import expert_rates, product_rates
from neuralnav.resources import resource_dir

KERNELS = resource_dir("data") / "measured" / "kernels"
NOISE = 0.02
Files = dict[str, Timings]

TRUTH = GpuEfficiencies(
    products={
        Operands.BITS_16: ProductEfficiency(start_s=6e-6, arithmetic=0.7, read=0.8, overlap=2.0, quantise=1.0),
        Operands.FP8: ProductEfficiency(start_s=9e-6, arithmetic=0.6, read=0.7, overlap=1.5, quantise=0.3),
    },
    experts={
        ExpertKernel.BITS_16: ExpertEfficiency(
            start_s=3e-5,
            arithmetic=0.5,
            read=0.75,
            overlap=1.6,
            activation=0.6,
            expert_s=1e-7,
            routed_s=0.0,
            parallel_start=1.3,
        )
    },
    decode=DecodeEfficiency(start_s=9e-6, read=0.75, head_s=2e-9),
    decode_fp8_cache=DecodeEfficiency(start_s=1.1e-5, read=0.6, head_s=2e-9),
    prefill=PrefillEfficiency(start_s=1.2e-5, arithmetic=0.55, read=0.4),
    all_reduce=(
        AllReduceEfficiency(gpus=2, latency_s=5e-6, link=0.6),
        AllReduceEfficiency(gpus=8, latency_s=9e-6, link=0.7),
    ),
    points=1,
    median_error=0.0,
)


def every(timings: Timings, step: int) -> Timings:
    """Each ``step``-th row."""
    return timings.where(np.arange(len(timings)) % step == 0)


def thinned(files: Files, step: int) -> Files:
    """Each ``step``-th row of the files that have many."""
    return {name: file if name == "all_reduce" else every(file, step) for name, file in files.items()}


def of_gpu(files: Files, gpu: str) -> Files:
    """What was timed on a kind of GPU."""
    return {name: file.among(gpu=gpu) for name, file in files.items()}


def with_times(timings: Timings, seconds: np.ndarray) -> Timings:
    noise = np.random.default_rng(0).normal(0, NOISE, seconds.size)
    return replace(timings, numbers={**timings.numbers, "latency_ms": 1e3 * seconds * np.exp(noise)})


@pytest.fixture(scope="module")
def published() -> Files:
    return {name: read_timings(KERNELS / f"{name}.csv.gz", columns) for name, columns in COLUMNS.items()}


@pytest.fixture(scope="module")
def h100(gpus: dict[str, GpuProfile]) -> GpuProfile:
    return gpus["H100"]


@pytest.fixture(scope="module")
def invented(published: Files, h100: GpuProfile) -> Files:
    """Published shapes with the times of a GPU that reaches ``TRUTH``."""
    shapes = thinned(of_gpu(published, "H100"), 5)
    bandwidth, flops = h100.memory_bandwidth_gb_s * 1e9, h100.fp16_tflops * 1e12
    return {
        "gemm": _joined(
            _products(shapes["gemm"].among(dtype="bfloat16"), Operands.BITS_16, flops, bandwidth, 2.0),
            _products(shapes["gemm"].among(dtype="fp8"), Operands.FP8, 2 * flops, bandwidth, 1.0),
        ),
        "moe": _experts(shapes["moe"].among(moe_dtype="bfloat16"), flops, bandwidth),
        "attention_decode": _decode(shapes["attention_decode"], bandwidth),
        "attention_prefill": _prefill(shapes["attention_prefill"], flops, bandwidth),
        "all_reduce": _all_reduce(shapes["all_reduce"], h100.interconnect_gb_s * 1e9),
    }


@pytest.fixture(scope="module")
def fitted(invented: Files, h100: GpuProfile) -> GpuEfficiencies:
    return fit_gpu(invented, h100)


def _products(timings: Timings, operands: Operands, flops: float, bandwidth: float, bytes_: float) -> Timings:
    rates = product_rates(TRUTH.products[operands], flops, bandwidth, bytes_, bytes_)
    return with_times(timings, product_s(*(timings.number(name) for name in ("m", "n", "k")), rates))


def _experts(timings: Timings, flops: float, bandwidth: float) -> Timings:
    ranks = timings.number("moe_ep_size")
    shape = ExpertShape(
        hidden=timings.number("hidden_size"),
        width=timings.number("inter_size") / timings.number("moe_tp_size"),
        matrices=3.0,
        experts=timings.number("num_experts"),
        per_token=timings.number("topk"),
        ranks=ranks,
    )
    alone, dealt = (
        expert_rates(TRUTH.experts[ExpertKernel.BITS_16], flops, bandwidth, 2.0, parallel=parallel)
        for parallel in (False, True)
    )
    uneven = timings.text("distribution") != "balanced"
    tokens, spread, imbalance = timings.number("num_tokens"), np.where(uneven, 0.6, 1.0), np.where(uneven, 0.5, 0.0)
    one, several = (experts_s(tokens, shape, rates, spread, imbalance) for rates in (alone, dealt))
    return with_times(timings, np.where(ranks > 1, several, one))


def _decode(timings: Timings, bandwidth: float) -> Timings:
    small = timings.text("kv_cache_dtype") == "fp8"
    eight = TRUTH.decode_fp8_cache
    assert eight is not None
    sequences, heads = timings.number("batch_size"), timings.number("num_heads")
    elements = sequences * timings.number("context_tokens") * timings.number("num_key_value_heads") * 2
    bytes_ = elements * timings.number("head_dim") * np.where(small, 1.0, 2.0)
    read = bytes_ / (bandwidth * np.where(small, eight.read, TRUTH.decode.read))
    start = np.where(small, eight.start_s, TRUTH.decode.start_s)
    return with_times(timings, start + TRUTH.decode.head_s * sequences * heads + read)


def _prefill(timings: Timings, flops: float, bandwidth: float) -> Timings:
    prompts, length, heads, dim = (timings.number(name) for name in ("batch_size", "isl", "num_heads", "head_dim"))
    own = TRUTH.prefill
    arithmetic = 4 * prompts * length * (length + 1) / 2 * heads * dim / (flops * own.arithmetic)
    moved = prompts * length * heads * dim * 4 / (bandwidth * own.read)
    return with_times(timings, own.start_s + arithmetic + moved)


def _all_reduce(timings: Timings, link: float) -> Timings:
    chosen = timings.where(np.isin(timings.number("num_gpus"), [entry.gpus for entry in TRUTH.all_reduce]))
    own = {entry.gpus: entry for entry in TRUTH.all_reduce}
    each = [own[int(gpus)] for gpus in chosen.number("num_gpus")]
    latency, share = (np.array([getattr(one, name) for one in each]) for name in ("latency_s", "link"))
    gpus, elements = chosen.number("num_gpus"), chosen.number("message_size")
    return with_times(chosen, all_reduce_s(1.0, elements, gpus, latency, link * share))


def _joined(first: Timings, second: Timings) -> Timings:
    return Timings(
        {name: np.concatenate((values, second.texts[name])) for name, values in first.texts.items()},
        {name: np.concatenate((values, second.numbers[name])) for name, values in first.numbers.items()},
    )


def close(found: object, truth: object, *names: str, rel: float = 0.05) -> None:
    for name in names:
        assert getattr(found, name) == pytest.approx(getattr(truth, name), rel=rel), name


def test_the_shares_of_products_are_found_again(fitted: GpuEfficiencies) -> None:
    for operands, truth in TRUTH.products.items():
        close(fitted.products[operands], truth, "start_s", "arithmetic", "read", "quantise")
        close(fitted.products[operands], truth, "overlap", rel=0.15)


def test_the_shares_of_attention_are_found_again(fitted: GpuEfficiencies) -> None:
    close(fitted.decode, TRUTH.decode, "start_s", "read", "head_s")
    close(fitted.decode_fp8_cache, TRUTH.decode_fp8_cache, "start_s", "read", "head_s")
    close(fitted.prefill, TRUTH.prefill, "start_s", "arithmetic", "read")


def test_the_shares_of_experts_are_found_again_whatever_the_routing(fitted: GpuEfficiencies) -> None:
    (kernel,) = fitted.experts
    truth = TRUTH.experts[kernel]
    close(fitted.experts[kernel], truth, "start_s", "arithmetic", "read", "parallel_start")
    close(fitted.experts[kernel], truth, "activation", "overlap", "expert_s", rel=0.25)


def test_the_exchange_among_each_number_of_gpus_is_found_again(fitted: GpuEfficiencies) -> None:
    assert [entry.gpus for entry in fitted.all_reduce] == [2, 8]
    for found, truth in zip(fitted.all_reduce, TRUTH.all_reduce, strict=True):
        close(found, truth, "latency_s", "link")


def test_the_error_that_is_reported_is_that_of_the_noise(fitted: GpuEfficiencies) -> None:
    assert fitted.median_error == pytest.approx(0.674 * NOISE, rel=0.25)
    assert fitted.points > 1000


def test_the_same_timings_give_the_same_figures(invented: Files, h100: GpuProfile) -> None:
    first, second = (fit_gpu(thinned(invented, 4), h100).model_dump_json() for _ in range(2))
    assert first == second


def test_timings_faster_than_the_datasheet_leave_the_shares_at_one(invented: Files, h100: GpuProfile) -> None:
    hurried = {
        name: replace(file, numbers={**file.numbers, "latency_ms": file.numbers["latency_ms"] / 20})
        for name, file in thinned(invented, 4).items()
    }
    fitted = fit_gpu(hurried, h100)
    for own in (*fitted.products.values(), *fitted.experts.values(), fitted.decode, fitted.prefill):
        for name in ("arithmetic", "read", "quantise", "activation"):
            assert 0 < getattr(own, name, 1.0) <= 1
    assert fitted.products[Operands.BITS_16].arithmetic > 0.99
    assert fitted.decode.read > 0.99


def test_a_few_odd_timings_do_not_bend_the_fit(invented: Files, h100: GpuProfile) -> None:
    decode = invented["attention_decode"]
    odd = np.where(np.arange(len(decode)) % 25 == 0, 10.0, 1.0)
    spoilt = replace(decode, numbers={**decode.numbers, "latency_ms": decode.numbers["latency_ms"] * odd})
    found = fit_gpu({**thinned(invented, 8), "attention_decode": spoilt}, h100)
    close(found.decode, TRUTH.decode, "read", "start_s", rel=0.1)


@pytest.mark.parametrize("gpu", ["L40S"])
def test_published_timings_are_met_within_a_median_of_15_percent(
    gpu: str, published: Files, gpus: dict[str, GpuProfile]
) -> None:
    fitted = fit_gpu(thinned(of_gpu(published, gpu), 4), gpus[gpu])
    assert fitted.median_error < 0.15
    shipped = shipped_efficiencies().gpus[gpus[gpu].gpu_type]
    close(fitted.decode, shipped.decode, "read", rel=0.1)
    close(fitted.products[Operands.BITS_16], shipped.products[Operands.BITS_16], "read", "arithmetic", rel=0.1)


def test_only_gpus_that_are_known_are_fitted(tmp_path: Path, gpus: dict[str, GpuProfile]) -> None:
    for name in COLUMNS:
        head = b"".join(gzip.decompress((KERNELS / f"{name}.csv.gz").read_bytes()).splitlines(keepends=True)[:5])
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(head))
    assert fit_gpus(tmp_path, [gpus["T4"], gpus["MI300X"]]) == {}


def test_a_folder_without_a_column_names_it(tmp_path: Path, gpus: dict[str, GpuProfile]) -> None:
    for name in COLUMNS:
        (tmp_path / f"{name}.csv.gz").write_bytes((KERNELS / f"{name}.csv.gz").read_bytes())
    (tmp_path / "gemm.csv.gz").write_bytes((KERNELS / "all_reduce.csv.gz").read_bytes())
    with pytest.raises(InvalidInputError, match=r"gemm\.csv\.gz, line 1: no column is called dtype, k, m, n"):
        fit_gpus(tmp_path, list(gpus.values()))


def test_figures_keep_so_many_digits_and_no_dust() -> None:
    assert DIGITS == 3
    assert rounded(0.123456) == 0.123
    assert rounded(-9876.5) == -9880
    assert rounded(3e-13) == 0


def test_scales_count_in_the_bytes_of_nvfp4_weights() -> None:
    assert NVFP4_BYTES == 0.5 + 1 / 16
