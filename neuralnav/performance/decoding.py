"""The sequences of a replica that decode together: one token each in every step.

Until one of them finishes, or fills the sliding window, nothing changes but their contexts, by one token a step. So n
steps take n a + b n (n - 1) / 2 seconds, where a is the time of the first and b what a step adds to the next, and they
are taken at once, however many they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from neuralnav.performance.agenda import add, take
from neuralnav.performance.compiled import compiled
from neuralnav.performance.kv_cache import steps_within, taken_bytes, window_full_context
from neuralnav.performance.state import Engine, Replica, Request
from neuralnav.performance.step_tables import decode_run_s, decode_step_s, steps_lasting


@compiled
def context_of(replica: Replica, request: Request) -> int:
    """Context tokens of a decoding sequence in the next step, its new token included."""
    return request.prompt_tokens + request.output_tokens - (request.last_step - replica.steps)


@compiled
def join(replica: Replica, requests: Sequence[Request], engine: Engine, number: int) -> None:
    """A sequence begins to decode, or goes on after a change."""
    request = requests[number]
    context = context_of(replica, request)
    steps = request.last_step - replica.steps
    request.in_window = 0
    if context < engine.tables.window:
        request.in_window = 1
        steps = min(steps, engine.tables.window - context)
    request.block_bytes = engine.limits.block_bytes
    if context < window_full_context(engine.limits):
        request.block_bytes += engine.limits.window_block_bytes
        steps = min(steps, window_full_context(engine.limits) - context)
    request.next_change = replica.steps + steps
    add(engine.agenda, replica.decoding, request.next_change * len(requests) + number)
    _count(replica, engine, request, 1)


@compiled
def leave(replica: Replica, requests: Sequence[Request], engine: Engine, number: int) -> None:
    """A sequence decodes no longer, or only after a change."""
    request = requests[number]
    take(engine.agenda, replica.decoding, request.next_change * len(requests) + number)
    _count(replica, engine, request, -1)


@compiled
def _count(replica: Replica, engine: Engine, request: Request, sign: int) -> None:
    """Count a sequence in (1) or out (-1)."""
    context = context_of(replica, request)
    replica.decoding += sign
    replica.context += sign * context
    replica.window_context += sign * min(context, engine.tables.window)
    replica.in_window += sign * request.in_window
    replica.round_bytes += sign * request.block_bytes
    # It takes blocks in the steps in which its context is one token longer than whole blocks.
    engine.demand[(replica.steps + 1 - context) % len(engine.demand)] += sign * request.block_bytes


@compiled
def next_change(requests: Sequence[Request], engine: Engine) -> int:
    """How many steps will have ended when the first sequence finishes or changes; some sequence decodes."""
    step: int = engine.agenda[0] // len(requests)
    return step


@compiled
def first_to_change(requests: Sequence[Request], engine: Engine) -> int:
    """The sequence that does."""
    number: int = engine.agenda[0] % len(requests)
    return number


@compiled
def advance(replica: Replica, steps: int) -> None:
    """Every sequence got one token in each of ``steps`` steps."""
    replica.steps += steps
    replica.context += steps * replica.decoding
    replica.window_context += steps * replica.in_window


@compiled
def begin_run(replica: Replica, requests: Sequence[Request], engine: Engine, wait_s: float) -> tuple[int, float]:
    """Steps that only decode, as many as are alike and no more than it takes to fill ``wait_s``; and their time.

    They end before blocks are lacking. Blocks of the first step have been taken, those of the others are taken here.
    """
    limits, demand, tables, decoding = engine.limits, engine.demand, engine.tables, replica.decoding
    steps = next_change(requests, engine) - replica.steps
    free_bytes = limits.kv_cache_bytes - replica.kv_bytes
    if (steps // limits.block_tokens + 1) * replica.round_bytes > free_bytes:
        steps = min(steps, 1 + steps_within(demand, replica.round_bytes, replica.steps + 1, free_bytes))
    first_s = decode_step_s(tables, decoding, replica.context, replica.window_context)
    growth_s = tables.context_s[decoding] * decoding + tables.window_context_s[decoding] * replica.in_window
    if decode_run_s(first_s, growth_s, steps) > wait_s:
        steps = steps_lasting(first_s, growth_s, wait_s)
    replica.kv_bytes += taken_bytes(demand, replica.round_bytes, replica.steps + 1, steps - 1)
    return steps, decode_run_s(first_s, growth_s, steps)
