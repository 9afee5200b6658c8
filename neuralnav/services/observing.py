"""What deployments do, from Prometheus or their replicas' own metrics, held against targets and plan."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import Deployment
from neuralnav.models.outcome import OutcomeSource
from neuralnav.models.running import RunningState
from neuralnav.observability.exposition import EngineSnapshot, read_exposition
from neuralnav.observability.observed import EngineLevels, ObservedWindow, window_of
from neuralnav.observability.prometheus import PrometheusAccess, PrometheusClient
from neuralnav.observability.prometheus_window import observe_prometheus
from neuralnav.observability.queries import Selector
from neuralnav.observability.totals import sum_of
from neuralnav.observability.window import SnapshotWindow
from neuralnav.services.runtimes import Runtimes

logger = logging.getLogger(__name__)

ONE_SECOND = timedelta(seconds=1)
"""The shortest window that Prometheus can be asked about."""

LEAST_SHARE = 0.5
"""Of the time that is asked for, what has to be seen; where it was not, all since the replicas started is told."""

MOST_DEPLOYMENTS = 1000
"""Deployments whose snapshots are kept; beyond, those go that nobody has asked about for longest."""


@dataclass
class Observatory:
    """Windows of what deployments did; those read from replicas are kept here, within bounds."""

    runtimes: Runtimes
    prometheus: PrometheusAccess | None = None
    """Unset: the replicas' own ``/metrics`` are read."""
    kept_for: timedelta = timedelta(hours=1)
    """How long snapshots of replicas are kept."""
    _windows: dict[UUID, SnapshotWindow] = field(default_factory=dict)
    """The one that was asked about last comes last."""

    async def window(
        self, deployment: Deployment, since: datetime, *, or_since_start: bool = False
    ) -> ObservedWindow | None:
        """What ``deployment`` did from ``since``, or the first look after it, until now; ``None``: nothing is known.

        ``or_since_start``: where less than ``LEAST_SHARE`` of that was looked at, all since its replicas started.

        Raises:
            UnavailableError: neither Prometheus nor the place where it runs answers.
            InvalidInputError: what they answer cannot be read.
        """
        if self.prometheus is not None:
            selector = Selector.of_deployment(deployment.manifests.namespace, deployment.manifests.name)
            async with PrometheusClient.open(self.prometheus) as client:
                now = datetime.now(UTC)
                return await observe_prometheus(client, selector, max(now - since, ONE_SECOND), now)
        texts = await (await self.runtimes.of(deployment.manifests)).expositions(deployment.manifests)
        now = datetime.now(UTC)
        snapshots = _read(texts, now)
        kept = self._kept(deployment.id)
        kept.add(now, snapshots)
        seen = kept.observed(now - since)
        if not or_since_start or (seen is not None and seen.length >= (now - since) * LEAST_SHARE):
            return seen
        return since_start(snapshots, now) or seen

    async def wanted(self, deployment: Deployment) -> int | None:
        """How many replicas of ``deployment`` should run at present; ``None``: the place does not tell."""
        manifests = deployment.manifests
        try:
            state = await (await self.runtimes.of(manifests)).state(manifests)
        except (UnavailableError, InvalidInputError) as error:
            logger.warning("how many replicas %s should have is not known: %s", deployment.name, error.detail)
            return None
        return should_run(state)

    def _kept(self, deployment_id: UUID) -> SnapshotWindow:
        kept = self._windows.pop(deployment_id, None) or SnapshotWindow(max_age=self.kept_for)
        self._windows[deployment_id] = kept
        if len(self._windows) > MOST_DEPLOYMENTS:
            del self._windows[next(iter(self._windows))]
        return kept

    def forget_all_but(self, deployments: frozenset[UUID]) -> None:
        """Keep no window of deployments that have ended."""
        for gone in self._windows.keys() - deployments:
            del self._windows[gone]


def _read(texts: Mapping[str, str], at: datetime) -> dict[str, EngineSnapshot]:
    found = {}
    for replica, text in texts.items():
        try:
            found[replica] = read_exposition(text, at)
        except InvalidInputError as error:
            logger.warning("the metrics of %s cannot be read: %s", replica, error.detail)
    return found


def should_run(state: RunningState) -> int:
    """Replicas that should run: as many as the place keeps at this load; one at least, also where all of it is gone."""
    return max(state.wanted, 1)


def since_start(snapshots: Mapping[str, EngineSnapshot], at: datetime) -> ObservedWindow | None:
    """All that replicas counted since they started, where they say when that was; the peak is then not known."""
    started = [snapshot.started_at for snapshot in snapshots.values() if snapshot.started_at is not None]
    if not started or len(started) < len(snapshots):
        return None
    begun = datetime.fromtimestamp(min(started), UTC)
    if begun >= at:
        return None
    return window_of(
        sum_of(snapshot.totals for snapshot in snapshots.values()),
        window_from=begun,
        window_to=at,
        peak_qps=0.0,
        source=OutcomeSource.SCRAPED,
        replicas=len(snapshots),
        restarts=None,
        levels=EngineLevels(),
    )
