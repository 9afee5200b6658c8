"""The model and the GPU memory of a trace: what is served, from which checkpoint, and what fits beside it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from neuralnav.models.trace import TraceSource
from neuralnav.performance.architecture import (
    SIXTEEN_BIT,
    ParameterCounts,
    bytes_per_weight,
    kv_bytes_per_token,
    kv_cache_bytes,
    parameter_counts,
    weight_bytes,
)
from neuralnav.performance.memory import (
    CUDA_GRAPH_GIB,
    NCCL_GIB,
    NCCL_GROWTH,
    NON_TORCH_GIB,
    activation_bytes,
    default_engine_limits,
    engine_memory,
    fit_memory,
    loaded_weight_bytes,
)
from neuralnav.planning.candidates import SMALL_LIMITS_NOTE
from neuralnav.planning.recommendations import Evaluated
from neuralnav.planning.suitability import LENGTH_STEP, LONG_REQUESTS, SHORTEST_CONTEXT, context_tokens, p95_request
from neuralnav.planning.tracing.context import ONLY, Traced
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.sources import (
    constant,
    of_architecture,
    of_gpu,
    of_model,
    of_policy,
    worked_out,
)


def trace_model(traced: Traced, ledger: Ledger) -> None:
    """The checkpoint, its licence, its shape and its parameters, and the GPU's figures."""
    served, option = traced.candidate.served, traced.option
    model, architecture = of_model(served.model), of_architecture(served.architecture)
    ledger.given("checkpoint", served.model.model_id, model, planned=option.model)
    ledger.given("licence", served.model.licence, model)
    ledger.given("licence_allows_commercial_use", served.model.licence_allows_commercial_use, model)
    ledger.given("approved_for_production", served.model.approved_for_production, model)
    ledger.given("precision", served.precision.value, model, planned=option.precision.value)
    ledger.given("quantization", served.quantization or "none", model, planned=option.engine.quantization or "none")
    for words in traced.candidate.notes:
        ledger.note(words)
    if served.online:
        ledger.note("The published 16-bit weights are quantised by vLLM while it loads them.")
    ledger.given("context_window", served.model.context_tokens, model, unit="tokens")
    ledger.given("architecture", served.architecture.name, architecture)
    _parameters(parameter_counts(served.architecture), ledger, architecture)
    ledger.given("published_parameters", served.architecture.published_parameters, architecture)
    _hardware(traced, ledger)
    ledger.close("model")


def trace_memory(traced: Traced, ledger: Ledger) -> None:
    """Where each GPU's memory goes, and how many tokens the KV cache holds."""
    _context(traced, ledger)
    _limits(traced, ledger)
    candidate, spec = traced.candidate, traced.specification
    served, degree = candidate.served, candidate.tensor_parallel
    shape, source = served.architecture, of_architecture(served.architecture)
    held = engine_memory(shape, served.precision, degree, candidate.limits)
    each_gpu = weight_bytes(shape, served.precision, degree)
    ledger.given(
        "weight_bytes",
        each_gpu,
        _by(weight_bytes, source),
        note=f"on each of {degree} GPUs, {bytes_per_weight(served.precision, shape.quantized_layers):g} bytes a "
        f"quantised weight; what the checkpoint does not quantise stays 16 bit",
    )
    rotary = loaded_weight_bytes(shape, served.precision, degree) - each_gpu
    ledger.given("rotary_table_bytes", rotary, _by(loaded_weight_bytes, source))
    ledger.derived("weights_gib", held.weights_gib, "(weight_bytes + rotary_table_bytes) / 2^30", engine_memory)
    ledger.given(
        "activation_gib",
        held.activation_gib,
        _by(activation_bytes, source),
        note="peak of one step of max_num_batched_tokens, or of the sampler for max_num_seqs",
    )
    ledger.derived(
        "non_torch_gib",
        held.non_torch_gib,
        f"{NON_TORCH_GIB} + {NCCL_GIB} x (tensor_parallel - 1)^{NCCL_GROWTH}",
        engine_memory,
        note="constants from measured starts of vLLM",
    )
    ledger.given("cuda_graph_gib", CUDA_GRAPH_GIB, constant("CUDA_GRAPH_GIB", fit_memory.__module__))
    ledger.given(
        "gpu_memory_utilization",
        spec.policy.gpu_memory_utilization,
        of_policy(spec, "gpu_memory_utilization"),
        planned=traced.option.engine.gpu_memory_utilization,
    )
    _kv_cache(traced, ledger, source)
    ledger.close("memory")


def _parameters(counts: ParameterCounts, ledger: Ledger, source: TraceSource) -> None:
    """Parameters by component, those that there are, and their sum."""
    parts = {field.name: getattr(counts, field.name) for field in fields(counts) if field.name != "active_per_token"}
    there = {f"{name}_parameters": count for name, count in parts.items() if count}
    for name, count in there.items():
        ledger.given(name, count, _by(parameter_counts, source))
    ledger.derived("total_parameters", counts.total, " + ".join(there), parameter_counts)
    ledger.given("active_parameters", counts.active_per_token, _by(parameter_counts, source), note="for each token")


def _hardware(traced: Traced, ledger: Ledger) -> None:
    gpu, source = traced.candidate.gpu, of_gpu(traced.candidate.gpu)
    ledger.given("gpu_type", gpu.gpu_type.value, source, planned=traced.option.gpu_type.value)
    ledger.given("gpu_memory_gib", gpu.total_memory_gib, source, note="what vLLM sees")
    ledger.given("memory_bandwidth", gpu.memory_bandwidth_gb_s, source, unit="GB/s")
    for name in ("fp16_tflops", "fp8_tflops", "fp4_tflops"):
        if (peak := getattr(gpu, name)) is not None:
            ledger.given(name, peak, source, unit="TFLOPS")
    ledger.given("interconnect", gpu.interconnect_gb_s, source, unit="GB/s")
    ledger.given("gpus_per_machine", gpu.gpus_per_node, source)
    ledger.given(
        "tensor_parallel",
        traced.candidate.tensor_parallel,
        worked_out(Evaluated.recommend),
        unit="GPUs",
        planned=traced.option.tensor_parallel,
        note="one of the degrees that are tried: each is a configuration of its own",
    )


def _context(traced: Traced, ledger: Ledger) -> None:
    """The longest request that is served."""
    spec = traced.specification
    longest = p95_request(spec)
    if spec.traffic.mix:
        ledger.given("p95_request_tokens", longest, worked_out(p95_request), note="the longest of the load's parts")
    else:
        ledger.derived("p95_request_tokens", longest, "prompt_tokens_p95 + output_tokens_p95", p95_request)
    wanted = f"ceil(floor({LONG_REQUESTS:g} x p95_request_tokens) / {LENGTH_STEP}) x {LENGTH_STEP}"
    ledger.derived(
        "max_model_len",
        traced.judged.context_tokens,
        f"min(max({wanted}, {SHORTEST_CONTEXT}), context_window)",
        context_tokens,
        unit="tokens",
        planned=traced.option.engine.max_model_len,
    )


def _limits(traced: Traced, ledger: Ledger) -> None:
    limits, engine = traced.candidate.limits, traced.option.engine
    smaller = SMALL_LIMITS_NOTE in traced.candidate.notes
    note = "below vLLM's default, so that it fits" if smaller else "vLLM's default on this GPU"
    by = worked_out(default_engine_limits)
    ledger.given("max_num_seqs", limits.max_num_seqs, by, unit="sequences", planned=engine.max_num_seqs, note=note)
    ledger.given(
        "max_num_batched_tokens",
        limits.max_num_batched_tokens,
        by,
        planned=engine.max_num_batched_tokens,
        note=note,
    )


def _kv_cache(traced: Traced, ledger: Ledger, source: TraceSource) -> None:
    candidate, context = traced.candidate, traced.judged.context_tokens
    shape, degree = candidate.served.architecture, candidate.tensor_parallel
    fit = fit_memory(
        shape,
        candidate.served.precision,
        candidate.gpu,
        degree,
        gpu_memory_utilization=traced.specification.policy.gpu_memory_utilization,
        max_model_len=context,
        max_num_batched_tokens=candidate.limits.max_num_batched_tokens,
        max_num_seqs=candidate.limits.max_num_seqs,
    )
    ledger.derived(
        "kv_cache_gib",
        fit.kv_cache_gib,
        "max(gpu_memory_utilization x gpu_memory_gib "
        "- weights_gib - activation_gib - non_torch_gib - cuda_graph_gib, 0)",
        fit_memory,
        note="vLLM's rule",
    )
    ledger.given(
        "kv_token_bytes",
        kv_bytes_per_token(shape, SIXTEEN_BIT, degree),
        _by(kv_bytes_per_token, source),
        note="one more token on each GPU, while it is inside every window; 16-bit cache",
    )
    ledger.given(
        "longest_sequence_bytes",
        kv_cache_bytes(shape, context, SIXTEEN_BIT, degree),
        _by(kv_cache_bytes, source),
        note="a sequence of max_model_len on each GPU",
    )
    ledger.derived(
        "kv_cache_tokens",
        fit.kv_cache_tokens,
        "floor(kv_cache_gib x 2^30 / longest_sequence_bytes x max_model_len)",
        fit_memory,
        note="in sequences of max_model_len",
    )


def trace_memory_use(traced: Traced, ledger: Ledger) -> None:
    """How much of each GPU's memory is in use at peak."""
    evaluated, shape = traced.evaluated, of_architecture(traced.candidate.served.architecture)
    ledger.given(
        "mean_sequence_bytes",
        float(evaluated.load.sequence_bytes[ONLY]),
        _by(kv_cache_bytes, shape),
        note=f"a sequence in flight, {math.floor(traced.shape.workload.context_tokens):,} tokens long on average",
    )
    ledger.derived(
        "memory_used",
        traced.today.utilisation.gpu_memory,
        "min((weights_gib + activation_gib + non_torch_gib + cuda_graph_gib "
        "+ sequences_in_flight x mean_sequence_bytes / 2^30) / gpu_memory_gib, 1)",
        Evaluated.recommend,
        planned=traced.option.utilisation.gpu_memory,
    )


def _by(function: Callable[..., Any], source: TraceSource) -> TraceSource:
    """``source``, and the function that reads a figure out of it."""
    where = f"{source.where}; {function.__module__}.{function.__qualname__}"
    return source.model_copy(update={"where": where})
