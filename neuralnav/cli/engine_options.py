"""Options that describe an engine and its load, shared by the commands that predict and simulate.

All of them take text, so that a value that cannot be is refused by the same checks, and in the same words, as one in a
JSON document.
"""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import Annotated, Any

import typer

WORDS = frozenset(
    {"model", "gpu", "precision", "engine_version", "kv_cache_dtype", "length_kind", "arrival", "load", "routing"}
)
"""Options whose values are words; all others are numbers."""
MOST_INTERPRETED = MappingProxyType({"concurrency": 1000, "requests": 10_000})
"""Up to here a simulation in plain Python ends before numba has started: the command takes 1.1 instead of 1.8 s, and
20 s less where nothing has been compiled yet. The results are the same."""


def _option(name: str, metavar: str, help_text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=help_text)


Model = Annotated[str | None, _option("--model", "NAME", "Catalogue id, short name or Hugging Face id.")]
Gpu = Annotated[str | None, _option("--gpu", "NAME", "Such as H100 or A100-80GB.")]
TensorParallel = Annotated[str | None, _option("--tensor-parallel", "N", "GPUs that share each layer (1).")]
ExpertParallel = Annotated[str | None, _option("--expert-parallel", "N", "All GPUs, to deal whole experts out (1).")]
DataParallel = Annotated[str | None, _option("--data-parallel", "N", "Ranks with a scheduler of their own (1).")]
Precision = Annotated[str | None, _option("--precision", "FORMAT", "bf16, fp8, fp4, int8 or int4 (as published).")]
EngineVersion = Annotated[str | None, _option("--engine-version", "RELEASE", "Of vLLM (today's).")]
KvCacheDtype = Annotated[str | None, _option("--kv-cache-dtype", "FORMAT", "auto, bf16 or fp8 (auto: 16 bit).")]
PromptTokens = Annotated[str | None, _option("--prompt-tokens", "N", "Length of prompts.")]
OutputTokens = Annotated[str | None, _option("--output-tokens", "N", "Length of answers.")]
LengthKind = Annotated[
    str | None, _option("--length-kind", "KIND", "fixed, uniform_0.8_1.0 (of the given) or lognormal (mean) (fixed).")
]
Qps = Annotated[str | None, _option("--qps", "RATE", "Requests a second.")]
Arrival = Annotated[str | None, _option("--arrival", "PROCESS", "poisson, constant or bursty (poisson).")]
Concurrency = Annotated[str | None, _option("--concurrency", "N", "Requests in flight, instead of a rate.")]
Load = Annotated[
    str | None, _option("--load", "KIND", "closed_loop or static_batch, with --concurrency (closed_loop).")
]
PrefixHitRatio = Annotated[str | None, _option("--prefix-hit-ratio", "SHARE", "Of prompt tokens in the cache (0).")]
MaxModelLen = Annotated[str | None, _option("--max-model-len", "N", "Most tokens of a request (what the load needs).")]
MaxNumSeqs = Annotated[str | None, _option("--max-num-seqs", "N", "Most sequences a step (vLLM's default).")]
MaxNumBatchedTokens = Annotated[
    str | None, _option("--max-num-batched-tokens", "N", "Most tokens a step (vLLM's default).")
]
GpuMemoryUtilization = Annotated[str | None, _option("--gpu-memory-utilization", "SHARE", "Of GPU memory (0.9).")]
Seed = Annotated[str | None, _option("--seed", "N", "Of lengths and arrivals (0).")]


def given(options: dict[str, str | None]) -> dict[str, Any]:
    """The options that were given: numbers as numbers, words and what is no number as text."""
    from neuralnav.cli.documents import argument_text

    return {
        name: argument_text(value) if name in WORDS else _number(argument_text(value))
        for name, value in options.items()
        if value is not None
    }


def interpret_if_small(options: dict[str, str | None]) -> None:
    """Let one small simulation run as plain Python; to be called before anything that simulates is imported."""
    counts = {name: _number(options.get(name) or "0") for name in MOST_INTERPRETED}
    if all(not isinstance(count, str) and count <= MOST_INTERPRETED[name] for name, count in counts.items()):
        os.environ.setdefault("NUMBA_DISABLE_JIT", "1")


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
