"""How far the roofline model is off on measured vLLM servers, and the bands that follow.

    uv run python bench/first_model_error.py serving.csv [--write]

``serving.csv`` has one run a row: model, gpu, tensor_parallel, expert_parallel, data_parallel, precision, engine,
load, prompt_tokens, output_tokens, concurrency, ttft_mean_ms, itl_mean_ms, suspect. Compared are the rows of vLLM
with ``closed_loop`` load and no ``suspect`` mark; the shipped bands come from the InferenceMAX and NVIDIA runs in
ai-dynamo/aiconfigurator (Apache-2.0). ``--write`` puts the bands into data/calibration.json.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.specification import LengthDistribution
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.performance.calibration import Calibration, Metric, Residuals
from neuralnav.performance.engine import engine_costs, model_work
from neuralnav.performance.formats import MXFP4, ServedFormat, served_format
from neuralnav.performance.lengths import LengthMoments, moments
from neuralnav.performance.memory import GIB, default_engine_limits, fit_memory
from neuralnav.performance.replica import CLIENT_S, Engines, Workload, evaluate_replicas
from neuralnav.resources import resource_dir

SAME_DECODER = {
    "meta-llama/Llama-3.1-70B": "meta-llama/Llama-3.1-70B-Instruct",
    "Qwen/Qwen3-235B-A22B-FP8": "Qwen/Qwen3-235B-A22B",
    "moonshotai/Kimi-K2.5": "moonshotai/Kimi-K2-Instruct",
}
"""Measured models whose text decoder has the shape of another entry."""
BURST_SHARE = 0.1
"""About ten requests a client: the first of each arrive together."""
VERSION = "roofline-2026-11"


@dataclass(frozen=True)
class Compared:
    """Measured over predicted of one row."""

    group: str
    ttft: float
    itl: float
    e2e: float


def main() -> None:
    """Compare, report, and write the calibration when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--write", action="store_true", help="write data/calibration.json")
    arguments = parser.parse_args()
    with arguments.measurements.open(encoding="utf-8", newline="") as file:
        compared, skipped = _compare(list(csv.DictReader(file)))
    calibration = _calibrate(compared, skipped)
    _report(compared, calibration)
    if arguments.write:
        path = resource_dir("data") / "calibration.json"
        text = json.dumps(calibration.model_dump(mode="json"), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def _compare(rows: Sequence[Mapping[str, str]]) -> tuple[list[Compared], dict[str, int]]:
    seeds = read_seeds()
    architectures = {architecture.name: architecture for architecture in seeds.architectures}
    gpus = {gpu.gpu_type: gpu for gpu in seeds.gpus}
    compared: list[Compared] = []
    skipped: Counter[str] = Counter()
    for row in rows:
        architecture = architectures.get(SAME_DECODER.get(row["model"], row["model"]))
        if row["engine"] != "vllm" or row["load"] != "closed_loop":
            skipped["not vLLM under closed-loop load"] += 1
        elif row["suspect"]:
            skipped["marked suspect"] += 1
        elif row["data_parallel"] != "1":
            skipped["data parallel"] += 1
        elif architecture is None or row["gpu"] not in gpus:
            skipped["architecture or GPU not in the reference data"] += 1
        else:
            outcome = _predict(row, architecture, gpus[GpuType(row["gpu"])])
            if outcome is None:
                skipped["predicted not to hold all requests in memory at once"] += 1
            else:
                compared.append(outcome)
    return compared, dict(skipped)


def _predict(row: Mapping[str, str], architecture: ModelArchitecture, gpu: GpuProfile) -> Compared | None:
    precision, tensor_parallel = Precision(row["precision"]), int(row["tensor_parallel"])
    quantization = MXFP4 if "gpt-oss" in row["model"] else None
    served = served_format(precision, quantization, gpu, architecture)
    if not isinstance(served, ServedFormat):
        return None
    limits = default_engine_limits(gpu)
    fit = fit_memory(
        architecture,
        precision,
        gpu,
        tensor_parallel,
        max_model_len=2048,
        max_num_batched_tokens=limits.max_num_batched_tokens,
        max_num_seqs=limits.max_num_seqs,
    )
    work = model_work(architecture, precision, tensor_parallel)
    costs = engine_costs(work, served, gpu)
    engines = Engines(
        costs=replace(costs, **{f.name: np.array([float(getattr(costs, f.name))]) for f in fields(costs)}),
        max_num_seqs=np.array([float(limits.max_num_seqs)]),
        max_num_batched_tokens=np.array([float(limits.max_num_batched_tokens)]),
        kv_cache_bytes=np.array([fit.kv_cache_gib * GIB]),
        kv_token_bytes=np.array([work.full_layers * work.kv_layer_bytes]),
        kv_window_token_bytes=np.array([work.window_layers * work.kv_layer_bytes]),
        state_bytes=np.array([work.state_bytes]),
    )
    workload = Workload(_lengths(row, "prompt_tokens"), _lengths(row, "output_tokens"))
    clients = float(row["concurrency"])
    if clients > float(engines.sequences(workload.prompt.mean + workload.output.mean)[0]):
        return None
    curves = evaluate_replicas(engines, workload)
    steady, itl = (float(values[0]) for values in curves.means_at(np.array([clients])))
    alone = float(curves.means_at(np.array([1.0]))[0][0]) - CLIENT_S * 1e3
    ttft = (1 - BURST_SHARE) * steady + BURST_SHARE * (CLIENT_S * 1e3 + (clients + 1) / 2 * alone)
    measured_ttft, measured_itl = float(row["ttft_mean_ms"]), float(row["itl_mean_ms"])
    steps = workload.decode_steps
    return Compared(
        group=f"{row['model']} {row['precision']} on {row['gpu']}",
        ttft=measured_ttft / ttft,
        itl=measured_itl / itl,
        e2e=(measured_ttft + steps * measured_itl) / (ttft + steps * itl),
    )


def _lengths(row: Mapping[str, str], field: str) -> LengthMoments:
    nominal = float(row[field])
    if "nvidia" in row["source"]:
        return moments(LengthDistribution(kind="fixed", mean=nominal, p95=nominal))
    return moments(LengthDistribution(kind="uniform_0.8_1.0", mean=0.9 * nominal, p95=0.99 * nominal))


def _calibrate(compared: Sequence[Compared], skipped: Mapping[str, int]) -> Calibration:
    bands = {
        Metric.TTFT: _residuals([row.ttft for row in compared]),
        Metric.ITL: _residuals([row.itl for row in compared]),
        Metric.E2E: _residuals([row.e2e for row in compared]),
    }
    itl = bands[Metric.ITL]
    bands[Metric.MAX_QPS] = Residuals(
        low=round(min(1 / itl.high**2, 1.0), 3),
        high=round(max(1 / itl.low**2, 1.0), 3),
        median=round(1 / itl.median**2, 3),
        median_absolute_error=round(2 * itl.median_absolute_error, 3),
    )
    return Calibration(
        version=VERSION,
        method=(
            "Measured over predicted means, 5 % and 95 % quantiles, all GPUs and loads together, on the rows that "
            "were in view when the efficiencies were picked; max_qps: the ITL's factors squared and turned over, as "
            "a rate depends on the step time both by itself and by the batch that a target allows. "
            "bench/first_model_error.py"
        ),
        source="InferenceMAX and NVIDIA runs of vLLM 0.11 to 0.19 in ai-dynamo/aiconfigurator",
        licence="Apache-2.0",
        rows=len(compared),
        skipped=dict(skipped),
        bands=bands,
        note="band from means of closed-loop runs on H100, H200, B200 and B300; not validated on percentiles",
    )


def _residuals(ratios: Sequence[float]) -> Residuals:
    low, middle, high = np.quantile(ratios, (0.05, 0.5, 0.95))
    errors = np.median(np.abs(1 / np.asarray(ratios) - 1))
    return Residuals(
        low=round(min(float(low), 1.0), 3),
        high=round(max(float(high), 1.0), 3),
        median=round(float(middle), 3),
        median_absolute_error=round(float(errors), 3),
    )


def _report(compared: Sequence[Compared], calibration: Calibration) -> None:
    print(f"{calibration.rows} rows compared; not compared: {calibration.skipped}")
    for metric, band in calibration.bands.items():
        print(
            f"{metric.value:8} measured/predicted {band.low:.2f} to {band.high:.2f}, median {band.median:.2f}; "
            f"median absolute error {band.median_absolute_error:.1%}"
        )
    groups: dict[str, list[Compared]] = defaultdict(list)
    for row in compared:
        groups[row.group].append(row)
    for group, rows in sorted(groups.items()):
        itl = np.median([1 / row.itl - 1 for row in rows])
        ttft = np.median([1 / row.ttft - 1 for row in rows])
        print(f"  {group:45} {len(rows):4} rows, median error ITL {itl:+.0%}, TTFT {ttft:+.0%}")


if __name__ == "__main__":
    main()
