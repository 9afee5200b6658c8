"""From names and settings that somebody asks for to an engine that can be simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import GpuProfile, ReferenceData
from neuralnav.models.gpus import resolve_gpu
from neuralnav.models.model_names import NamedModel
from neuralnav.models.model_search import find_model
from neuralnav.models.prediction import EngineRequest
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import SIXTEEN_BIT, valid_tensor_parallel
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.engine import Engine, EngineSettings, build_engine
from neuralnav.performance.memory import EngineLimits, default_engine_limits
from neuralnav.performance.work import Parallelism
from neuralnav.planning.candidates import SMALL_LIMITS, SMALL_LIMITS_NOTE
from neuralnav.services.loads import usual_context

FP8_KV_BYTES = 1.0


@dataclass(frozen=True)
class ConfiguredEngine:
    """An engine, and what was resolved and chosen on the way to it."""

    model: NamedModel
    gpu: GpuProfile
    settings: EngineSettings
    limits: EngineLimits
    engine: Engine
    reason: str | None
    """Why it does not fit."""
    notes: tuple[str, ...]
    """What differs from vLLM's defaults."""


@dataclass(frozen=True)
class EngineNames:
    """A model and a GPU that were asked for by name."""

    model: NamedModel
    gpu: GpuProfile

    @property
    def context_tokens(self) -> int:
        """The model's longest context."""
        return self.model.architecture.max_position_embeddings


class EngineCatalogue:
    """Models and GPUs by name; what was found once is found at once the next time."""

    def __init__(self, reference: ReferenceData) -> None:
        self._reference = reference
        self._models: dict[tuple[str, Precision | None], NamedModel] = {}

    def resolve(self, request: EngineRequest) -> EngineNames:
        """The model and the GPU that ``request`` names.

        Raises:
            NotFoundError: nothing is called so; the error offers close names.
            InvalidInputError: the GPU's name means several.
        """
        gpus = resolve_gpu(request.gpu)
        if len(gpus) > 1:
            problem = FieldProblem("gpu", request.gpu, ", ".join(gpus))
            raise InvalidInputError(f"{request.gpu} means several GPUs: say {' or '.join(gpus)}.", (problem,))
        wanted = (request.model, request.precision)
        if wanted not in self._models:
            self._models[wanted] = find_model(request.model, self._reference, request.precision)
        return EngineNames(self._models[wanted], next(gpu for gpu in self._reference.gpus if gpu.gpu_type is gpus[0]))


def context_for(request: EngineRequest, names: EngineNames, longest_request: float) -> int:
    """``max_model_len``: as asked for, or what requests of up to ``longest_request`` tokens need.

    Raises:
        InvalidInputError: more is asked for than the model's context.
    """
    most = names.context_tokens
    if request.max_model_len is None:
        return usual_context(longest_request, most)
    if request.max_model_len > most:
        allowed = f"2 to {most:,}, the context of {names.model.model_id}"
        raise _refusal("max_model_len", request.max_model_len, allowed)
    return request.max_model_len


def configure(
    request: EngineRequest, names: EngineNames, max_model_len: int, efficiencies: Efficiencies | None = None
) -> ConfiguredEngine:
    """The engine of ``request``. Where it does not fit, ``reason`` says why.

    vLLM's default limits give way to smaller ones where only these fit, as in a plan.

    Raises:
        InvalidInputError: vLLM does not run the number format on the GPU, or the parallelism cannot be.
    """
    parallelism = _parallelism(request, names)
    settings = EngineSettings(
        max_model_len=max_model_len,
        limits=_limits(request, names.gpu),
        gpu_memory_utilization=request.gpu_memory_utilization,
        kv_bytes=FP8_KV_BYTES if request.kv_cache_dtype == "fp8" else SIXTEEN_BIT,
        engine_version=request.engine_version,
    )
    engine = _build(names, parallelism, settings, efficiencies)
    notes = list(_splitting_notes(names, parallelism))
    if not engine.memory.fits and request.max_num_seqs is None and request.max_num_batched_tokens is None:
        smaller = replace(settings, limits=SMALL_LIMITS)
        with_smaller = _build(names, parallelism, smaller, efficiencies)
        if with_smaller.memory.fits:
            engine, settings = with_smaller, smaller
            notes.append(SMALL_LIMITS_NOTE)
    return ConfiguredEngine(
        model=names.model,
        gpu=names.gpu,
        settings=settings,
        limits=settings.limits or default_engine_limits(names.gpu),
        engine=engine,
        reason=_uneven_groups(names.model, parallelism) or engine.memory.reason,
        notes=tuple(notes),
    )


def _build(
    names: EngineNames, parallelism: Parallelism, settings: EngineSettings, efficiencies: Efficiencies | None
) -> Engine:
    model = names.model
    return build_engine(
        model.architecture, model.precision, model.quantization, names.gpu, parallelism, settings, efficiencies
    )


def _uneven_groups(model: NamedModel, parallelism: Parallelism) -> str | None:
    """Why vLLM cannot split quantised layers so; experts it can deal out whole instead."""
    group = model.quantization_group_size
    if model.architecture.num_experts or valid_tensor_parallel(model.architecture, parallelism.tensor, group):
        return None
    if not valid_tensor_parallel(model.architecture, parallelism.tensor):
        return None
    return f"the weights' groups of {group} cannot be split over {parallelism.tensor} GPUs"


def _splitting_notes(names: EngineNames, parallelism: Parallelism) -> Iterator[str]:
    model, tensor = names.model, parallelism.tensor
    whole_groups = valid_tensor_parallel(model.architecture, tensor, model.quantization_group_size)
    if model.architecture.num_experts and parallelism.expert == 1 and not whole_groups:
        yield f"the experts' groups of weights do not split over {tensor} GPUs: vLLM needs --enable-expert-parallel"
    if tensor > names.gpu.gpus_per_node:
        yield f"a node has {names.gpu.gpus_per_node} of these GPUs; links between nodes are taken to be as fast"
    if parallelism.data > 1:
        yield f"one of {parallelism.data} data-parallel ranks was simulated with its even share of the load"


def _limits(request: EngineRequest, gpu: GpuProfile) -> EngineLimits:
    """What was asked for; what was not takes vLLM's default, or as much as the other needs."""
    default, tokens = default_engine_limits(gpu), request.max_num_batched_tokens
    sequences = request.max_num_seqs or min(default.max_num_seqs, tokens or default.max_num_seqs)
    return EngineLimits(tokens or max(default.max_num_batched_tokens, sequences), sequences)


def _parallelism(request: EngineRequest, names: EngineNames) -> Parallelism:
    experts = names.model.architecture.num_experts
    if request.expert_parallel > 1 and experts is None:
        raise _refusal("expert_parallel", request.expert_parallel, f"1: {names.model.model_id} has no experts")
    if request.expert_parallel > (experts or 1):
        raise _refusal("expert_parallel", request.expert_parallel, f"at most {experts}, the experts of a layer")
    return Parallelism(request.tensor_parallel, request.expert_parallel, request.data_parallel)


def _refusal(field: str, value: object, allowed: str) -> InvalidInputError:
    problem = FieldProblem(field, value, allowed)
    return InvalidInputError(f"This cannot be predicted: {problem}.", (problem,))
