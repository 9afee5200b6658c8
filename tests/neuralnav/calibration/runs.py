"""Measured runs that were never measured, for the tests of the calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from neuralnav.calibration.serving_runs import Replay, Run, prepare, simulate
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.specification import LengthDistribution
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.work import Parallelism

LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
QWEN_4B = "Qwen/Qwen3-4B"


def fixed(tokens: float) -> LengthDistribution:
    """Always this many tokens."""
    return LengthDistribution(kind="fixed", mean=tokens, p95=tokens)


def uniform(nominal: float) -> LengthDistribution:
    """From 0.8 to 1.0 of a nominal length."""
    return LengthDistribution(kind="uniform_0.8_1.0", mean=0.9 * nominal, p95=nominal)


def run_of(architecture: ModelArchitecture, gpu: GpuProfile, **given: Any) -> Run:
    """A run of eight clients, without any measured figure unless given."""
    plain = Run(
        model=architecture.name,
        family=architecture.name.split("/")[0],
        gpu=gpu,
        architecture=architecture,
        precision=Precision.BF16,
        quantization=None,
        parallelism=Parallelism(),
        engine_version="0.12.0",
        load="closed_loop",
        prompt=uniform(500),
        output=uniform(100),
        concurrency=8,
        utilisation=0.9,
        kv_bytes=2.0,
        ttft_s=None,
        itl_s=None,
        e2e_s=None,
    )
    return replace(plain, **given)


def measured_as(efficiencies: Efficiencies, runs: Sequence[Run]) -> Replay:
    """The runs with what servers of these efficiencies would have measured."""
    replay, left_out = prepare(runs)
    assert not left_out
    outcome = simulate(replay, efficiencies)
    measured = [
        replace(run, e2e_s=float(e2e))
        if run.load == "static_batch"
        else replace(run, ttft_s=float(ttft), itl_s=float(itl))
        for run, ttft, itl, e2e in zip(replay.runs, outcome.ttft_s, outcome.itl_s, outcome.e2e_s, strict=True)
    ]
    return prepare(measured)[0]
