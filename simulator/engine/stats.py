"""What a running engine counts."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

ITERATION_TOKENS_BOUNDS = (1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
"""Upper bounds of the buckets of ``vllm:iteration_tokens_total`` (``vllm/v1/metrics/loggers.py``)."""
LAG_SAMPLES = 16_384
"""Over how many tokens, the last ones, the percentiles of the lag are taken."""


@dataclass(frozen=True)
class IterationTokens:
    """The tokens of each step so far: those generated, and the prompts of which the step computed the last token."""

    counts: tuple[int, ...]
    """Steps by bucket: up to each of ``ITERATION_TOKENS_BOUNDS`` and more than the one before; the last, beyond all."""
    total: int
    """Tokens of all steps."""


@dataclass(frozen=True)
class EngineStats:
    """The state of an engine and its totals since the start; tokens and requests are counted as in vLLM's metrics."""

    running: int
    """Requests in prefill or decoding."""
    waiting: int
    kv_usage: float
    """Share of the KV cache in use, 0 to 1."""
    preemptions_total: int
    prompt_tokens_total: int
    """Of prompts that were computed to the end, with what the prefix cache held of them."""
    generation_tokens_total: int
    prefix_cache_queries_total: int
    """Prompt tokens of admitted requests; 0 where prefixes are not cached."""
    prefix_cache_hits_total: int
    """How many of them the prefix cache held."""
    iteration_tokens: IterationTokens
    lag_p50_s: float
    """From the scheduled time of a token to its being handed to a reader who waits for it: the median of the last
    ``LAG_SAMPLES`` tokens, in seconds on the wall; 0 before the first one."""
    lag_p95_s: float


class StepTokens:
    """Counts ``IterationTokens``."""

    def __init__(self) -> None:
        self._counts = [0] * (len(ITERATION_TOKENS_BOUNDS) + 1)
        self._total = 0

    def count(self, tokens: int) -> None:
        """A step had so many."""
        self._counts[bisect_left(ITERATION_TOKENS_BOUNDS, tokens)] += 1
        self._total += tokens

    def so_far(self) -> IterationTokens:
        """The counts now."""
        return IterationTokens(tuple(self._counts), self._total)


class Lag:
    """The lag of the last tokens."""

    def __init__(self) -> None:
        self._samples_s = array("d", bytes(8 * LAG_SAMPLES))
        self._count = 0

    def add(self, seconds: float) -> None:
        """A token was handed over so late."""
        self._samples_s[self._count % LAG_SAMPLES] = seconds
        self._count += 1

    def quantiles_s(self, *shares: float) -> list[float]:
        """Quantiles in seconds, interpolated linearly."""
        if self._count == 0:
            return [0.0] * len(shares)
        samples_s = np.array(self._samples_s[: self._count])
        return [float(value) for value in np.quantile(samples_s, shares)]
