"""What deployments do, from Prometheus or their replicas' own metrics, held against targets and plan."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import Deployment
from neuralnav.models.outcome import OutcomeSource
from neuralnav.observability.exposition import EngineSnapshot, read_exposition
from neuralnav.observability.observed import EngineLevels, ObservedWindow, window_of
from neuralnav.observability.prometheus import PrometheusAccess, PrometheusClient
from neuralnav.observability.prometheus_window import observe_prometheus
from neuralnav.observability.queries import Selector
from neuralnav.observability.totals import sum_of
from neuralnav.observability.window import SnapshotWindow
from neuralnav.services.runtimes import Runtimes

logger = logging.getLogger(__name__)

LEAST_SHARE = 0.5
"""Of the time that is asked for, what has to be seen; where it was not, all since the replicas started is told."""


@dataclass
class Observatory:
    """Windows of what deployments did; those read from replicas are kept here, within bounds."""

    runtimes: Runtimes
    prometheus: PrometheusAccess | None = None
    """Unset: the replicas' own ``/metrics`` are read."""
    _windows: dict[UUID, SnapshotWindow] = field(default_factory=dict)

    async def window(self, deployment: Deployment, over: timedelta) -> ObservedWindow | None:
        """What ``deployment`` did in the time ``over`` until now; ``None``: nothing is known.

        Where its replicas were not looked at before, the time since they started.

        Raises:
            UnavailableError: neither Prometheus nor the place where it runs answers.
            InvalidInputError: what they answer cannot be read.
        """
        if self.prometheus is not None:
            selector = Selector.of_deployment(deployment.manifests.namespace, deployment.manifests.name)
            async with PrometheusClient.open(self.prometheus) as client:
                return await observe_prometheus(client, selector, over, datetime.now(UTC))
        texts = await (await self.runtimes.of(deployment.manifests)).expositions(deployment.manifests)
        now = datetime.now(UTC)
        snapshots = _read(texts, now)
        window = self._windows.setdefault(deployment.id, SnapshotWindow())
        window.add(now, snapshots)
        seen = window.observed(over)
        if seen is not None and seen.length >= over * LEAST_SHARE:
            return seen
        return since_start(snapshots, now) or seen

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
