"""Refuse what cannot be simulated before it begins: a simulation of what passes always ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.performance.arrivals import MOST_REQUESTS, Requests
from neuralnav.performance.kv_cache import ReplicaLimits, longest_request
from neuralnav.performance.step_tables import StepTables

MOST = 2**53
"""Bound of counts and bytes: up to here floats are exact."""


def check_load(requests: Requests, tables: StepTables, limits: ReplicaLimits) -> None:
    """See that replicas with these tables and limits can serve every request.

    Raises:
        InvalidInputError: the limits contradict each other or the tables, arrivals are not in order, or a request is
            empty, cached as a whole or too long for the KV cache.

    """
    check_limits(tables, limits)
    refuse(*_request_problems(requests, limits))


def check_limits(tables: StepTables, limits: ReplicaLimits) -> None:
    """See that these limits can be and that the tables cover them.

    Raises:
        InvalidInputError: they contradict each other or the tables.

    """
    refuse(*_limit_problems(tables, limits))


def outside(field: str, value: float, least: float, most: float) -> tuple[FieldProblem, ...]:
    """The problem with a number that is not within these bounds, if it has one."""
    return () if least <= value <= most else (FieldProblem(field, value, f"{least:,} to {most:,}"),)


def refuse(*problems: FieldProblem) -> None:
    """Raise where there is a problem.

    Raises:
        InvalidInputError: there is.

    """
    if problems:
        raise InvalidInputError(f"This cannot be simulated: {'; '.join(map(str, problems))}.", problems)


def _limit_problems(tables: StepTables, limits: ReplicaLimits) -> Iterator[FieldProblem]:
    by_sequences = (tables.sampled_s, tables.decode_s, tables.context_s, tables.window_context_s)
    yield from outside("max_num_seqs", limits.max_num_seqs, 1, min(map(len, by_sequences)) - 1)
    tokens = len(tables.tokens_s) - 1
    yield from outside("max_num_batched_tokens", limits.max_num_batched_tokens, limits.max_num_seqs, tokens)
    yield from outside("block_tokens", limits.block_tokens, 1, MOST)
    for field in ("kv_cache_bytes", "block_bytes", "window_block_bytes", "window_blocks", "sequence_bytes"):
        yield from outside(field, getattr(limits, field), 0, MOST)


def _request_problems(requests: Requests, limits: ReplicaLimits) -> Iterator[FieldProblem]:
    arrival_s, prompt, output = requests.arrival_s, requests.prompt_tokens, requests.output_tokens
    longest = longest_request(limits)
    yield from outside("requests", len(requests), 1, MOST_REQUESTS)
    yield from _first("arrival_s", arrival_s, np.isfinite(arrival_s), "a number")
    in_order = np.diff(arrival_s, prepend=0) >= 0
    yield from _first("arrival_s", arrival_s, in_order, "0 or more, and no earlier than that of the request before")
    yield from _first("prompt_tokens", prompt, prompt >= 1, "1 or more")
    yield from _first("output_tokens", output, output >= 1, "1 or more")
    uncached = (requests.cached_tokens >= 0) & (requests.cached_tokens < prompt)
    yield from _first("cached_tokens", requests.cached_tokens, uncached, "0 to less than prompt_tokens")
    fits = f"at most {longest:,} together with output_tokens, to fit into the KV cache"
    yield from _first("prompt_tokens", prompt, prompt + output <= longest, fits)


def _first(field: str, values: NDArray[Any], fine: NDArray[np.bool_], allowed: str) -> Iterator[FieldProblem]:
    if not fine.all():
        wrong = int(fine.argmin())
        yield FieldProblem(f"{field} of request {wrong}", values[wrong].item(), allowed)
