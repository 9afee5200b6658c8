"""Every configuration that could be asked for: model x precision x GPU x tensor parallelism, with what is fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.base import Frozen
from neuralnav.models.catalog import CatalogModel, GpuProfile, ModelArchitecture, ReferenceData
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import SIXTEEN_BIT, valid_tensor_parallel
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.formats import ServedFormat, UnsupportedFormat, served_format
from neuralnav.performance.memory import (
    GIB,
    EngineLimits,
    MemoryFit,
    default_engine_limits,
    fit_memory,
)
from neuralnav.performance.rates import EngineRates, engine_rates
from neuralnav.performance.replica import Engines
from neuralnav.performance.step_time import idle_curves, step_curves
from neuralnav.performance.work import EngineWork, Parallelism, engine_work

TENSOR_PARALLEL_DEGREES = (1, 2, 4, 8)
"""GPUs a replica; more would cross nodes."""
ONLINE_FP8 = "fp8"
"""What vLLM calls FP8 that it makes itself from 16-bit weights while it loads them."""
ONLINE_FP8_NOTE = "FP8 made by vLLM from the published 16-bit weights at load time (--quantization fp8)"
USUAL_CONTEXT = 8192
"""Context that vLLM's default limits must leave room for; where they do not, smaller ones are planned."""
SMALL_LIMITS = EngineLimits(max_num_batched_tokens=2048, max_num_seqs=256)
SMALL_LIMITS_NOTE = "max-num-seqs 256 and max-num-batched-tokens 2048, below vLLM's defaults, so that it fits"
SPLIT_REASON = "tensor parallelism: heads or widths cannot be split so"
FORMAT_REASON = "number format: vLLM does not run it on the GPU"


class ModelShortlist(Frozen):
    """The models that can do the task and that the constraints allow."""

    models: tuple[str, ...]
    """Short names, sorted; every precision of a model counts once."""
    ruled_out: dict[str, int]
    """Reason to the number of models."""


@dataclass(frozen=True)
class ServedModel:
    """A catalogue model in a precision that vLLM can serve it in."""

    model: CatalogModel
    architecture: ModelArchitecture
    precision: Precision
    quantization: str | None
    """vLLM's name of the format."""
    online: bool = False
    """Whether vLLM quantises the published 16-bit weights itself."""


@dataclass(frozen=True)
class Candidate:
    """One served model on one kind of GPU, split over a number of them."""

    served: ServedModel
    gpu: GpuProfile
    tensor_parallel: int
    limits: EngineLimits
    notes: tuple[str, ...]
    """What differs from the published model or from vLLM's defaults."""
    impossible: str | None
    """Why it can never run; ``None`` when it can, given enough memory."""


@dataclass(frozen=True)
class CandidateTable:
    """All candidates and, a row each, their fixed figures; impossible ones have zeros."""

    candidates: tuple[Candidate, ...]
    names: NDArray[np.str_]
    """Of each candidate, like no other's; published checkpoints sort before ones that vLLM quantises."""
    served: tuple[ServedModel, ...]
    gpus: tuple[GpuProfile, ...]
    served_index: NDArray[np.intp]
    gpu_index: NDArray[np.intp]
    tensor_parallel: NDArray[np.int64]
    possible: NDArray[np.bool_]
    weights_gib: NDArray[np.float64]
    """On each GPU."""
    overhead_gib: NDArray[np.float64]
    """Activations and memory outside PyTorch on each GPU."""
    total_gib: NDArray[np.float64]
    """What each GPU has."""
    engines: Engines
    """With an empty KV cache: its size depends on the share of memory that the plan allows."""

    def kv_cache_bytes(self, gpu_memory_utilization: float) -> NDArray[np.float64]:
        """Bytes left for the KV cache on each GPU; 0 when the rest is already too much."""
        left = gpu_memory_utilization * self.total_gib - self.weights_gib - self.overhead_gib
        return np.where(self.possible, np.maximum(left, 0.0) * GIB, 0.0)


def served_models(reference: ReferenceData) -> tuple[ServedModel, ...]:
    """Each catalogue model as published and, for 16-bit ones, as FP8 made by vLLM at load time."""
    architectures = {architecture.name: architecture for architecture in reference.architectures}
    served: list[ServedModel] = []
    for model in reference.models:
        architecture = architectures[model.architecture]
        served.append(ServedModel(model, architecture, model.precision, model.quantization))
        if model.precision is Precision.BF16:
            served.append(ServedModel(model, architecture, Precision.FP8, ONLINE_FP8, online=True))
    return tuple(served)


def candidate_table(reference: ReferenceData, efficiencies: Efficiencies) -> CandidateTable:
    """The full product, with memory and step costs of every candidate that can run."""
    served = served_models(reference)
    rows: list[_Row] = []
    for served_at, one in enumerate(served):
        works = {d: engine_work(one.architecture, one.precision, Parallelism(d)) for d in TENSOR_PARALLEL_DEGREES}
        for gpu_at, gpu in enumerate(reference.gpus):
            rows += [
                _row(one, served_at, gpu, gpu_at, work, efficiencies)
                for degree, work in works.items()
                if degree <= gpu.gpus_per_node
            ]
    return CandidateTable(
        candidates=tuple(row.candidate for row in rows),
        names=np.array([_name(row.candidate) for row in rows], dtype=np.str_),
        served=served,
        gpus=reference.gpus,
        served_index=np.array([row.served_at for row in rows], dtype=np.intp),
        gpu_index=np.array([row.gpu_at for row in rows], dtype=np.intp),
        tensor_parallel=np.array([row.candidate.tensor_parallel for row in rows], dtype=np.int64),
        possible=np.array([row.candidate.impossible is None for row in rows], dtype=np.bool_),
        weights_gib=_floats([row.weights_gib for row in rows]),
        overhead_gib=_floats([row.overhead_gib for row in rows]),
        total_gib=_floats([row.candidate.gpu.total_memory_gib for row in rows]),
        engines=_engines(rows),
    )


@dataclass(frozen=True)
class _Row:
    candidate: Candidate
    served_at: int
    gpu_at: int
    weights_gib: float = 0.0
    overhead_gib: float = 0.0
    work: EngineWork | None = None
    rates: EngineRates | None = None


def _row(
    served: ServedModel, served_at: int, gpu: GpuProfile, gpu_at: int, work: EngineWork, efficiencies: Efficiencies
) -> _Row:
    limits, degree = default_engine_limits(gpu), work.parallelism.tensor
    runs = _runs_as(served, gpu)
    if isinstance(runs, UnsupportedFormat):
        reason = f"{FORMAT_REASON} ({runs.reason})"
        return _Row(Candidate(served, gpu, degree, limits, (), reason), served_at, gpu_at)
    if not valid_tensor_parallel(served.architecture, degree, served.model.quantization_group_size):
        return _Row(Candidate(served, gpu, degree, limits, (), SPLIT_REASON), served_at, gpu_at)
    fit, notes = _fit(served, gpu, degree, limits), [runs.note] if runs.note else []
    if not fit.fits:
        smaller = _fit(served, gpu, degree, SMALL_LIMITS)
        if smaller.fits:
            fit, limits = smaller, SMALL_LIMITS
            notes.append(SMALL_LIMITS_NOTE)
    return _Row(
        candidate=Candidate(served, gpu, degree, limits, tuple(notes), None),
        served_at=served_at,
        gpu_at=gpu_at,
        weights_gib=fit.weights_gib,
        overhead_gib=fit.activation_gib + fit.non_torch_gib + fit.cuda_graph_gib,
        work=work,
        rates=engine_rates(work, runs, served.quantization, gpu, SIXTEEN_BIT, efficiencies),
    )


def _fit(served: ServedModel, gpu: GpuProfile, degree: int, limits: EngineLimits) -> MemoryFit:
    return fit_memory(
        served.architecture,
        served.precision,
        gpu,
        degree,
        max_model_len=min(USUAL_CONTEXT, served.architecture.max_position_embeddings),
        max_num_batched_tokens=limits.max_num_batched_tokens,
        max_num_seqs=limits.max_num_seqs,
    )


def _runs_as(served: ServedModel, gpu: GpuProfile) -> ServedFormat | UnsupportedFormat:
    if served.online and gpu.fp8_tflops is None:
        return UnsupportedFormat("FP8 made at load time is planned only for GPUs with FP8 units")
    return served_format(served.precision, served.quantization, gpu, served.architecture)


def _name(candidate: Candidate) -> str:
    served, gpu = candidate.served, candidate.gpu.gpu_type
    return f"{served.online:d} {served.model.model_id} {served.precision} {gpu} {candidate.tensor_parallel}"


def _engines(rows: Sequence[_Row]) -> Engines:
    """Engines of all candidates; an impossible one stands with the figures of the first that can run, if one can."""
    able = [(row.work, row.rates) for row in rows if row.work and row.rates]
    filled = [(row.work, row.rates) if row.work and row.rates else able[0] for row in rows] if able else []
    works, rates = [work for work, _ in filled], [rate for _, rate in filled]

    def each(figure: Callable[[EngineWork], float]) -> NDArray[np.float64]:
        return _floats([figure(work) for work in works]) if able else np.zeros(len(rows))

    return Engines(
        curves=step_curves(works, rates) if able else idle_curves(len(rows)),
        max_num_seqs=_floats([row.candidate.limits.max_num_seqs for row in rows]),
        max_num_batched_tokens=_floats([row.candidate.limits.max_num_batched_tokens for row in rows]),
        kv_cache_bytes=np.zeros(len(rows)),
        kv_token_bytes=each(lambda work: SIXTEEN_BIT * work.full.cached + work.indexer_bytes),
        kv_window_token_bytes=each(lambda work: SIXTEEN_BIT * work.windowed.cached),
        state_bytes=each(lambda work: work.state_bytes),
    )


def _floats(values: Sequence[float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)
