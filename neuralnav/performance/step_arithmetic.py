"""What the scheduler works out from step tables: single steps, runs of decode steps, and pairs of a prompt's chunks."""

from __future__ import annotations

import math

from neuralnav.performance.compiled import compiled
from neuralnav.performance.step_tables import StepTables


@compiled
def decode_step_s(tables: StepTables, sequences: int, context: int, window_context: int) -> float:
    """A step that only decodes ``sequences`` with these context tokens in all (each counts its own new token too)."""
    seconds: float = (
        tables.tokens_s[sequences]
        + tables.sampled_s[sequences]
        + tables.decode_s[sequences]
        + tables.context_s[sequences] * context
        + tables.window_context_s[sequences] * window_context
    )
    return seconds


@compiled
def mixed_step_s(
    tables: StepTables,
    sequences: int,
    context: int,
    window_context: int,
    prompt_tokens: int,
    pairs: int,
    window_pairs: int,
    sampled: int,
) -> float:
    """A step that also reads ``prompt_tokens`` new prompt tokens with these query and key pairs."""
    seconds: float = tables.prefill_factor * (
        tables.tokens_s[sequences + prompt_tokens]
        + tables.sampled_s[sampled]
        + tables.decode_s[sequences]
        + tables.context_s[sequences] * context
        + tables.window_context_s[sequences] * window_context
        + tables.prefill_s
        + tables.prompt_token_s * prompt_tokens
        + tables.pair_s * pairs
        + tables.window_pair_s * window_pairs
    )
    return seconds


@compiled
def decode_run_s(first_s: float, growth_s: float, steps: int) -> float:
    """A run of ``steps`` decode steps, the first of which takes ``first_s`` and each next one ``growth_s`` more."""
    return steps * first_s + steps * (steps - 1) // 2 * growth_s


@compiled
def steps_lasting(first_s: float, growth_s: float, least_s: float) -> int:
    """The fewest steps of such a run that take at least ``least_s``: its square equation, solved and rounded up."""
    slope_s = first_s - growth_s / 2
    root_s = math.sqrt(slope_s * slope_s + 2 * growth_s * least_s)
    steps = max(math.ceil(2 * least_s / (slope_s + root_s)), 1)
    while steps > 1 and decode_run_s(first_s, growth_s, steps - 1) >= least_s:
        steps -= 1
    while decode_run_s(first_s, growth_s, steps) < least_s:
        steps += 1
    return steps


@compiled
def chunk_pairs(done: int, tokens: int) -> int:
    """Query and key pairs when ``tokens`` prompt tokens follow ``done`` ones: the sum of done + 1 to done + tokens."""
    return tokens * done + tokens * (tokens + 1) // 2


@compiled
def window_chunk_pairs(done: int, tokens: int, window: int) -> int:
    """The same when each token sees at most ``window`` tokens, itself included."""
    growing = min(max(window - done, 0), tokens)
    return chunk_pairs(done, growing) + (tokens - growing) * window
