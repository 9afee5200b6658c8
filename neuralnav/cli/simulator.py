"""``neuralnav simulator``: a vLLM replica without a GPU."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.model_names import NamedModel
from neuralnav.models.prediction import EngineRequest
from neuralnav.models.vocabulary import Precision
from neuralnav.services.engines import ConfiguredEngine, EngineCatalogue, EngineNames, configure, context_for
from neuralnav.services.prediction_inputs import read_inputs
from simulator.api.options import FITTING_CONTEXT, EngineOptions, SimulatorOptions, parse_options
from simulator.api.served_model import ServedModel

SHORTEST_CONTEXT = 2
PRECISION_OF = {
    "fp8": Precision.FP8,
    "fp8_per_tensor": Precision.FP8,
    "fp8_per_block": Precision.FP8,
    "fp8_per_channel": Precision.FP8,
    "mxfp8": Precision.FP8,
    "mxfp4": Precision.FP4,
}
"""vLLM's ways to quantise while loading, and the format that the weights get."""
FORMAT_OF_CACHE = {"bfloat16": "bf16", "float16": "bf16", "fp8_e4m3": "fp8", "fp8_e5m2": "fp8"}


def run(arguments: Sequence[str]) -> int:
    """Serve until stopped; 1 when the model does not fit on the GPUs."""
    options = parse_options(arguments, os.environ)
    for warning in options.warnings:
        _say(f"Warning: {warning}.")
    configured = _configured(options)
    for note in configured.notes:
        _say(f"Note: {note}.")
    if configured.reason is not None:
        _say(f"{_engine_name(options.engine, configured)} does not fit: {configured.reason}.")
        _say(_figures(configured))
        if configured.engine.memory.kv_cache_gib > 0 and options.engine.max_model_len != FITTING_CONTEXT:
            _say("A shorter context may fit: --max-model-len auto takes the longest that does.")
        return 1
    _say(f"{_engine_name(options.engine, configured)}: {_figures(configured)}")
    from simulator.api.application import create_app
    from simulator.api.server import serve

    served = _served(configured)
    app = create_app(configured.engine, served, options.server, prefix_caching=options.engine.prefix_caching)
    serve(app, options.server)
    return 0


def _configured(options: SimulatorOptions) -> ConfiguredEngine:
    """The engine that was asked for, of a model that ships or one that was added to the database."""
    wanted = options.engine
    request = _request(wanted)
    names = _resolved(request, options.server.served_model_names)
    request = request.model_copy(update={"precision": _precision(wanted, request.precision, names.model)})
    names = _resolved(request, options.server.served_model_names)
    if wanted.max_model_len == FITTING_CONTEXT:
        return _fitting(request, names)
    context = names.context_tokens if request.max_model_len is None else context_for(request, names, 0)
    return configure(request, names, context)


def _request(wanted: EngineOptions) -> EngineRequest:
    fields: dict[str, object] = {
        "model": wanted.model,
        "gpu": wanted.gpu,
        "tensor_parallel": wanted.tensor_parallel,
        "expert_parallel": wanted.tensor_parallel if wanted.expert_parallel else 1,
        "precision": wanted.precision,
        "kv_cache_dtype": FORMAT_OF_CACHE.get(wanted.kv_cache_dtype, wanted.kv_cache_dtype),
        "max_model_len": None if wanted.max_model_len == FITTING_CONTEXT else wanted.max_model_len,
        "max_num_seqs": wanted.max_num_seqs,
        "max_num_batched_tokens": wanted.max_num_batched_tokens,
        "gpu_memory_utilization": wanted.gpu_memory_utilization,
    }
    return read_inputs(EngineRequest, fields)


def _resolved(request: EngineRequest, served: Sequence[str]) -> EngineNames:
    """What the names mean. The weights may be in a directory, where only the served name says which model it is."""
    shipped = EngineCatalogue(read_seeds())
    try:
        return shipped.resolve(request)
    except NotFoundError as error:
        if any(problem.field == "gpu" for problem in error.problems):
            raise
        if request.model.startswith("/") and served[0] != request.model:
            return shipped.resolve(request.model_copy(update={"model": served[0]}))
        if find_spec("asyncpg") is None:
            raise
        return _added(request)


def _added(request: EngineRequest) -> EngineNames:
    """The same among the models of the database."""
    from neuralnav.knowledge.database import Database
    from neuralnav.knowledge.reference import load_reference
    from neuralnav.settings import get_settings

    async def resolve() -> EngineNames:
        async with Database.open(get_settings()) as database:
            return EngineCatalogue(await load_reference(database.pool)).resolve(request)

    return asyncio.run(resolve())


def _precision(wanted: EngineOptions, given: Precision | None, model: NamedModel) -> Precision | None:
    """The number format: as said, or what vLLM makes of the checkpoint."""
    method = wanted.quantization
    if given is not None or method is None or method == model.quantization:
        return given
    if model.quantization is not None or method not in PRECISION_OF:
        allowed = model.quantization or ", ".join(PRECISION_OF)
        problem = FieldProblem("--quantization", method, allowed)
        raise InvalidInputError(f"vLLM cannot load {model.model_id} so: {problem}.", (problem,))
    return PRECISION_OF[method]


def _fitting(request: EngineRequest, names: EngineNames) -> ConfiguredEngine:
    """The engine with the longest context that fits."""
    low, high = SHORTEST_CONTEXT, names.context_tokens
    best = configure(request, names, low)
    while best.reason is None and low < high:
        middle = (low + high + 1) // 2
        tried = configure(request, names, middle)
        if tried.reason is None:
            low, best = middle, tried
        else:
            high = middle - 1
    return best


def _served(configured: ConfiguredEngine) -> ServedModel:
    settings, limits = configured.settings, configured.engine.limits
    blocks = configured.engine.memory.kv_cache_tokens // limits.block_tokens
    cache_config = {
        "block_size": str(limits.block_tokens),
        "cache_dtype": "fp8" if settings.kv_bytes == 1 else "auto",
        "gpu_memory_utilization": f"{settings.gpu_memory_utilization:g}",
        "num_gpu_blocks": str(blocks),
        "num_cpu_blocks": "0",
    }
    return ServedModel(
        model_id=configured.model.model_id,
        max_model_len=settings.max_model_len,
        vocabulary_size=configured.model.architecture.vocab_size,
        cache_config=cache_config,
    )


def _engine_name(wanted: EngineOptions, configured: ConfiguredEngine) -> str:
    gpus = f"{wanted.tensor_parallel}x {configured.gpu.gpu_type}"
    return f"{configured.model.model_id} ({configured.model.precision}) on {gpus}"


def _figures(configured: ConfiguredEngine) -> str:
    memory, limits = configured.engine.memory, configured.limits
    return (
        f"context {configured.settings.max_model_len:,} tokens, at most {limits.max_num_seqs:,} sequences and "
        f"{limits.max_num_batched_tokens:,} tokens a step. Each GPU has {memory.total_gib:.1f} GiB: weights "
        f"{memory.weights_gib:.1f}, activation {memory.activation_gib:.1f}, outside PyTorch "
        f"{memory.non_torch_gib:.1f}, KV cache {memory.kv_cache_gib:.1f} GiB for {memory.kv_cache_tokens:,} tokens."
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
