"""What one replica carries: the rate that saturates it, and the largest at which the p95 targets hold.

Simulated p95s are noisy, so all that could differ between two rates is kept the same: the requests are drawn once, from
a fixed seed, and a rate only stretches their arrivals (see ``arrivals``). How many it takes was measured with sixteen
seeds each against 60,000 requests on simulated replicas (8B on H100 and L4, 70B on four H100s; prompts of 512 and 4,000
tokens, answers of 256 and 1,000; Poisson arrivals). In percent, the mean error and the standard deviation, each the
range over replicas and TTFT, ITL and E2E:

========  =================  =================  =================  ==========
Requests  p95 at half of     p95 at 0.8 of      largest rate for   time of a
          saturation         saturation (1)     a single target    search
========  =================  =================  =================  ==========
500       -3 to 0, 1 to 7    -13 to -1, 2 to 8  1 to 16, 4 to 26   3 ms
1,000     -2 to 1, 1 to 5    -7 to -1, 2 to 9   -4 to 5, 2 to 21   5 ms
2,000     -1 to 1, 1 to 4    -4 to -1, 1 to 5   -1 to 5, 2 to 14   8 ms
4,000     0 to 1, 1 to 3     -1 to 2, 1 to 6    -1 to 1, 2 to 8    14 ms
8,000     0 to 1, 1 to 2     0 to 2, 1 to 4     -2 to 1, 1 to 6    28 ms
========  =================  =================  =================  ==========

(1) But for TTFT where the KV cache fills first: there a few bursts decide, and 4,000 requests still vary by 13 %.

A short run has no time to build the queues of a long one, so its p95s are too low and its rates too high. From 4,000 on
that is gone up to 0.8 of saturation, and what remains is less than a prediction's own error. Rates vary by more than
5 % only where the p95 hardly depends on the rate, as TTFT at light load. Bursty arrivals double the deviations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from neuralnav.performance.arrivals import Requests
from neuralnav.performance.clients import Clients, mean_streams
from neuralnav.performance.kv_cache import ReplicaLimits, held_bytes
from neuralnav.performance.results import Results, Targets, completions_per_s, open_loop_results
from neuralnav.performance.routing import serve
from neuralnav.performance.step_tables import StepTables

CAPACITY_REQUESTS = 4000
"""Requests for a capacity, or for percentiles that are to be close to those of a long run; see above."""
BACKLOG_TURNS = 8
"""Requests for each place of a backlog run, at least. All places are first filled at once and so are emptied in waves,
which answers of different lengths blur; with fixed lengths, too, the rate is within about 3 % from eight turns on."""
BACKLOG_MIDDLE = (0.25, 0.75)
"""The completions between which a backlog run's rate is counted."""
RATE_STEP = 1.015
"""Neighbouring rates of the search differ by this factor."""
RATE_STEPS = 512
"""Rates of the search below saturation: down to 1/2,000 of it, where a request mostly has the replica to itself."""


@dataclass(frozen=True)
class LoadedReplica:
    """One replica and the requests that it gets, whatever their rate.

    Everything here raises ``InvalidInputError`` where the simulation refuses the requests: one that the KV cache can
    never hold, for one.
    """

    requests: Requests
    """At one a second, as ``draw_requests`` makes them."""
    tables: StepTables
    limits: ReplicaLimits
    clients: Clients = field(default_factory=Clients)
    ranks: int = 1
    """Data-parallel ranks that share the clients; each of them gets these requests."""

    @cached_property
    def saturation_qps(self) -> float:
        """Requests a second that the replica finishes when it never idles: all are there from the start.

        The requests are repeated until there are enough.
        """
        count = max(len(self.requests), CAPACITY_REQUESTS, BACKLOG_TURNS * places(self.requests, self.limits))
        backlog = Requests(
            arrival_s=np.zeros(count),
            prompt_tokens=np.resize(self.requests.prompt_tokens, count),
            output_tokens=np.resize(self.requests.output_tokens, count),
            cached_tokens=np.resize(self.requests.cached_tokens, count),
        )
        return completions_per_s(serve(backlog, self.tables, self.limits).finish_s, BACKLOG_MIDDLE)

    def at(self, qps: float) -> Results:
        """Latencies and throughput at ``qps``.

        Raises:
            InvalidInputError: ``qps`` is no rate.

        """
        offered = self.requests.at(qps)
        served = serve(offered, self.tables, self.limits)
        added_s = self.clients.added_s(mean_streams(served, self.ranks))
        return open_loop_results(offered, self.clients.with_prompts(offered, served), added_s)

    def over(self, rates: Iterable[float]) -> tuple[Results, ...]:
        """Latencies and throughput at each of these rates."""
        return tuple(self.at(qps) for qps in rates)

    def max_qps(self, targets: Targets) -> float:
        """The largest rate at which all three p95 targets hold, to 1.5 %; at most the saturation rate.

        It is one of fixed rates, found by bisection between saturation and nearly no load. So the rate that is
        returned was itself simulated, and stricter targets never give a higher one: at each rate that both searches
        try, what holds for the stricter holds for the looser. About twelve runs. 0 where the targets are missed even
        with nearly no load.
        """
        if self._holds(0, targets):
            return self._rate(0)
        if not self._holds(RATE_STEPS, targets):
            return 0.0
        missed, held = 0, RATE_STEPS
        while held - missed > 1:
            middle = (missed + held) // 2
            if self._holds(middle, targets):
                held = middle
            else:
                missed = middle
        return self._rate(held)

    def _rate(self, steps: int) -> float:
        return max(self.saturation_qps / RATE_STEP**steps, self.requests.slowest_qps)

    def _holds(self, steps: int, targets: Targets) -> bool:
        return targets.held_by(self.at(self._rate(steps)))


def places(requests: Requests, limits: ReplicaLimits) -> int:
    """Mean requests, halfway through their answers, that run at a time; 0 where not even one is held."""
    tokens = int(requests.prompt_tokens.mean() + requests.output_tokens.mean() / 2)
    return min(limits.max_num_seqs, limits.kv_cache_bytes // max(held_bytes(limits, tokens), 1))
