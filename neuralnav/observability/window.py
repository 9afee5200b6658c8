"""Snapshots of a deployment's replicas over the last while, kept within bounds, and what follows from them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.outcome import OutcomeSource
from neuralnav.observability.exposition import EngineSnapshot
from neuralnav.observability.observed import EngineLevels, ObservedWindow, window_of
from neuralnav.observability.totals import Totals, sum_of

PEAK_SPAN_S = 60.0
"""The least time over which a rate counts as the peak's: over less, chance makes peaks."""

START_SLACK_S = 2.0
"""By how much a replica's clock may differ from ours when it says when it started."""


@dataclass(frozen=True)
class _Poll:
    at: datetime
    replicas: Mapping[str, EngineSnapshot]


@dataclass(frozen=True)
class _Growth:
    """What was counted between two polls."""

    seconds: float
    totals: Totals
    restarts: int


class SnapshotWindow:
    """The last snapshots of every replica of one deployment, bounded in number and age."""

    def __init__(
        self,
        *,
        max_age: timedelta = timedelta(hours=2),
        max_snapshots: int = 500,
        max_replicas: int = 1000,
    ) -> None:
        self._max_age = max_age
        self._max_replicas = max_replicas
        self._polls: deque[_Poll] = deque(maxlen=max_snapshots)

    def add(self, at: datetime, replicas: Mapping[str, EngineSnapshot]) -> None:
        """Take in one look at all replicas that answered; those that did not are left out.

        Raises:
            InvalidInputError: it is not later than the look before, or there are too many replicas.
        """
        if len(replicas) > self._max_replicas:
            problem = FieldProblem("replicas", len(replicas), f"at most {self._max_replicas:,}")
            raise InvalidInputError(f"Too many replicas to watch: {problem}.", (problem,))
        if self._polls and at <= self._polls[-1].at:
            problem = FieldProblem("at", at.isoformat(), f"after {self._polls[-1].at.isoformat()}")
            raise InvalidInputError(f"Snapshots come in the order of time: {problem}.", (problem,))
        self._polls.append(_Poll(at, dict(replicas)))
        while self._polls[0].at < at - self._max_age:
            self._polls.popleft()

    def observed(self, over: timedelta) -> ObservedWindow | None:
        """What happened in the time ``over`` before the last look; ``None`` until there were two looks in it.

        What a replica did between its last look and its end or restart is lost, as it is for Prometheus.
        """
        polls = [poll for poll in self._polls if poll.at >= self._polls[-1].at - over]
        if len(polls) < 2:
            return None
        growths = list(_growths(polls))
        return window_of(
            sum_of(growth.totals for growth in growths),
            window_from=polls[0].at,
            window_to=polls[-1].at,
            peak_qps=_peak_qps(growths),
            source=OutcomeSource.SCRAPED,
            replicas=len(polls[-1].replicas),
            restarts=sum(growth.restarts for growth in growths),
            levels=_levels(polls),
        )


def _growths(polls: Sequence[_Poll]) -> Iterator[_Growth]:
    """What each poll adds to those before; a replica that did not answer once is held against its last answer."""
    last: dict[str, EngineSnapshot] = dict(polls[0].replicas)
    for before, poll in pairwise(polls):
        parts, restarts = [], 0
        for name, snapshot in poll.replicas.items():
            earlier = last.get(name)
            if earlier is None:
                parts += [snapshot.totals] if _began_after(snapshot, polls[0].at) else []
            elif snapshot.restarted_after(earlier):
                parts.append(snapshot.totals)
                restarts += 1
            else:
                parts.append(snapshot.totals.since(earlier.totals))
        last |= poll.replicas
        yield _Growth((poll.at - before.at).total_seconds(), sum_of(parts), restarts)


def _began_after(snapshot: EngineSnapshot, at: datetime) -> bool:
    """Whether all that a replica counted is of the time after ``at``."""
    return snapshot.started_at is not None and snapshot.started_at >= at.timestamp() - START_SLACK_S


def _peak_qps(growths: Iterable[_Growth]) -> float:
    """The largest rate of requests over spans of at least ``PEAK_SPAN_S``; a shorter rest counts with the last one."""
    spans: list[tuple[float, float]] = []
    seconds = requests = 0.0
    for growth in growths:
        seconds += growth.seconds
        requests += growth.totals.answered + growth.totals.failed
        if seconds >= PEAK_SPAN_S:
            spans.append((seconds, requests))
            seconds = requests = 0.0
    if seconds:
        seconds_before, requests_before = spans.pop() if spans else (0.0, 0.0)
        spans.append((seconds_before + seconds, requests_before + requests))
    return max((requests / seconds for seconds, requests in spans), default=0.0)


def _levels(polls: Sequence[_Poll]) -> EngineLevels:
    snapshots = [list(poll.replicas.values()) for poll in polls]
    in_flight = [_sum(level for one in at_once for level in (one.running, one.waiting)) for at_once in snapshots]
    return EngineLevels(
        in_flight=_mean(in_flight),
        running=_sum(one.running for one in snapshots[-1]),
        waiting=_sum(one.waiting for one in snapshots[-1]),
        kv_usage=_mean(one.kv_usage for at_once in snapshots for one in at_once),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
