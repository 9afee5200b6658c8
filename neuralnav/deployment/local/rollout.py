"""Bringing an order about: the new replicas start beside the old ones, and take over once all of them are ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from neuralnav.deployment.local.gpus import visible_gpus
from neuralnav.deployment.local.order import Order
from neuralnav.deployment.local.program import gpus_needed
from neuralnav.deployment.local.record import ReplicaRecord
from neuralnav.deployment.local.replica import Replica, ReplicaEvents
from neuralnav.deployment.local.revision import Revision

ABANDON_S = 2.0
"""How long the processes of an order that is given up have to end."""

Build = Callable[[Order, Sequence[str]], Revision]


class Rollout:
    """The revision that serves, and the one that is to take its place.

    Where the GPUs do not suffice for both, the old revision is stopped first, and started again if the new one fails.
    """

    def __init__(self, build: Build, events: ReplicaEvents) -> None:
        self._build = build
        self._events = events
        self._serving: Revision | None = None
        self._candidate: Revision | None = None
        self._leaving: dict[Revision, asyncio.Task[None]] = {}
        self._failed: tuple[ReplicaRecord, ...] = ()
        self._failure: str | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def in_force(self) -> Order | None:
        """The order whose replicas get the requests."""
        return self._serving.order if self._serving else None

    @property
    def trouble(self) -> str | None:
        """Why what was asked for will not become ready by itself."""
        return self._failure or (self._serving.trouble if self._serving else None)

    def serving_replicas(self) -> Sequence[Replica]:
        """Those that requests go to, once they are ready."""
        return self._serving.replicas if self._serving else ()

    def records(self) -> tuple[ReplicaRecord, ...]:
        """Every replica that there is, and those of a revision that failed."""
        serving = [replica.record(serves=True) for replica in self.serving_replicas()]
        besides = [revision for revision in (self._candidate, *self._leaving) if revision]
        others = [replica.record() for revision in besides for replica in revision.replicas]
        return (*serving, *others, *self._failed)

    async def follow(self, order: Order) -> None:
        """Begin to bring ``order`` about, in place of whatever was on its way."""
        await self._abandon()
        self._failed, self._failure = (), None
        if self._serving is not None and self._serving.order.runs_the_same(order):
            self._serving.order = order
            self._serving.start()
            self._events.changed()
            return
        self._task = asyncio.create_task(self._roll_out(order), name="rollout")

    async def stop(self) -> None:
        """End every process once the requests in flight are done, or their time is over."""
        await self._abandon()
        if self._serving is not None:
            self._retire(self._serving)
            self._serving = None
        if self._leaving:
            await asyncio.wait(self._leaving.values())

    async def _abandon(self) -> None:
        """Give up what is on its way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        if self._candidate is not None:
            await self._candidate.stop(within_s=ABANDON_S)
            self._candidate = None

    async def _roll_out(self, order: Order) -> None:
        old = self._serving
        if old is not None and not old.serves:
            self._serving = None
            await asyncio.shield(self._retire(old, within_s=ABANDON_S))
            old = None
        gpus = await self._free_gpus(order, old)
        if gpus is None and old is not None:
            self._tell("Stopping", "The GPUs do not suffice for old and new replicas together.")
            self._serving = None
            await asyncio.shield(self._retire(old))
            gpus = await self._free_gpus(order, None)
        new = self._build(order, gpus or ())
        if self._serving is None:
            self._serving = new
        else:
            self._candidate = new
        new.start()
        self._tell("Starting", f"Replicas that are starting: {len(new.replicas)}.")
        if not await new.settle():
            if old is not None:
                await self._keep_old(old, new)
            return
        replaced = self._serving if self._serving is not new else None
        self._serving, self._candidate = new, None
        self._tell("Serving", "All replicas are ready; requests go to them.")
        if replaced is not None:
            self._retire(replaced)

    def _retire(self, revision: Revision, within_s: float | None = None) -> asyncio.Task[None]:
        """Let the processes of ``revision`` end, whatever happens to what called this."""

        async def finish() -> None:
            await revision.stop(within_s=within_s)
            del self._leaving[revision]
            self._events.changed()

        task = asyncio.create_task(finish(), name="retire")
        self._leaving[revision] = task
        self._events.changed()
        return task

    async def _keep_old(self, old: Revision, new: Revision) -> None:
        self._failure = new.trouble
        self._tell("KeptOld", "The new replicas did not become ready; the old ones go on serving.", warning=True)
        if self._serving is new:
            self._serving = None
        self._candidate = new
        await new.stop(within_s=ABANDON_S)
        self._failed = tuple(replica.record() for replica in new.replicas if replica.has_given_up)
        self._candidate = None
        if self._serving is None:
            self._serving = self._build(old.order, old.gpus)
            self._serving.start()
        self._events.changed()

    async def _free_gpus(self, order: Order, old: Revision | None) -> tuple[str, ...] | None:
        """GPUs for ``order`` beside those of ``old``; ``None``: not enough are left."""
        spec = order.document.spec
        needed = gpus_needed(spec) * spec.replicas
        if needed == 0:
            return ()
        taken = old.gpus if old else ()
        free = tuple(gpu for gpu in await asyncio.to_thread(visible_gpus) if gpu not in taken)
        return free[:needed] if len(free) >= needed else None

    def _tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        self._events.happened("LocalDeployment", reason, message, warning)
