"""What a simulated load comes to: percentiles of TTFT, ITL and E2E, and throughput."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from neuralnav.errors import FieldProblem, InvalidInputError

if TYPE_CHECKING:
    from neuralnav.performance.arrivals import Requests
    from neuralnav.performance.routing import Served

Floats = NDArray[np.float64]

WARM_UP_SHARE = 0.1
"""Share of an open-loop run's requests, the first ones, that its percentiles leave out: they meet a replica that is
still filling. On simulated replicas from 0.3 to 0.95 of saturation, leaving out a fifth moved p95s by 1 % or less: what
biases a short run is not its start but the queues that it has no time to build (see ``capacity``)."""
MIDDLE = (0.1, 0.9)
"""The completions between which an open-loop run's throughput is counted: the replica neither fills nor drains."""
MEDIUM_FROM, NEAR_SATURATION_FROM = 0.5, 0.8
"""Shares of the saturation rate at which a load regime begins."""


class LoadRegime(StrEnum):
    """How much of what it can finish a replica is asked for; errors of predictions grow from one to the next."""

    LIGHT = "light"
    MEDIUM = "medium"
    NEAR_SATURATION = "near_saturation"


@dataclass(frozen=True)
class Percentiles:
    """One latency over the requests of a run, in milliseconds; percentiles interpolate linearly, as numpy's do."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Floats) -> Self:
        """The percentiles of these latencies; all 0 where there are none."""
        if seconds.size == 0:
            return cls(0.0, 0.0, 0.0, 0.0, 0.0)
        ordered = np.sort(seconds)
        p50, p90, p95, p99 = (1e3 * _quantile(ordered, share) for share in (0.5, 0.9, 0.95, 0.99))
        return cls(1e3 * float(ordered.mean()), p50, p90, p95, p99)


@dataclass(frozen=True)
class Results:
    """Latencies and throughput of one run, as the clients see them."""

    ttft_ms: Percentiles
    """From a request's arrival to its first token."""
    itl_ms: Percentiles
    """A request's mean time from token to token, (E2E - TTFT) / (output tokens - 1), over the requests with more than
    one token; all 0 where there are none, as nobody waits for a second token then. Tools also call it TPOT."""
    e2e_ms: Percentiles
    """From a request's arrival to its last token."""
    throughput_rps: float
    """Requests finished a second."""
    output_tokens_per_s: float
    requests: int
    """Requests in the percentiles."""


@dataclass(frozen=True)
class Targets:
    """p95 limits in milliseconds; infinity asks for nothing.

    Raises:
        InvalidInputError: a limit that is not above 0.

    """

    ttft_ms: float
    itl_ms: float
    e2e_ms: float

    def __post_init__(self) -> None:
        problems = tuple(
            FieldProblem(field.name, str(value), "more than 0 ms; infinity asks for nothing")
            for field, value in zip(fields(self), astuple(self), strict=True)
            if not value > 0
        )
        if problems:
            raise InvalidInputError(f"The targets cannot be used: {'; '.join(map(str, problems))}.", problems)

    def held_by(self, results: Results) -> bool:
        """Whether all three p95s are within their limits."""
        return (
            results.ttft_ms.p95 <= self.ttft_ms
            and results.itl_ms.p95 <= self.itl_ms
            and results.e2e_ms.p95 <= self.e2e_ms
        )


def open_loop_results(requests: Requests, served: Served, client_s: float) -> Results:
    """The steady state of a run whose requests come at their own times, finished or not the ones before.

    The first tenth of the requests warms the replica up (``WARM_UP_SHARE``). Throughput is counted from the completion
    that ends the first tenth of them to the one that begins the last.

    Args:
        requests: What was asked for.
        served: When it was answered.
        client_s: Seconds that HTTP, tokenising and the network add to TTFT and so to E2E.

    """
    first = int(WARM_UP_SHARE * len(requests))
    throughput = completions_per_s(served.finish_s, MIDDLE)
    return _results(requests, served, client_s, slice(first, None), throughput)


def whole_run_results(requests: Requests, served: Served, client_s: float) -> Results:
    """All requests of a run, over the time from the first arrival to the last token.

    So benchmarks report closed loops and static batches, in which the burst of the start and the drain of the end
    count. For a recorded trace, too, this is what its clients would have seen. Arguments as in ``open_loop_results``.
    """
    elapsed_s = float(served.finish_s.max() - served.arrival_s.min()) + client_s
    return _results(requests, served, client_s, slice(None), len(requests) / elapsed_s)


def completions_per_s(finish_s: Floats, part: tuple[float, float]) -> float:
    """The rate of completions in a part of them: (0.1, 0.9) leaves out the first and the last tenth.

    Where that part holds less than two moments, the rate from time 0 to the last completion.
    """
    ordered = np.sort(finish_s)
    first, last = (int(share * (finish_s.size - 1)) for share in part)
    elapsed_s = float(ordered[last] - ordered[first])
    return (last - first) / elapsed_s if elapsed_s > 0 else finish_s.size / float(ordered[-1])


def load_regime(qps: float, saturation_qps: float) -> LoadRegime:
    """The regime of a rate, offered or finished, by its share of the rate that saturates the replica."""
    if qps < MEDIUM_FROM * saturation_qps:
        return LoadRegime.LIGHT
    return LoadRegime.MEDIUM if qps < NEAR_SATURATION_FROM * saturation_qps else LoadRegime.NEAR_SATURATION


def _quantile(ordered: Floats, share: float) -> float:
    position = share * (ordered.size - 1)
    low = int(position)
    lower, upper = ordered.item(low), ordered.item(min(low + 1, ordered.size - 1))
    return float(lower + (position - low) * (upper - lower))


def _results(requests: Requests, served: Served, client_s: float, counted: slice, throughput_rps: float) -> Results:
    arrival_s, first_token_s, finish_s = (
        times[counted] for times in (served.arrival_s, served.first_token_s, served.finish_s)
    )
    gaps = requests.output_tokens[counted] - 1
    some = gaps > 0
    return Results(
        ttft_ms=Percentiles.of(first_token_s - arrival_s + client_s),
        itl_ms=Percentiles.of((finish_s - first_token_s)[some] / gaps[some]),
        e2e_ms=Percentiles.of(finish_s - arrival_s + client_s),
        throughput_rps=throughput_rps,
        output_tokens_per_s=throughput_rps * float(requests.output_tokens.mean()),
        requests=int(arrival_s.size),
    )
