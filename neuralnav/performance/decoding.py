"""The sequences of a replica that decode together, one token each in every step.

Until one of them finishes, or fills the sliding window, nothing but their contexts changes: by one token a step. So a
run of n steps takes n a + b n (n - 1) / 2 seconds, where a is the time of the first one and b what each adds to the
next, and it is taken at once: a simulation costs what its events cost, however many tokens lie between them.
"""

from __future__ import annotations

from collections.abc import Sequence

from neuralnav.performance.agenda import add, take
from neuralnav.performance.compiled import compiled
from neuralnav.performance.kv_cache import steps_within, taken_bytes, window_full_context
from neuralnav.performance.state import Machine, Replica, Request
from neuralnav.performance.step_arithmetic import decode_run_s, decode_step_s, steps_lasting


@compiled
def context_of(replica: Replica, request: Request) -> int:
    """Context tokens of a decoding sequence in the next step, its new token included."""
    return request.prompt_tokens + request.output_tokens - (request.last_step - replica.steps)


@compiled
def join(replica: Replica, requests: Sequence[Request], machine: Machine, number: int) -> None:
    """A sequence begins to decode, or goes on after its change."""
    request = requests[number]
    context = context_of(replica, request)
    steps = request.last_step - replica.steps
    request.in_window = 0
    if context < machine.tables.window:
        request.in_window = 1
        steps = min(steps, machine.tables.window - context)
    request.block_bytes = machine.limits.block_bytes
    if context < window_full_context(machine.limits):
        request.block_bytes += machine.limits.window_block_bytes
        steps = min(steps, window_full_context(machine.limits) - context)
    request.next_change = replica.steps + steps
    add(machine.agenda, replica.decoding, request.next_change * len(requests) + number)
    _count(replica, machine, request, 1)


@compiled
def leave(replica: Replica, requests: Sequence[Request], machine: Machine, number: int) -> None:
    """A sequence decodes no more, or is about to change."""
    request = requests[number]
    take(machine.agenda, replica.decoding, request.next_change * len(requests) + number)
    _count(replica, machine, request, -1)


@compiled
def _count(replica: Replica, machine: Machine, request: Request, sign: int) -> None:
    """Count a sequence in (1) or out (-1)."""
    context = context_of(replica, request)
    replica.decoding += sign
    replica.context += sign * context
    replica.window_context += sign * min(context, machine.tables.window)
    replica.in_window += sign * request.in_window
    replica.round_bytes += sign * request.block_bytes
    # It takes blocks in the steps in which its context is one token longer than whole blocks.
    machine.demand[(replica.steps + 1 - context) % len(machine.demand)] += sign * request.block_bytes


@compiled
def next_change(requests: Sequence[Request], machine: Machine) -> int:
    """How many steps will have ended when the first sequence finishes or changes; some sequence decodes."""
    step: int = machine.agenda[0] // len(requests)
    return step


@compiled
def first_to_change(requests: Sequence[Request], machine: Machine) -> int:
    """The sequence that does."""
    number: int = machine.agenda[0] % len(requests)
    return number


@compiled
def advance(replica: Replica, steps: int) -> None:
    """Every sequence got one token in each of ``steps`` steps."""
    replica.steps += steps
    replica.context += steps * replica.decoding
    replica.window_context += steps * replica.in_window


@compiled
def begin_run(replica: Replica, requests: Sequence[Request], machine: Machine, wait_s: float) -> tuple[int, float]:
    """A run of steps and its time: until a sequence changes, the cache is full or ``wait_s`` is over.

    The blocks of the first step have been taken already; those of the others are taken here.
    """
    limits, demand = machine.limits, machine.demand
    steps = next_change(requests, machine) - replica.steps
    free_bytes = limits.kv_cache_bytes - replica.kv_bytes
    if (steps // limits.block_tokens + 1) * replica.round_bytes > free_bytes:
        steps = min(steps, 1 + steps_within(demand, replica.round_bytes, replica.steps + 1, free_bytes))
    steps = steps_to_wait(replica, machine, steps, wait_s)
    replica.kv_bytes += taken_bytes(demand, replica.round_bytes, replica.steps + 1, steps - 1)
    return steps, run_s(replica, machine, steps)


@compiled
def run_s(replica: Replica, machine: Machine, steps: int) -> float:
    """Seconds of the first ``steps`` steps of a run, about to begin or under way."""
    first_s, growth_s = _pace(replica, machine)
    return decode_run_s(first_s, growth_s, steps)


@compiled
def steps_to_wait(replica: Replica, machine: Machine, steps: int, wait_s: float) -> int:
    """The fewest steps of a run of ``steps`` that last ``wait_s``; all of them where it is shorter."""
    first_s, growth_s = _pace(replica, machine)
    if decode_run_s(first_s, growth_s, steps) > wait_s:
        return steps_lasting(first_s, growth_s, wait_s)
    return steps


@compiled
def untaken_bytes(replica: Replica, machine: Machine, steps: int) -> int:
    """Bytes in ``kv_bytes`` that the run under way takes only after its first ``steps`` steps."""
    later = replica.steps_under_way - steps
    return taken_bytes(machine.demand, replica.round_bytes, replica.steps + steps, later)


@compiled
def cut_run(replica: Replica, machine: Machine, steps: int) -> None:
    """Let the run under way end with its ``steps``-th step; those before it have ended, it alone is under way."""
    begun_s = replica.now_s
    seconds = run_s(replica, machine, steps)
    unspent_s = run_s(replica, machine, replica.steps_under_way) - seconds
    replica.kv_bytes -= untaken_bytes(replica, machine, steps)
    replica.busy_s -= unspent_s
    replica.running_s -= unspent_s * replica.running
    replica.end_s = begun_s + seconds
    replica.now_s = begun_s + run_s(replica, machine, steps - 1)
    advance(replica, steps - 1)
    replica.steps_under_way = 1


@compiled
def _pace(replica: Replica, machine: Machine) -> tuple[float, float]:
    """Seconds of the next decode step, and what each one adds to that after it."""
    tables, decoding = machine.tables, replica.decoding
    first_s = decode_step_s(tables, decoding, replica.context, replica.window_context)
    growth_s = tables.context_s[decoding] * decoding + tables.window_context_s[decoding] * replica.in_window
    return first_s, growth_s
