"""What a deployment does just now, for the page that shows it: its replicas, and its latest figures over time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import AwareDatetime

from neuralnav.deployment.runtime import Runtime
from neuralnav.errors import InvalidInputError, NeuralNavError, NotFoundError, UnavailableError
from neuralnav.models.base import Frozen, PlainText
from neuralnav.models.deployment import Deployment
from neuralnav.models.running import RunningState
from neuralnav.observability.observed import Distribution, ObservedWindow
from neuralnav.services.observing import Observatory
from neuralnav.services.records import Records

EVERY = timedelta(seconds=3)
"""Between two looks at one deployment, however many pages ask."""

LATEST = timedelta(minutes=1)
"""How far back each figure reaches where replicas are read."""

LATEST_OF_PROMETHEUS = timedelta(minutes=5)
"""The same where Prometheus is asked: growth needs two of its samples."""

MOST_POINTS = 120
"""Figures that are kept of one deployment, the latest."""

MOST_SHOWN = 200
"""Deployments whose figures are kept; beyond, those go that nobody has looked at for longest."""

LOOK_TIMEOUT_S = 15.0
"""The longest that a look may take."""


class LivePoint(Frozen):
    """The figures of the window that ends at ``at``; ``None``: no request that would tell."""

    at: AwareDatetime
    span_s: float
    """Length of the window."""
    requests: float
    ttft_p95_ms: float | None = None
    itl_p95_ms: float | None = None
    requests_per_s: float = 0.0
    tokens_per_s: float | None = None
    """Of answers."""
    running: float | None = None
    """Requests in the batches."""
    waiting: float | None = None
    """Requests that wait for a place in a batch."""

    @classmethod
    def of(cls, window: ObservedWindow) -> LivePoint:
        """The figures of ``window``."""
        return cls(
            at=window.window_to,
            span_s=window.length.total_seconds(),
            requests=window.requests,
            ttft_p95_ms=_p95(window.ttft),
            itl_p95_ms=_p95(window.itl),
            requests_per_s=window.average_qps,
            tokens_per_s=window.output_tokens_per_s,
            running=window.levels.running,
            waiting=window.levels.waiting,
        )


class LiveView(Frozen):
    """A deployment as it is now."""

    at: AwareDatetime
    state: RunningState | None = None
    unanswered: PlainText | None = None
    """Why its state is not known."""
    unseen: PlainText | None = None
    """Why its figures are not known."""
    before: LivePoint | None = None
    """What it did from its start until it was first looked at here."""
    points: tuple[LivePoint, ...] = ()
    """Oldest first."""


@dataclass
class _Shown:
    """What is kept of one deployment between looks."""

    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    view: LiveView | None = None
    before: LivePoint | None = None
    points: deque[LivePoint] = field(default_factory=lambda: deque(maxlen=MOST_POINTS))


@dataclass
class LiveViews:
    """Looks at deployments for those who may see them, at most every :data:`EVERY`."""

    records: Records
    observatory: Observatory
    """Its own: what is read here does not count among the looks of whoever watches."""
    _shown: OrderedDict[UUID, _Shown] = field(default_factory=OrderedDict)

    async def owned(self, deployment_id: UUID, owner: str) -> Deployment:
        """The deployment, if ``owner`` approved it and it still has its name.

        Raises:
            NotFoundError: there is no such deployment, it does not run, or it is somebody else's.
            UnavailableError: the database does not answer.
        """
        kept = await self.records.find_watch(deployment_id)
        if kept is None or kept.deployment.approval.by != owner or not kept.deployment.runs:
            raise NotFoundError("There is no such deployment that runs.")
        deployment, manifests = kept.deployment, kept.deployment.manifests
        if await self.records.is_name_taken(manifests.namespace, manifests.name, deployment.thread_id):
            raise NotFoundError("Another conversation has a deployment of that name now.")
        return deployment

    async def runtime(self, deployment: Deployment) -> Runtime:
        """Where ``deployment`` runs; raises as :meth:`Runtimes.of` does."""
        return await self.observatory.runtimes.of(deployment.manifests)

    async def view(self, deployment_id: UUID, owner: str) -> LiveView:
        """How the deployment is now; what cannot be known says why.

        Raises:
            NotFoundError: there is no such deployment, it does not run, or it is somebody else's.
            UnavailableError: the database does not answer.
        """
        deployment = await self.owned(deployment_id, owner)
        shown = self._kept(deployment_id)
        async with shown.looking:
            if shown.view is None or datetime.now(UTC) - shown.view.at >= EVERY:
                shown.view = await self._look(deployment, shown)
            return shown.view

    async def _look(self, deployment: Deployment, shown: _Shown) -> LiveView:
        state, unanswered, unseen = None, None, None
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                state = await (await self.runtime(deployment)).state(deployment.manifests)
        except (UnavailableError, InvalidInputError, TimeoutError) as error:
            unanswered = _why(error)
        if state is not None and state.ready:
            try:
                async with asyncio.timeout(LOOK_TIMEOUT_S):
                    await self._read(deployment, shown)
            except (UnavailableError, InvalidInputError, TimeoutError) as error:
                unseen = _why(error)
        return LiveView(
            at=datetime.now(UTC),
            state=state,
            unanswered=unanswered,
            unseen=unseen,
            before=shown.before,
            points=tuple(shown.points),
        )

    async def _read(self, deployment: Deployment, shown: _Shown) -> None:
        span = LATEST if self.observatory.prometheus is None else LATEST_OF_PROMETHEUS
        first = not shown.points and shown.before is None
        window = await self.observatory.window(deployment, datetime.now(UTC) - span, or_since_start=first)
        if window is None:
            return
        point = LivePoint.of(window)
        if first and window.length > span:
            shown.before = point
        else:
            shown.points.append(point)

    def _kept(self, deployment_id: UUID) -> _Shown:
        shown = self._shown.setdefault(deployment_id, _Shown())
        self._shown.move_to_end(deployment_id)
        if len(self._shown) > MOST_SHOWN:
            self._shown.popitem(last=False)
        return shown


def _p95(seen: Distribution | None) -> float | None:
    """The p95 or, where it is above every bucket, the least that it can be."""
    return None if seen is None else seen.p95.value or seen.p95.low


def _why(error: NeuralNavError | TimeoutError) -> str:
    if isinstance(error, NeuralNavError):
        return error.detail
    return f"It did not answer within {LOOK_TIMEOUT_S:g} s."
