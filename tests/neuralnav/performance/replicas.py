"""Replicas of catalogue models on catalogue GPUs and the requests that they get, for the tests of capacity."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.arrivals import RequestShape
from neuralnav.performance.engine import replica_limits
from neuralnav.performance.lengths import moments
from neuralnav.performance.memory import GIB, EngineLimits
from neuralnav.performance.replica import Engines, Workload
from neuralnav.performance.step_time import StepCurves, step_curves
from neuralnav.performance.work import Parallelism
from tests.neuralnav.performance.engines import work_and_rates


def engine(
    architecture: ModelArchitecture,
    gpu: GpuProfile,
    precision: Precision = Precision.BF16,
    degree: int = 1,
    kv_gib: float = 40.0,
    batched: int = 8192,
) -> Engines:
    """One engine with vLLM's usual number of places."""
    work, rates = work_and_rates(architecture, precision, gpu, Parallelism(degree))
    limits = replica_limits(work, EngineLimits(batched, 1024), int(kv_gib * GIB), 2.0)
    return Engines(
        curves=step_curves([work], [rates]),
        max_num_seqs=np.array([float(limits.max_num_seqs)]),
        max_num_batched_tokens=np.array([float(limits.max_num_batched_tokens)]),
        kv_cache_bytes=np.array([float(limits.kv_cache_bytes)]),
        kv_token_bytes=np.array([limits.block_bytes / limits.block_tokens]),
        kv_window_token_bytes=np.array([limits.window_block_bytes / limits.block_tokens]),
        state_bytes=np.array([float(limits.sequence_bytes)]),
    )


def together(*engines: Engines) -> Engines:
    """Several engines as one set of arrays."""

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(one, name) for one in engines])

    curves = StepCurves(
        **{
            field.name: np.concatenate([getattr(one.curves, field.name) for one in engines])
            for field in fields(StepCurves)
        }
    )
    names = [field.name for field in fields(Engines) if field.name != "curves"]
    return Engines(curves=curves, **{name: joined(name) for name in names})


def lengths(mean: float) -> LengthDistribution:
    """Lognormal lengths."""
    return LengthDistribution.model_validate({"mean": mean})


def workload(prompt: float = 512, output: float = 256, **given: object) -> Workload:
    """Requests as formulas take them."""
    return Workload(moments(lengths(prompt)), moments(lengths(output)), **given)  # type: ignore[arg-type]


def requests(prompt: float = 512, output: float = 256, window: int = 8192, hits: float = 0.0) -> RequestShape:
    """The same requests as simulations take them."""
    part = TrafficShape(weight=1, prompt_tokens=lengths(prompt), output_tokens=lengths(output))
    return RequestShape((part,), window, hits)
