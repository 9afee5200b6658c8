"""Requests of a load: when they arrive and how many tokens they have.

Everything is drawn once, at one request a second, from a seed; a rate only stretches the pattern. So two rates, or two
engines, answer the very same requests and differ by nothing but what is compared (common random numbers). To the same
end each kind of draw has its own stream (numpy's PCG64): another arrival process leaves the lengths alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.specification import TrafficShape
from neuralnav.performance.lengths import lengths_at
from neuralnav.performance.memory import BLOCK_TOKENS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_REQUESTS = 2_000_000
"""Requests in one load."""
LONGEST_LOAD_S = 1e11
"""Seconds from the first to the last arrival: up to here a float64 tells hundredths of a millisecond apart."""
FASTEST_QPS = 1e6
"""Requests a second in one load."""


class ArrivalProcess(StrEnum):
    """How the time between two arrivals varies around its mean."""

    CONSTANT = "constant"
    POISSON = "poisson"
    BURSTY = "bursty"


ARRIVAL_VARIATION = MappingProxyType(
    {ArrivalProcess.CONSTANT: 0.0, ArrivalProcess.POISSON: 1.0, ArrivalProcess.BURSTY: 2.0}
)
"""Coefficient of variation of the time between arrivals; at 1 the gamma distribution is the Poisson process."""


@dataclass(frozen=True)
class Requests:
    """One load, in order of arrival; every array has one entry a request."""

    arrival_s: Floats
    """Seconds from the start, never falling."""
    prompt_tokens: Integers
    output_tokens: Integers
    cached_tokens: Integers
    """Prompt tokens that the prefix cache holds; always fewer than the prompt has."""

    def __len__(self) -> int:
        return int(self.arrival_s.size)

    @property
    def slowest_qps(self) -> float:
        """The rate at which they take ``LONGEST_LOAD_S`` to come."""
        return len(self) / LONGEST_LOAD_S

    def at(self, qps: float) -> Requests:
        """The same requests, which came at one a second, at ``qps`` a second.

        Raises:
            InvalidInputError: ``qps`` is no rate, below ``slowest_qps`` or above ``FASTEST_QPS``.

        """
        if not self.slowest_qps <= qps <= FASTEST_QPS:
            raise _refusal("qps", qps, f"{self.slowest_qps:g} to {FASTEST_QPS:,.0f} for {len(self):,} requests")
        return replace(self, arrival_s=self.arrival_s / qps)


@dataclass(frozen=True)
class RequestShape:
    """What one request may look like.

    Raises:
        InvalidInputError: a ratio outside [0, 1), or lengths whose mean does not fit into the context window.

    """

    parts: tuple[TrafficShape, ...]
    """Kinds of requests by weight; the weights need not add up to 1."""
    context_window: int
    """Most tokens of prompt and output together (vLLM's ``max_model_len``). Longer tails are cut off there."""
    prefix_hit_ratio: float = 0.0
    """Share of each prompt's tokens that the prefix cache holds."""

    def __post_init__(self) -> None:
        if not self.parts:
            raise _refusal("mix", "nothing", "at least one kind of request")
        check_prefix_hit_ratio(self.prefix_hit_ratio)
        for part in self.parts:
            prompt, output = part.prompt_tokens.mean, part.output_tokens.mean
            if prompt + output > self.context_window:
                allowed = f"with output_tokens ({output:g}) at most {self.context_window:,}, the context window"
                raise _refusal("prompt_tokens", prompt, allowed)


def draw_requests(shape: RequestShape, process: ArrivalProcess, count: int, seed: int = 0) -> Requests:
    """``count`` requests that arrive at one a second; ``Requests.at`` gives another rate.

    Gaps are drawn from a gamma distribution with the process's variation, then scaled so that they fill ``count``
    seconds: for the Poisson process that is the process given its number of arrivals, and the offered rate is exactly
    what was asked for.

    Raises:
        InvalidInputError: ``count`` or ``seed`` is out of range.

    """
    _check_draw(count, seed)
    variation = ARRIVAL_VARIATION[process]
    if variation == 0:
        return _with_lengths(np.arange(count, dtype=np.float64), shape, seed)
    gaps = _generator(seed, _Stream.ARRIVALS).standard_gamma(variation**-2, size=count + 1)
    elapsed = np.cumsum(gaps)
    return _with_lengths(elapsed[:-1] * (count / elapsed[-1]), shape, seed)


def draw_batch(shape: RequestShape, count: int, seed: int = 0) -> Requests:
    """``count`` requests at time 0: a static batch, or the requests that the clients of a closed loop send in turn.

    Raises:
        InvalidInputError: ``count`` or ``seed`` is out of range.

    """
    _check_draw(count, seed)
    return _with_lengths(np.zeros(count), shape, seed)


def out_of_step(requests: Requests, clients: int) -> Requests:
    """The requests of a closed loop with the first answer of each client cut to an evenly spread share of its length.

    Clients that begin together and always get answers of one length stay in step for ever: all their prompts come at
    once, none in between. Measured servers under such loads show neither the burst nor the pauses: their clients were
    out of step. What the first ``clients`` requests take is then no part of the result.
    """
    first = min(clients, len(requests))
    shares = np.arange(1, first + 1) / first
    output = requests.output_tokens.copy()
    output[:first] = np.maximum(np.rint(output[:first] * shares), 1).astype(np.int64)
    return replace(requests, output_tokens=output)


def cached_tokens(prompt_tokens: Integers, prefix_hit_ratio: float) -> Integers:
    """Prompt tokens that the prefix cache holds: the nearest whole blocks, but never the whole prompt.

    vLLM reads at least the last token of each prompt anew, as its logits give the first token of the answer.
    """
    blocks = np.rint(prompt_tokens * prefix_hit_ratio / BLOCK_TOKENS).astype(np.int64)
    return np.minimum(blocks, (prompt_tokens - 1) // BLOCK_TOKENS) * BLOCK_TOKENS


def check_prefix_hit_ratio(ratio: float) -> None:
    """Refuse a ratio outside [0, 1).

    Raises:
        InvalidInputError: it is.

    """
    if not 0 <= ratio < 1:
        raise _refusal("prefix_hit_ratio", ratio, "0 to less than 1")


class _Stream(IntEnum):
    ARRIVALS = 0
    PARTS = 1
    PROMPTS = 2
    OUTPUTS = 3


def _with_lengths(arrival_s: Floats, shape: RequestShape, seed: int) -> Requests:
    count = arrival_s.size
    weights = np.cumsum([part.weight for part in shape.parts])
    part_of = np.searchsorted(weights[:-1] / weights[-1], _strata(seed, _Stream.PARTS, count), side="right")
    prompt_strata, output_strata = _strata(seed, _Stream.PROMPTS, count), _strata(seed, _Stream.OUTPUTS, count)
    prompts, outputs = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for index, part in enumerate(shape.parts):
        own = part_of == index
        prompts[own] = lengths_at(part.prompt_tokens, prompt_strata[own], shape.context_window - 1)
        outputs[own] = lengths_at(part.output_tokens, output_strata[own], shape.context_window)
    return Requests(
        arrival_s=arrival_s,
        prompt_tokens=prompts,
        output_tokens=np.minimum(outputs, shape.context_window - prompts),
        cached_tokens=cached_tokens(prompts, shape.prefix_hit_ratio),
    )


def _strata(seed: int, stream: _Stream, count: int) -> Floats:
    """Quantiles in random order, one from each ``count``-th part of (0, 1): the sample's mean and tail vary little."""
    generator = _generator(seed, stream)
    return (generator.permutation(count) + generator.random(count)) / count


def _generator(seed: int, stream: _Stream) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(stream,))))


def _check_draw(count: int, seed: int) -> None:
    if not 1 <= count <= MOST_REQUESTS:
        raise _refusal("requests", count, f"1 to {MOST_REQUESTS:,}")
    if not 0 <= seed < 2**64:
        raise _refusal("seed", seed, "a whole number from 0 to 2^64 - 1")


def _refusal(field: str, value: object, allowed: str) -> InvalidInputError:
    """The error; a value that JSON cannot hold is named in words."""
    storable = str(value) if isinstance(value, float) and not math.isfinite(value) else value
    problem = FieldProblem(field, storable, allowed)
    return InvalidInputError(f"The load cannot be made: {problem}.", (problem,))
