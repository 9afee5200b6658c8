"""Where the requests and a replica stand in a simulation, and the two queues that the requests form.

Requests go by their numbers, and a number is free again once its request is finished. Those that wait stand in one
queue in order of arrival, those that run in another, in the order of their admission. Each knows the numbers of its
neighbours, so to come, to go and to come back to the front cost the same however long the queues are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from neuralnav.performance.agenda import Agenda
from neuralnav.performance.compiled import compiled
from neuralnav.performance.kv_cache import Demand, ReplicaLimits
from neuralnav.performance.rows import fill, new_rows
from neuralnav.performance.step_tables import StepTables

NONE = -1
"""In place of a request's number."""


@dataclass(slots=True)
class Request:
    """One request: its size, where it stands, and what became of it. Times are simulated seconds."""

    arrival_s: float = 0.0
    prompt_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens that the prefix cache holds."""

    ahead: int = 0
    """While it runs: the request that was admitted just before it; while it waits, the one before it in the queue."""
    behind: int = 0
    """The request that was admitted just after it; while it waits, the next in the queue."""
    computed_tokens: int = 0
    """In prefill: tokens of its prompt, and of its output before a preemption, whose keys and values are cached."""
    generated_tokens: int = 0
    """Output tokens by the end of its prefill or its preemption; while it decodes, see ``last_step``."""
    last_step: int = 0
    """While it decodes: how many steps of the replica will have ended when it has its last token."""
    next_change: int = 0
    """The same when its part in the batch changes next: it finishes, or its context fills the sliding window."""
    in_window: int = 0
    """1 while it decodes with less context than the sliding window, else 0."""
    block_bytes: int = 0
    """Bytes of the blocks that it takes at a time while it decodes."""

    first_token_s: float = 0.0
    finish_s: float = 0.0
    preemptions: int = 0
    replica: int = 0


@dataclass(slots=True)
class Replica:
    """One replica, between two steps or with steps under way."""

    now_s: float = 0.0
    """The end of the last step, or the arrival that ended an idle time."""
    end_s: float = 0.0
    """The end of the steps under way."""
    steps_under_way: int = 0
    steps: int = 0
    """Steps that have ended."""

    unfinished: int = 0
    """Requests that wait or run."""
    first_waiting: int = 0
    last_waiting: int = 0
    running: int = 0
    """Requests in prefill or decoding."""
    last_running: int = 0
    prefilling: int = 0
    """The one whose prefill goes on in the next step. There is but one: it takes all tokens that a step has left."""

    decoding: int = 0
    """Sequences that get one token a step."""
    context: int = 0
    """Their context tokens in the next step."""
    window_context: int = 0
    """The same, of each no more than the sliding window."""
    in_window: int = 0
    """How many of them have less context than the sliding window."""
    round_bytes: int = 0
    """Bytes that they take in ``block_tokens`` steps: the sum of the demand."""
    kv_bytes: int = 0
    """Bytes in use of each GPU's KV cache, with what the steps under way take."""

    prompt_tokens: int = 0
    """Prompt tokens that are computed in the step under way."""
    pairs: int = 0
    """Their query and key pairs."""
    window_pairs: int = 0
    """Those inside the sliding window."""
    prefills: int = 0
    """Prefills that end with the step under way."""
    first_prefill: int = 0
    """The first of these requests; the others are behind it."""

    busy_s: float = 0.0
    """Time in steps."""
    running_s: float = 0.0
    """Running requests, integrated over time."""
    peak_kv_bytes: int = 0


class Machine(NamedTuple):
    """What a replica works with: its step times, its limits, and two tables about the sequences that decode."""

    tables: StepTables
    limits: ReplicaLimits
    demand: Demand
    agenda: Agenda
    """An entry for each decoding sequence: its next change, times the number of requests, plus its own number."""


def idle_replicas(count: int) -> Any:
    """Rows of replicas that have nothing to do."""
    replicas = new_rows(Replica, count)
    for field in ("first_waiting", "last_running", "prefilling"):
        fill(replicas, field, np.full(count, NONE))
    return replicas


@compiled
def enqueue(replica: Replica, requests: Sequence[Request], number: int) -> None:
    """A request comes to the end of the waiting queue; those ahead of it arrived no later."""
    requests[number].behind = NONE
    if replica.first_waiting == NONE:
        requests[number].ahead = NONE
        replica.first_waiting = number
    else:
        requests[number].ahead = replica.last_waiting
        requests[replica.last_waiting].behind = number
    replica.last_waiting = number
    replica.unfinished += 1


@compiled
def stop_waiting(replica: Replica, requests: Sequence[Request], number: int) -> None:
    """A waiting request leaves those before and after it in the queue."""
    ahead, behind = requests[number].ahead, requests[number].behind
    if ahead == NONE:
        replica.first_waiting = behind
    else:
        requests[ahead].behind = behind
    if behind == NONE:
        replica.last_waiting = ahead
    else:
        requests[behind].ahead = ahead


@compiled
def start_running(replica: Replica, requests: Sequence[Request]) -> None:
    """The first waiting request becomes the last running one."""
    number = replica.first_waiting
    stop_waiting(replica, requests, number)
    requests[number].ahead = replica.last_running
    requests[number].behind = NONE
    if replica.last_running != NONE:
        requests[replica.last_running].behind = number
    replica.last_running = number
    replica.running += 1


@compiled
def stop_running(replica: Replica, requests: Sequence[Request], number: int) -> None:
    """A running request leaves those that were admitted before and after it."""
    ahead, behind = requests[number].ahead, requests[number].behind
    if ahead != NONE:
        requests[ahead].behind = behind
    if behind == NONE:
        replica.last_running = ahead
    else:
        requests[behind].ahead = ahead
    replica.running -= 1


@compiled
def wait_again(replica: Replica, requests: Sequence[Request], number: int) -> None:
    """A running request goes back to the front of the waiting queue."""
    stop_running(replica, requests, number)
    requests[number].ahead = NONE
    requests[number].behind = replica.first_waiting
    if replica.first_waiting == NONE:
        replica.last_waiting = number
    else:
        requests[replica.first_waiting].ahead = number
    replica.first_waiting = number
