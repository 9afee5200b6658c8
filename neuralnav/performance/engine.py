"""One engine, ready to be simulated: a model in a number format on GPUs of a kind, with vLLM's limits."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import SIXTEEN_BIT
from neuralnav.performance.clients import Clients
from neuralnav.performance.efficiencies import Efficiencies, shipped_efficiencies
from neuralnav.performance.formats import UnsupportedFormat, served_format
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.memory import BLOCK_TOKENS, GIB, EngineLimits, MemoryFit, default_engine_limits, fit_memory
from neuralnav.performance.rates import engine_rates
from neuralnav.performance.step_tables import StepTables
from neuralnav.performance.step_time import step_curves
from neuralnav.performance.work import EngineWork, Parallelism, engine_work


@dataclass(frozen=True)
class EngineSettings:
    """How an engine is started; the defaults are vLLM's."""

    max_model_len: int
    limits: EngineLimits | None = None
    """``None``: vLLM's for the GPU."""
    gpu_memory_utilization: float = 0.9
    kv_bytes: float = SIXTEEN_BIT
    """Of a KV-cache element: 2, or 1 for an FP8 cache."""
    engine_version: str | None = None


@dataclass(frozen=True)
class Engine:
    """What the scheduler needs to know of one data-parallel rank, and what the answer adds around it."""

    tables: StepTables
    limits: ReplicaLimits
    memory: MemoryFit
    parallelism: Parallelism
    clients: Clients


def build_engine(
    architecture: ModelArchitecture,
    precision: Precision,
    quantization: str | None,
    gpu: GpuProfile,
    parallelism: Parallelism,
    settings: EngineSettings,
    efficiencies: Efficiencies | None = None,
) -> Engine:
    """The engine of ``architecture`` in ``precision`` (vLLM's name of the format: ``quantization``).

    Where it does not fit, ``memory.fits`` is false, ``memory.reason`` says why, and nothing can be simulated.

    Raises:
        InvalidInputError: vLLM does not run the format on the GPU.
    """
    served = served_format(precision, quantization, gpu, architecture)
    if isinstance(served, UnsupportedFormat):
        raise InvalidInputError(
            f"precision: {precision} does not run on {gpu.gpu_type}: {served.reason}.",
            (FieldProblem("precision", precision.value, "a format that vLLM runs on the GPU"),),
        )
    limits = settings.limits or default_engine_limits(gpu)
    memory = fit_memory(
        architecture,
        precision,
        gpu,
        parallelism.tensor,
        data_parallel=parallelism.data,
        gpu_memory_utilization=settings.gpu_memory_utilization,
        max_model_len=settings.max_model_len,
        max_num_batched_tokens=limits.max_num_batched_tokens,
        max_num_seqs=limits.max_num_seqs,
        kv_bytes=settings.kv_bytes,
    )
    work = engine_work(architecture, precision, parallelism)
    used = efficiencies or shipped_efficiencies()
    rates = engine_rates(work, served, quantization, gpu, settings.kv_bytes, used, settings.engine_version)
    held = replica_limits(work, limits, int(memory.kv_cache_gib * GIB), settings.kv_bytes)
    return Engine(
        tables=step_curves([work], [rates]).tables(0, held.max_num_seqs, held.max_num_batched_tokens),
        limits=held,
        memory=memory,
        parallelism=parallelism,
        clients=Clients(rates.costs.client_s, rates.costs.client_token_s, rates.costs.client_stream_s),
    )


def replica_limits(work: EngineWork, limits: EngineLimits, kv_cache_bytes: int, kv_bytes: float) -> ReplicaLimits:
    """What one data-parallel rank holds when each of its GPUs has ``kv_cache_bytes`` for the KV cache."""
    block = BLOCK_TOKENS * kv_bytes
    return ReplicaLimits(
        max_num_seqs=limits.max_num_seqs,
        max_num_batched_tokens=max(limits.max_num_batched_tokens, limits.max_num_seqs),
        kv_cache_bytes=kv_cache_bytes,
        block_tokens=BLOCK_TOKENS,
        block_bytes=round(block * work.full.cached + BLOCK_TOKENS * work.indexer_bytes),
        window_block_bytes=round(block * work.windowed.cached),
        window_blocks=-(-work.window // BLOCK_TOKENS) + 1,
        sequence_bytes=round(work.state_bytes),
    )
