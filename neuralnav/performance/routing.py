"""Serve a load: by one replica or several behind a router, or for clients that wait for each answer.

Every request is served exactly once, and simulated time is that of the engines alone: what HTTP, tokenising and the
network take is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.agenda import Agenda
from neuralnav.performance.arrivals import MOST_REQUESTS, Requests
from neuralnav.performance.checks import check_load, outside, refuse
from neuralnav.performance.compiled import compiled
from neuralnav.performance.kv_cache import Demand, ReplicaLimits
from neuralnav.performance.rows import column, fill, new_rows, readable, whole_zeros
from neuralnav.performance.scheduler import begin_steps, end_steps, run_until
from neuralnav.performance.state import Machine, Replica, Request, enqueue, idle_replicas
from neuralnav.performance.step_tables import StepTables

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_REPLICAS = 4096
LONGEST_PAUSE_S = 1e6


class Routing(StrEnum):
    """Which replica gets a request."""

    ROUND_ROBIN = "round_robin"
    """Each in turn, in order of arrival."""
    LEAST_LOADED = "least_loaded"
    """The one with the fewest requests that wait or run when it arrives; the first of several."""


@dataclass(frozen=True)
class Served:
    """What became of each request, in the order of the input, and what the replicas did; seconds of simulated time."""

    arrival_s: Floats
    first_token_s: Floats
    """End of the step that computed the last token of the prompt."""
    finish_s: Floats
    """End of the step that gave the last token."""
    preemptions: Integers
    """How often the request lost its blocks to others and was computed anew."""
    replica: Integers
    """Which replica served it, from 0."""
    steps: int
    """Steps of all replicas."""
    busy_s: float
    """Time in steps, of all replicas."""
    running_s: float
    """Running requests integrated over time; divided by ``busy_s``, how many a busy replica runs on average."""
    peak_kv_bytes: int
    """Most bytes in use of a GPU's KV cache, on any replica."""


def serve(
    requests: Requests,
    tables: StepTables,
    limits: ReplicaLimits,
    *,
    replicas: int = 1,
    routing: Routing = Routing.ROUND_ROBIN,
) -> Served:
    """Requests that come at their own times, whether or not those before are finished.

    Args:
        requests: The load; all at time 0 is a static batch.
        tables: Step times of every replica.
        limits: What every replica holds.
        replicas: How many there are.
        routing: Which of them gets a request.

    Raises:
        InvalidInputError: the limits contradict each other or the tables, a request is empty or can never fit into the
            KV cache, arrivals are not in order, or there is no replica.

    """
    check_load(requests, tables, limits)
    refuse(*outside("replicas", replicas, 1, MOST_REPLICAS))
    fleet = _new_fleet(requests, tables, limits, replicas)
    if routing is Routing.LEAST_LOADED and replicas > 1:
        _route_to_least_loaded(fleet)
    else:
        _route_round_robin(fleet)
    _run_all_until(fleet, math.inf)
    return _served(fleet)


def serve_closed_loop(
    requests: Requests, concurrency: int, tables: StepTables, limits: ReplicaLimits, *, pause_s: float = 0.0
) -> Served:
    """Clients that keep one request each in flight at one replica: the first ones begin at time 0.

    Args:
        requests: What they send, in this order; the arrivals of the input do not count.
        concurrency: How many clients there are.
        tables: Step times of the replica.
        limits: What it holds.
        pause_s: From the end of an answer to the same client's next request.

    Raises:
        InvalidInputError: as with ``serve``; or there is no client, or the pause is negative or longer than
            ``LONGEST_PAUSE_S``.

    """
    check_load(requests, tables, limits)
    refuse(*outside("concurrency", concurrency, 1, MOST_REQUESTS), *outside("pause_s", pause_s, 0, LONGEST_PAUSE_S))
    fleet = _new_fleet(requests, tables, limits, 1)
    _run_closed_loop(fleet, min(concurrency, len(requests)), float(pause_s))
    return _served(fleet)


class _Fleet(NamedTuple):
    replicas: Sequence[Replica]
    requests: Sequence[Request]
    tables: StepTables
    limits: ReplicaLimits
    demands: Sequence[Demand]
    agendas: Sequence[Agenda]


def _new_fleet(requests: Requests, tables: StepTables, limits: ReplicaLimits, replicas: int) -> _Fleet:
    rows = new_rows(Request, len(requests))
    for field in ("arrival_s", "prompt_tokens", "output_tokens", "cached_tokens"):
        fill(rows, field, getattr(requests, field))
    return _Fleet(
        replicas=idle_replicas(replicas),
        requests=rows,
        tables=readable(tables),
        limits=readable(limits),
        demands=whole_zeros(replicas, limits.block_tokens),
        agendas=whole_zeros(replicas, min(limits.max_num_seqs, len(requests))),
    )


@compiled
def _route_round_robin(fleet: _Fleet) -> None:
    """Put every request into the queue of its replica: they need not wait for each other to know which it is."""
    for number in range(len(fleet.requests)):
        _route(fleet, number, number % len(fleet.replicas))


@compiled
def _route_to_least_loaded(fleet: _Fleet) -> None:
    """Put every request into the queue of its replica when it arrives."""
    for number in range(len(fleet.requests)):
        _run_all_until(fleet, fleet.requests[number].arrival_s)
        chosen = 0
        for replica in range(1, len(fleet.replicas)):
            if fleet.replicas[replica].unfinished < fleet.replicas[chosen].unfinished:
                chosen = replica
        _route(fleet, number, chosen)


@compiled
def _route(fleet: _Fleet, number: int, replica: int) -> None:
    fleet.requests[number].replica = replica
    enqueue(fleet.replicas[replica], fleet.requests, number)


@compiled
def _run_all_until(fleet: _Fleet, until_s: float) -> None:
    for replica in range(len(fleet.replicas)):
        run_until(fleet.replicas[replica], fleet.requests, _machine(fleet, replica), until_s)


@compiled
def _run_closed_loop(fleet: _Fleet, concurrency: int, pause_s: float) -> None:
    replica, requests, machine = fleet.replicas[0], fleet.requests, _machine(fleet, 0)
    for number in range(concurrency):
        requests[number].arrival_s = 0.0
        enqueue(replica, requests, number)
    sent = concurrency
    while begin_steps(replica, requests, machine, math.inf):
        in_flight = replica.unfinished
        end_steps(replica, requests, machine)
        for _ in range(min(in_flight - replica.unfinished, len(requests) - sent)):
            requests[sent].arrival_s = replica.now_s + pause_s
            enqueue(replica, requests, sent)
            sent += 1


@compiled
def _machine(fleet: _Fleet, replica: int) -> Machine:
    return Machine(fleet.tables, fleet.limits, fleet.demands[replica], fleet.agendas[replica])


def _served(fleet: _Fleet) -> Served:
    return Served(
        arrival_s=column(fleet.requests, "arrival_s"),
        first_token_s=column(fleet.requests, "first_token_s"),
        finish_s=column(fleet.requests, "finish_s"),
        preemptions=column(fleet.requests, "preemptions"),
        replica=column(fleet.requests, "replica"),
        steps=int(column(fleet.replicas, "steps").sum()),
        busy_s=float(column(fleet.replicas, "busy_s").sum()),
        running_s=float(column(fleet.replicas, "running_s").sum()),
        peak_kv_bytes=int(column(fleet.replicas, "peak_kv_bytes").max()),
    )
