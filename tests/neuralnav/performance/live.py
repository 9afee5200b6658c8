"""A load that nobody knows in advance: the simulation hears of each request when it comes, and of some that go."""

from __future__ import annotations

import math
from collections.abc import Mapping

from neuralnav.performance.arrivals import Requests
from neuralnav.performance.decoding import steps_to_wait
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.routing import Served, _Fleet, _new_fleet, _served
from neuralnav.performance.rows import attributed
from neuralnav.performance.scheduler import begin_steps, end_steps, let_go, let_in, withdraw
from neuralnav.performance.state import NONE, Machine, Replica, enqueue
from neuralnav.performance.step_tables import StepTables


class Live:
    """One replica that begins all the steps that it can, whatever may come before they end."""

    def __init__(self, requests: Requests, tables: StepTables, limits: ReplicaLimits) -> None:
        fleet: _Fleet = _new_fleet(requests, tables, limits, 1)
        self.fleet, self.row = fleet, fleet.replicas[0]
        self.machine = Machine(fleet.tables, fleet.limits, fleet.demands[0], fleet.agendas[0])
        self.replica: Replica = attributed(fleet.replicas)[0]
        self.requests = attributed(fleet.requests)

    def run_until(self, until_s: float) -> None:
        """End the steps that end by then, and begin those that begin before."""
        replica = self.replica
        while replica.steps_under_way == 0 or replica.end_s <= until_s:
            if replica.steps_under_way > 0:
                end_steps(self.row, self.fleet.requests, self.machine)
            if self._next_begin_s() >= until_s:
                return
            begin_steps(self.row, self.fleet.requests, self.machine, math.inf)

    def come(self, number: int) -> None:
        """A request arrives, at the time in its row."""
        self.run_until(float(self.requests[number].arrival_s))
        enqueue(self.row, self.fleet.requests, number)
        let_in(self.row, self.fleet.requests, self.machine)

    def go(self, number: int, at_s: float) -> None:
        """A request is cancelled; one that is finished by then is left alone."""
        self.run_until(at_s)
        if self.requests[number].finish_s > 0:
            return
        steps, wait_s = int(self.replica.steps_under_way), at_s - float(self.replica.now_s)
        if steps > 1:
            steps = steps_to_wait(self.row, self.machine, steps, wait_s)
        leave = withdraw if number in self._waiting() else let_go
        leave(self.row, self.fleet.requests, self.machine, number, steps)

    def _next_begin_s(self) -> float:
        replica = self.replica
        if replica.unfinished == 0:
            return math.inf
        if replica.running > 0:
            return float(replica.now_s)
        return max(float(replica.now_s), float(self.requests[replica.first_waiting].arrival_s))

    def _waiting(self) -> list[int]:
        numbers = [int(self.replica.first_waiting)]
        while numbers[-1] != NONE:
            numbers.append(int(self.requests[numbers[-1]].behind))
        return numbers[:-1]


def serve_live(
    requests: Requests, tables: StepTables, limits: ReplicaLimits, cancelled_s: Mapping[int, float]
) -> tuple[Served, Live]:
    """Serve a load as it comes; ``cancelled_s`` says who goes, and when."""
    live = Live(requests, tables, limits)
    events = [(at_s, 0, number) for number, at_s in enumerate(requests.arrival_s.tolist())]
    events += [(at_s, 1, number) for number, at_s in cancelled_s.items()]
    for at_s, goes, number in sorted(events):
        if goes:
            live.go(number, at_s)
        else:
            live.come(number)
    live.run_until(math.inf)
    return _served(live.fleet), live
