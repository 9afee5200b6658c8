"""One vLLM replica, simulated event by event: which requests share a step, and when each step ends.

The rules are those of vLLM's V1 scheduler (``vllm/v1/core/sched/scheduler.py``) with its defaults: first come, first
served, chunked prefill, ``scheduler_reserve_full_isl``. A step has ``max_num_batched_tokens``, which go

1. to every decoding sequence, one each;
2. to the request whose prefill the last step left unfinished;
3. to waiting requests in order, while fewer than ``max_num_seqs`` run and the KV cache has room for the next one's
   whole prompt; its blocks are nevertheless taken chunk by chunk.

Where 1 and 2 need more blocks than there are, the request that was admitted last is preempted: it gives its blocks
back and waits at the front of the queue. Once there is room again, its prompt and what it had generated are computed
anew. That is never in the same step, so nobody is admitted in a step that preempts.

A request has its first token at the end of the step that computes the last token of its prompt, and one more at the end
of every step after that. The last one is never computed itself, hence never cached.

Not modelled: blocks that sequences share (each counts its own), what a preempted request may find in the prefix cache
beyond its ``cached_tokens``, speculative decoding, priorities, asynchronous scheduling.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neuralnav.performance.compiled import compiled
from neuralnav.performance.decoding import (
    advance,
    begin_run,
    context_of,
    cut_run,
    first_to_change,
    join,
    leave,
    next_change,
    steps_to_wait,
)
from neuralnav.performance.kv_cache import held_bytes
from neuralnav.performance.state import (
    NONE,
    Machine,
    Replica,
    Request,
    start_running,
    stop_running,
    stop_waiting,
    wait_again,
)
from neuralnav.performance.step_arithmetic import chunk_pairs, mixed_step_s, window_chunk_pairs


@compiled
def run_until(replica: Replica, requests: Sequence[Request], machine: Machine, until_s: float) -> None:
    """End every step that ends by ``until_s``; one that began before and ends later is left under way."""
    while replica.steps_under_way == 0 or replica.end_s <= until_s:
        if replica.steps_under_way > 0:
            end_steps(replica, requests, machine)
        if not begin_steps(replica, requests, machine, until_s):
            return


@compiled
def begin_steps(replica: Replica, requests: Sequence[Request], machine: Machine, until_s: float) -> bool:
    """Begin a step, or a run of steps that only decode; ``False`` if there is nothing to begin before ``until_s``.

    Nobody comes before ``until_s`` but those who are in the queue already.
    """
    if replica.running == 0 and replica.first_waiting != NONE:
        replica.now_s = max(replica.now_s, requests[replica.first_waiting].arrival_s)
    if replica.unfinished == 0 or replica.now_s >= until_s:
        return False
    replica.prompt_tokens = replica.pairs = replica.window_pairs = replica.prefills = 0
    _make_room(replica, requests, machine)
    if replica.prefilling != NONE:
        _compute_chunk(replica, requests, machine, replica.prefilling)
    _admit(replica, requests, machine)
    if replica.prompt_tokens > 0:
        steps, seconds = 1, _prefill_step_s(replica, machine)
    else:
        wait_s = _next_admission_s(replica, requests, machine, until_s) - replica.now_s
        steps, seconds = begin_run(replica, requests, machine, wait_s)
    replica.steps_under_way = steps
    replica.end_s = replica.now_s + seconds
    replica.busy_s += seconds
    replica.running_s += seconds * replica.running
    return True


@compiled
def end_steps(replica: Replica, requests: Sequence[Request], machine: Machine) -> None:
    """End the steps under way: sequences finish, and those whose prefill is complete begin to decode."""
    replica.now_s = replica.end_s
    replica.peak_kv_bytes = max(replica.peak_kv_bytes, replica.kv_bytes)
    advance(replica, replica.steps_under_way)
    replica.steps_under_way = 0
    while replica.decoding > 0 and next_change(requests, machine) == replica.steps:
        number = first_to_change(requests, machine)
        leave(replica, requests, machine, number)
        if requests[number].last_step == replica.steps:
            _finish(replica, requests, machine, number)
        else:
            join(replica, requests, machine, number)
    number = replica.first_prefill
    for _ in range(replica.prefills):
        behind = requests[number].behind
        _end_prefill(replica, requests, machine, number)
        number = behind


@compiled
def let_in(replica: Replica, requests: Sequence[Request], machine: Machine) -> None:
    """Cut the run under way short for who came after it began, as if it had been known then that somebody would."""
    if replica.steps_under_way > 1:
        wait_s = _next_admission_s(replica, requests, machine, math.inf) - replica.now_s
        steps = steps_to_wait(replica, machine, replica.steps_under_way, wait_s)
        if steps < replica.steps_under_way:
            cut_run(replica, machine, steps)


@compiled
def withdraw(replica: Replica, requests: Sequence[Request], machine: Machine, number: int, steps: int) -> None:
    """A waiting request leaves the queue; where it was the first, the next one may have room that it had not.

    ``steps`` counts those of the run under way that have ended or are being computed: it may be cut to them.
    """
    if number == replica.first_waiting and replica.steps_under_way > 1:
        cut_run(replica, machine, steps)
    stop_waiting(replica, requests, number)
    replica.unfinished -= 1


@compiled
def let_go(replica: Replica, requests: Sequence[Request], machine: Machine, number: int, steps: int) -> None:
    """A running request gives its place and its blocks back before it is finished.

    ``steps`` counts those of the run under way that have ended or are being computed: it is cut to them. The last of
    them takes as long as if the request were still in it.
    """
    if replica.steps_under_way > 1:
        cut_run(replica, machine, steps)
    request = requests[number]
    if number == replica.prefilling:
        replica.prefilling = NONE
        tokens = request.computed_tokens
    elif _prefill_ends(replica, requests, number):
        replica.prefills -= 1
        if number == replica.first_prefill:
            replica.first_prefill = request.behind
        tokens = request.computed_tokens
    else:
        leave(replica, requests, machine, number)
        tokens = context_of(replica, request) - 1 + replica.steps_under_way
    replica.kv_bytes -= held_bytes(machine.limits, tokens)
    replica.unfinished -= 1
    stop_running(replica, requests, number)


@compiled
def _prefill_ends(replica: Replica, requests: Sequence[Request], number: int) -> bool:
    """Whether the step under way ends the prefill of this request."""
    ending = replica.first_prefill
    for _ in range(replica.prefills):
        if ending == number:
            return replica.steps_under_way > 0
        ending = requests[ending].behind
    return False


@compiled
def _make_room(replica: Replica, requests: Sequence[Request], machine: Machine) -> None:
    """Take blocks for a token of every decoding sequence, and see that some are left for the unfinished prefill."""
    phase = replica.steps % machine.limits.block_tokens
    while (
        replica.kv_bytes + machine.demand[phase] + _next_chunk_bytes(replica, requests, machine)
        > machine.limits.kv_cache_bytes
    ):
        _preempt(replica, requests, machine, replica.last_running)
    replica.kv_bytes += machine.demand[phase]


@compiled
def _next_chunk_bytes(replica: Replica, requests: Sequence[Request], machine: Machine) -> int:
    """Bytes that the unfinished prefill takes in the next step."""
    if replica.prefilling == NONE:
        return 0
    request = requests[replica.prefilling]
    computed = request.computed_tokens
    chunk = min(_known_tokens(request) - computed, _free_tokens(replica, machine))
    return held_bytes(machine.limits, computed + chunk) - held_bytes(machine.limits, computed)


@compiled
def _preempt(replica: Replica, requests: Sequence[Request], machine: Machine, number: int) -> None:
    request = requests[number]
    if number == replica.prefilling:
        replica.prefilling = NONE
        replica.kv_bytes -= held_bytes(machine.limits, request.computed_tokens)
    else:
        leave(replica, requests, machine, number)
        cached_tokens = context_of(replica, request) - 1
        request.generated_tokens = cached_tokens + 1 - request.prompt_tokens
        replica.kv_bytes -= held_bytes(machine.limits, cached_tokens)
    request.preemptions += 1
    wait_again(replica, requests, number)


@compiled
def _admit(replica: Replica, requests: Sequence[Request], machine: Machine) -> None:
    """Admit waiting requests in order, until the next one has not come yet or finds no room."""
    limits = machine.limits
    while (
        replica.first_waiting != NONE and replica.running < limits.max_num_seqs and _free_tokens(replica, machine) > 0
    ):
        number = replica.first_waiting
        request = requests[number]
        whole_bytes = held_bytes(limits, _known_tokens(request))
        if request.arrival_s > replica.now_s or replica.kv_bytes + whole_bytes > limits.kv_cache_bytes:
            return
        start_running(replica, requests)
        request.computed_tokens = request.cached_tokens
        replica.kv_bytes += held_bytes(limits, request.computed_tokens)
        _compute_chunk(replica, requests, machine, number)


@compiled
def _compute_chunk(replica: Replica, requests: Sequence[Request], machine: Machine, number: int) -> None:
    """Let the step compute as much of a request's prefill as it has tokens for."""
    request = requests[number]
    computed = request.computed_tokens
    chunk = min(_known_tokens(request) - computed, _free_tokens(replica, machine))
    request.computed_tokens += chunk
    replica.kv_bytes += held_bytes(machine.limits, computed + chunk) - held_bytes(machine.limits, computed)
    replica.prompt_tokens += chunk
    replica.pairs += chunk_pairs(computed, chunk)
    replica.window_pairs += window_chunk_pairs(computed, chunk, machine.tables.window)
    if request.computed_tokens < _known_tokens(request):
        replica.prefilling = number
        return
    replica.prefilling = NONE
    if replica.prefills == 0:
        replica.first_prefill = number
    replica.prefills += 1


@compiled
def _known_tokens(request: Request) -> int:
    """Tokens that a prefill has to compute: the prompt, and what was generated before a preemption."""
    return request.prompt_tokens + request.generated_tokens


@compiled
def _free_tokens(replica: Replica, machine: Machine) -> int:
    """Tokens that are left in the step."""
    return machine.limits.max_num_batched_tokens - replica.decoding - replica.prompt_tokens


@compiled
def _prefill_step_s(replica: Replica, machine: Machine) -> float:
    """Seconds of a step that computes prompts."""
    return mixed_step_s(
        machine.tables,
        replica.decoding,
        replica.context,
        replica.window_context,
        replica.prompt_tokens,
        replica.pairs,
        replica.window_pairs,
        replica.decoding + replica.prefills,
    )


@compiled
def _next_admission_s(replica: Replica, requests: Sequence[Request], machine: Machine, until_s: float) -> float:
    """The first time at which somebody may come and be admitted, as long as no sequence finishes."""
    if replica.running == machine.limits.max_num_seqs:
        return math.inf
    if replica.first_waiting == NONE:
        return until_s
    arrival_s = requests[replica.first_waiting].arrival_s
    if arrival_s <= replica.now_s:
        return math.inf  # the first in the queue has found no room, and nobody overtakes
    return min(arrival_s, until_s)


@compiled
def _end_prefill(replica: Replica, requests: Sequence[Request], machine: Machine, number: int) -> None:
    """A request has the token that follows what was computed, and decodes the others, if there are any."""
    request = requests[number]
    if request.generated_tokens == 0:
        request.first_token_s = replica.now_s
    request.generated_tokens += 1
    request.last_step = replica.steps + request.output_tokens - request.generated_tokens
    if request.last_step == replica.steps:
        _finish(replica, requests, machine, number)
    else:
        join(replica, requests, machine, number)


@compiled
def _finish(replica: Replica, requests: Sequence[Request], machine: Machine, number: int) -> None:
    request = requests[number]
    request.finish_s = replica.now_s
    replica.kv_bytes -= held_bytes(machine.limits, request.prompt_tokens + request.output_tokens - 1)
    replica.unfinished -= 1
    stop_running(replica, requests, number)
