"""Every configuration that could be asked for: model x precision x GPU x tensor parallelism, with what is fixed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.base import Frozen
from neuralnav.models.catalog import CatalogModel, GpuProfile, ModelArchitecture, ReferenceData
from neuralnav.models.plan import Recommendation
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.performance.architecture import SIXTEEN_BIT, kv_cache_bytes, valid_tensor_parallel
from neuralnav.performance.formats import ServedFormat, UnsupportedFormat, served_format
from neuralnav.performance.memory import (
    BLOCK_TOKENS,
    GIB,
    EngineLimits,
    EngineMemory,
    default_engine_limits,
    engine_memory,
)
from neuralnav.performance.work import EngineWork, Parallelism, engine_work

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

TENSOR_PARALLEL_DEGREES = (1, 2, 4, 8)
"""GPUs a replica; more would cross nodes."""
MOST_DEGREE = 1 + max(TENSOR_PARALLEL_DEGREES)
ONLINE_FP8 = "fp8"
"""What vLLM calls FP8 that it makes itself from 16-bit weights while it loads them."""
ONLINE_FP8_NOTE = "FP8 made by vLLM from the published 16-bit weights at load time (--quantization fp8)"
USUAL_CONTEXT = 8192
"""Context that vLLM's default limits must leave room for; where they do not, smaller ones are planned."""
USUAL_MEMORY_SHARE = 0.9
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
    work: EngineWork
    runs: ServedFormat | None
    """How vLLM runs it; ``None``: not at all."""


@dataclass(frozen=True)
class CandidateTable:
    """All candidates and, a row each, their fixed figures; impossible ones have zeros."""

    candidates: tuple[Candidate, ...]
    names: NDArray[np.str_]
    """Of each candidate, like no other's; published checkpoints sort before ones that vLLM quantises."""
    engine_keys: NDArray[np.str_]
    """Digests of all that performance depends on: candidates with the same one are the same engine."""
    served: tuple[ServedModel, ...]
    gpus: tuple[GpuProfile, ...]
    served_index: NDArray[np.intp]
    gpu_index: NDArray[np.intp]
    tensor_parallel: NDArray[np.int64]
    possible: NDArray[np.bool_]
    weights_gib: Floats
    """On each GPU."""
    overhead_gib: Floats
    """Activations and memory outside PyTorch on each GPU."""
    total_gib: Floats
    """What each GPU has."""
    max_num_seqs: Floats
    max_num_batched_tokens: Floats
    kv_token_bytes: Floats
    """KV-cache bytes of one context token on each GPU, in the layers with full attention."""
    kv_window_token_bytes: Floats
    """The same in the layers with a sliding window."""
    window: Floats
    """Tokens of the sliding window."""
    state_bytes: Floats
    """Bytes of a sequence that do not grow, on each GPU."""

    def kv_cache_bytes(self, gpu_memory_utilization: float) -> Floats:
        """Bytes left for the KV cache on each GPU; 0 when the rest is already too much."""
        left = gpu_memory_utilization * self.total_gib - self.weights_gib - self.overhead_gib
        return np.floor(np.where(self.possible, np.maximum(left, 0.0) * GIB, 0.0))

    def sequence_bytes(self, context_tokens: Floats) -> Floats:
        """KV-cache bytes of a sequence of ``context_tokens`` (one entry a candidate) on each GPU: whole blocks."""
        blocks = np.ceil(context_tokens / BLOCK_TOKENS)
        window_blocks = np.minimum(blocks, np.ceil(self.window / BLOCK_TOKENS) + 1)
        growing = blocks * np.rint(BLOCK_TOKENS * self.kv_token_bytes)
        windowed = window_blocks * np.rint(BLOCK_TOKENS * self.kv_window_token_bytes)
        return np.asarray(growing + windowed + np.rint(self.state_bytes))

    def find(self, option: Recommendation) -> int | None:
        """The row of the configuration that an option of a plan is; ``None``: there is none any more."""
        for row in self.named(option.model, option.precision, option.gpu_type, option.tensor_parallel).tolist():
            if self.candidates[row].served.quantization == option.engine.quantization:
                return int(row)
        return None

    @cached_property
    def name_ranks(self) -> NDArray[np.intp]:
        """The place of each candidate's name among all names."""
        ranks = np.empty(self.names.size, dtype=np.intp)
        ranks[np.argsort(self.names)] = np.arange(self.names.size)
        return ranks

    @cached_property
    def kinds(self) -> NDArray[np.intp]:
        """GPU and degree of each candidate as one number: ``gpu_index`` x ``MOST_DEGREE`` + ``tensor_parallel``."""
        return self.gpu_index * MOST_DEGREE + self.tensor_parallel

    @cached_property
    def impossible(self) -> Mapping[str, Booleans]:
        """Reasons why candidates can never run, in alphabetical order, and for which ones they hold."""
        reasons = np.array([candidate.impossible or "" for candidate in self.candidates])
        return {reason: reasons == reason for reason in sorted(set(reasons.tolist()) - {""})}

    @cached_property
    def model_names(self) -> NDArray[np.str_]:
        """The short name of each candidate's model."""
        return np.array([one.model.short_name for one in self.served], dtype=np.str_)[self.served_index]

    @cached_property
    def gpu_names(self) -> NDArray[np.str_]:
        """The name of each candidate's GPU."""
        return np.array([gpu.gpu_type.value for gpu in self.gpus], dtype=np.str_)[self.gpu_index]

    @cached_property
    def gpus_per_node(self) -> Floats:
        """How many GPUs a machine of each candidate has."""
        return np.array([gpu.gpus_per_node for gpu in self.gpus], dtype=np.float64)[self.gpu_index]

    def named(self, model: str, precision: Precision, gpu: GpuType, tensor_parallel: int) -> NDArray[np.intp]:
        """The candidates that are a checkpoint in a precision on so many GPUs: one, or none."""
        served = [
            at for at, one in enumerate(self.served) if one.model.model_id == model and one.precision is precision
        ]
        kinds = [at * MOST_DEGREE + tensor_parallel for at, one in enumerate(self.gpus) if one.gpu_type is gpu]
        return np.flatnonzero(np.isin(self.kinds, kinds) & np.isin(self.served_index, served))

    def models_each(self, values: Sequence[float]) -> Floats:
        """A value for each served model as one for each candidate."""
        return np.array(values, dtype=np.float64)[self.served_index]


def served_models(reference: ReferenceData) -> tuple[ServedModel, ...]:
    """Each catalogue model as published; where nobody published it in FP8, also as FP8 made by vLLM at load time."""
    in_fp8 = {model.short_name for model in reference.models if model.precision is Precision.FP8}
    architectures = {architecture.name: architecture for architecture in reference.architectures}
    served: list[ServedModel] = []
    for model in reference.models:
        architecture = architectures[model.architecture]
        served.append(ServedModel(model, architecture, model.precision, model.quantization))
        if model.precision is Precision.BF16 and model.short_name not in in_fp8:
            served.append(ServedModel(model, architecture, Precision.FP8, ONLINE_FP8, online=True))
    return tuple(served)


def candidate_table(reference: ReferenceData) -> CandidateTable:
    """The full product, with what every candidate that can run takes of its GPUs' memory."""
    served = served_models(reference)
    limits = [default_engine_limits(gpu) for gpu in reference.gpus]
    rows: list[_Row] = []
    for served_at, one in enumerate(served):
        runs = [_runs_as(one, gpu) for gpu in reference.gpus]
        offers = list(zip(reference.gpus, limits, runs, strict=True))
        for degree in TENSOR_PARALLEL_DEGREES:
            rows += _rows(_Split(one, degree), served_at, offers)
    return CandidateTable(
        candidates=tuple(row.candidate for row in rows),
        names=np.array([_name(row.candidate) for row in rows], dtype=np.str_),
        engine_keys=_engine_keys(rows),
        served=served,
        gpus=reference.gpus,
        served_index=np.array([row.served_at for row in rows], dtype=np.intp),
        gpu_index=np.array([row.gpu_at for row in rows], dtype=np.intp),
        tensor_parallel=np.array([row.candidate.tensor_parallel for row in rows], dtype=np.int64),
        possible=np.array([row.candidate.impossible is None for row in rows], dtype=np.bool_),
        weights_gib=_floats([row.memory.weights_gib for row in rows]),
        overhead_gib=_floats([row.memory.total_gib - row.memory.weights_gib for row in rows]),
        total_gib=_floats([row.candidate.gpu.total_memory_gib for row in rows]),
        max_num_seqs=_floats([row.candidate.limits.max_num_seqs for row in rows]),
        max_num_batched_tokens=_floats([row.candidate.limits.max_num_batched_tokens for row in rows]),
        kv_token_bytes=_floats([_kv_token_bytes(row.candidate.work) for row in rows]),
        kv_window_token_bytes=_floats([SIXTEEN_BIT * row.candidate.work.windowed.cached for row in rows]),
        window=_floats([float(row.candidate.work.window) for row in rows]),
        state_bytes=_floats([row.candidate.work.state_bytes for row in rows]),
    )


_Offer: TypeAlias = tuple[GpuProfile, EngineLimits, ServedFormat | UnsupportedFormat]
"""A GPU, vLLM's defaults on it, and how it runs a served model there."""


class _Split:
    """A served model over a number of GPUs of any kind."""

    def __init__(self, served: ServedModel, degree: int) -> None:
        architecture = served.architecture
        self.served = served
        self.degree = degree
        self.valid = valid_tensor_parallel(architecture, degree, served.model.quantization_group_size)
        self.work = engine_work(architecture, served.precision, Parallelism(degree))
        context = min(USUAL_CONTEXT, architecture.max_position_embeddings)
        self._usual_sequence_gib = kv_cache_bytes(architecture, context, SIXTEEN_BIT, degree) / GIB
        self._memory: dict[EngineLimits, EngineMemory] = {}

    def memory(self, limits: EngineLimits) -> EngineMemory:
        """What it takes on each GPU besides the KV cache."""
        if limits not in self._memory:
            self._memory[limits] = engine_memory(self.served.architecture, self.served.precision, self.degree, limits)
        return self._memory[limits]

    def fits(self, gpu: GpuProfile, limits: EngineLimits) -> bool:
        """Whether vLLM's usual share of the memory leaves room for a sequence of usual length."""
        left = USUAL_MEMORY_SHARE * gpu.total_memory_gib - self.memory(limits).total_gib
        return left >= self._usual_sequence_gib


@dataclass(frozen=True)
class _Row:
    candidate: Candidate
    served_at: int
    gpu_at: int
    memory: EngineMemory


def _rows(split: _Split, served_at: int, offers: Sequence[_Offer]) -> Iterator[_Row]:
    for gpu_at, (gpu, limits, runs) in enumerate(offers):
        if split.degree <= gpu.gpus_per_node:
            notes: list[str] = []
            impossible = None if split.valid else SPLIT_REASON
            if isinstance(runs, UnsupportedFormat):
                impossible = f"{FORMAT_REASON} ({runs.reason})"
            else:
                notes += [runs.note] if runs.note else []
                if not split.fits(gpu, limits) and split.fits(gpu, SMALL_LIMITS):
                    limits = SMALL_LIMITS
                    notes.append(SMALL_LIMITS_NOTE)
            yield _Row(
                candidate=Candidate(
                    served=split.served,
                    gpu=gpu,
                    tensor_parallel=split.degree,
                    limits=limits,
                    notes=tuple(notes),
                    impossible=impossible,
                    work=split.work,
                    runs=runs if isinstance(runs, ServedFormat) else None,
                ),
                served_at=served_at,
                gpu_at=gpu_at,
                memory=split.memory(limits),
            )


def _runs_as(served: ServedModel, gpu: GpuProfile) -> ServedFormat | UnsupportedFormat:
    """How vLLM runs ``served`` on ``gpu``."""
    if served.online and gpu.fp8_tflops is None:
        return UnsupportedFormat("FP8 made at load time is planned only for GPUs with FP8 units")
    return served_format(served.precision, served.quantization, gpu, served.architecture)


def _name(candidate: Candidate) -> str:
    served, gpu = candidate.served, candidate.gpu.gpu_type
    return f"{served.online:d} {served.model.model_id} {served.precision} {gpu} {candidate.tensor_parallel}"


def _kv_token_bytes(work: EngineWork) -> float:
    return SIXTEEN_BIT * work.full.cached + work.indexer_bytes


def _engine_keys(rows: Sequence[_Row]) -> NDArray[np.str_]:
    architectures = {row.candidate.served.architecture.name: row.candidate.served.architecture for row in rows}
    gpus = {row.candidate.gpu.gpu_type: row.candidate.gpu for row in rows}
    shapes = {name: digest(one.model_dump_json(exclude=_SHAPELESS)) for name, one in architectures.items()}
    hardware = {name: digest(one.model_dump_json(exclude=_SPEEDLESS)) for name, one in gpus.items()}
    return np.array([_engine_key(row, shapes, hardware) for row in rows], dtype=np.str_)


def _engine_key(row: _Row, shapes: Mapping[str, str], hardware: Mapping[GpuType, str]) -> str:
    candidate = row.candidate
    served, limits, runs = candidate.served, candidate.limits, candidate.runs
    parts = (
        shapes[served.architecture.name],
        hardware[candidate.gpu.gpu_type],
        candidate.tensor_parallel,
        served.precision,
        served.quantization,
        runs and runs.arithmetic,
        runs and runs.peak_flops,
        limits.max_num_batched_tokens,
        limits.max_num_seqs,
        f"{row.memory.total_gib:.6f}",
        f"{_kv_token_bytes(candidate.work):.6f}",
        served.model.context_tokens,
    )
    return digest("|".join(map(str, parts)))


_PROVENANCE = {"source", "source_licence", "as_of"}
_SHAPELESS = _PROVENANCE | {"name", "checkpoints", "published_parameters", "extra_parameters_note"}
"""What of an architecture changes no figure."""
_SPEEDLESS = _PROVENANCE | {"kubernetes_resource", "node_label_key", "node_label_product"}
"""What of a GPU changes none."""


def digest(text: str) -> str:
    """A short digest: 64 bits tell some ten thousand engines apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)
