"""Engines and loads for the tests of the simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from neuralnav.performance.arrivals import Requests
from neuralnav.performance.kv_cache import ReplicaLimits, held_bytes
from neuralnav.performance.step_tables import StepTables

NO_WINDOW = 2**40


@dataclass(frozen=True)
class Case:
    requests: Requests
    tables: StepTables
    limits: ReplicaLimits


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Small engines that chunk, queue, preempt and slide windows, with random step times and arrivals."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    count = draw(st.integers(1, 24), label="requests")
    prompt = generator.integers(1, draw(st.sampled_from([1, 8, 60, 200])), count, endpoint=True)
    output = generator.integers(1, draw(st.sampled_from([1, 2, 20, 90])), count, endpoint=True)
    cached = (prompt * draw(st.sampled_from([0.0, 0.5, 0.99]))).astype(np.int64)
    mean_gap_s = draw(st.sampled_from([0.0, 0.01, 0.2, 5.0]))
    requests = Requests(np.cumsum(generator.exponential(mean_gap_s, count)), prompt, output, cached)

    max_num_seqs = draw(st.integers(1, 10), label="max_num_seqs")
    max_num_batched_tokens = max_num_seqs + draw(st.sampled_from([0, 1, 20, 300]))
    window = draw(st.sampled_from([NO_WINDOW, 5, 16, 40]), label="window")
    has_window = window != NO_WINDOW
    limits = ReplicaLimits(
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=max_num_batched_tokens,
        kv_cache_bytes=0,
        block_tokens=draw(st.sampled_from([1, 3, 16]), label="block_tokens"),
        block_bytes=draw(st.sampled_from([1, 7])) if has_window else 5,
        window_block_bytes=draw(st.sampled_from([0, 3])) if has_window else 0,
        window_blocks=draw(st.integers(0, 6), label="window_blocks") if has_window else 0,
        sequence_bytes=draw(st.sampled_from([0, 2])),
    )
    longest_bytes = max(held_bytes(limits, int(tokens)) for tokens in prompt + output - 1)
    kv_cache_bytes = int(longest_bytes * draw(st.sampled_from([1.0, 1.3, 2.0, 5.0]), label="room"))
    return Case(
        requests, random_tables(generator, limits, window), limits._replace(kv_cache_bytes=max(kv_cache_bytes, 1))
    )


def random_tables(generator: np.random.Generator, limits: ReplicaLimits, window: int) -> StepTables:
    """Step times that rise with everything in the step, by random amounts."""

    def rising(size: int, least: float, step: float) -> np.ndarray:
        return least * generator.uniform(0.5, 1.5) + np.cumsum(generator.exponential(step, size + 1))

    has_window = window != NO_WINDOW
    return StepTables(
        tokens_s=rising(limits.max_num_batched_tokens, 1e-2, 1e-4),
        sampled_s=rising(limits.max_num_seqs, 1e-3, 1e-5),
        decode_s=rising(limits.max_num_seqs, 1e-3, 1e-4),
        context_s=rising(limits.max_num_seqs, 1e-5, 1e-7),
        window_context_s=rising(limits.max_num_seqs, 1e-5, 1e-7) * has_window,
        prefill_s=generator.uniform(0, 1e-3),
        prompt_token_s=generator.uniform(0, 1e-5),
        pair_s=generator.uniform(0, 1e-6),
        window_pair_s=generator.uniform(0, 1e-6) * has_window,
        window=window,
        prefill_factor=generator.uniform(0.9, 1.2),
    )


def even_tables(step_s: float = 1.0, token_s: float = 0.0, size: int = 4096) -> StepTables:
    """Every step takes ``step_s``, and ``token_s`` more for each of its tokens."""
    none = np.zeros(size + 1)
    return StepTables(
        tokens_s=step_s + token_s * np.arange(size + 1),
        sampled_s=none,
        decode_s=none,
        context_s=none,
        window_context_s=none,
        prefill_s=0.0,
        prompt_token_s=0.0,
        pair_s=0.0,
        window_pair_s=0.0,
        window=NO_WINDOW,
    )


def limits_of(
    blocks: int = 10_000, max_num_seqs: int = 256, max_num_batched_tokens: int = 2048, block_tokens: int = 16
) -> ReplicaLimits:
    """A replica with full attention whose blocks have one byte."""
    return ReplicaLimits(max_num_seqs, max_num_batched_tokens, blocks, block_tokens, 1, 0, 0, 0)


def requests_of(*sizes: tuple[float, int, int]) -> Requests:
    """Requests by arrival in seconds, prompt tokens and output tokens."""
    arrivals, prompts, outputs = zip(*sizes, strict=True)
    return Requests(
        np.array(arrivals, np.float64),
        np.array(prompts, np.int64),
        np.array(outputs, np.int64),
        np.zeros(len(sizes), np.int64),
    )


def chat_requests(count: int, qps: float, seed: int = 0, hit_ratio: float = 0.0) -> Requests:
    """Poisson arrivals of prompts of 512 and answers of 256 tokens on average, lognormal."""
    generator = np.random.default_rng(seed)
    spread = np.sqrt(np.log(1.25))
    lengths = generator.lognormal(-(spread**2) / 2, spread, (2, count))
    prompt, output = np.maximum(np.rint(lengths * [[512], [256]]), 1).astype(np.int64)
    arrival_s = np.cumsum(generator.exponential(1.0, count)) / qps
    return Requests(arrival_s, prompt, output, (prompt * hit_ratio).astype(np.int64))


def h100_tables(bandwidth_share: float = 1.0) -> StepTables:
    """An 8B model in 16 bit on an H100, from its datasheet and textbook efficiencies."""
    tokens, sequences = np.arange(8193), np.arange(1025)
    flops, bandwidth = 0.6 * 989e12, bandwidth_share * 0.8 * 3.35e12
    return StepTables(
        tokens_s=np.maximum(2 * 7e9 * tokens / flops, 14e9 / bandwidth) + 1.5e-3,
        sampled_s=np.maximum(2 * 0.5e9 * sequences / flops, 1e9 / bandwidth),
        decode_s=8e-6 * sequences,
        context_s=np.full(1025, 131_072 / bandwidth),
        window_context_s=np.zeros(1025),
        prefill_s=1e-4,
        prompt_token_s=5e-8,
        pair_s=4 * 32 * 4096 / flops,
        window_pair_s=0.0,
        window=NO_WINDOW,
    )


def h100_limits(kv_cache_gib: float = 48.0) -> ReplicaLimits:
    """The same model's KV cache behind vLLM's default limits."""
    return ReplicaLimits(1024, 8192, int(kv_cache_gib * 2**30), 16, 16 * 131_072, 0, 0, 0)
