"""The replicas of one order, which come and go together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import aiohttp

from neuralnav.deployment.local.document import KILL_MARGIN_SECONDS
from neuralnav.deployment.local.order import Order
from neuralnav.deployment.local.place import Place
from neuralnav.deployment.local.program import gpus_needed
from neuralnav.deployment.local.replica import Replica, ReplicaEvents
from neuralnav.models.running import ReplicaPhase

SETTLED_POLL_S = 0.02
DIGEST_LETTERS = 6


class Revision:
    """The replicas that one order asks for; ``gpus`` are dealt out among them."""

    def __init__(
        self,
        order: Order,
        place: Place,
        gpus: Sequence[str],
        session: aiohttp.ClientSession,
        events: ReplicaEvents,
    ) -> None:
        self.order = order
        self.gpus = tuple(gpus)
        each = gpus_needed(order.document.spec)
        stem = f"{order.document.metadata.name}-{order.digest[:DIGEST_LETTERS]}"
        self.replicas = [
            Replica(f"{stem}-{n + 1}", order, place, self.gpus[n * each : (n + 1) * each], session, events)
            for n in range(order.document.spec.replicas)
        ]
        self._tasks: dict[Replica, asyncio.Task[None]] = {}

    @property
    def is_ready(self) -> bool:
        """Whether every replica takes requests."""
        return all(replica.phase is ReplicaPhase.READY for replica in self.replicas)

    @property
    def serves(self) -> bool:
        """Whether any replica takes requests."""
        return any(replica.phase is ReplicaPhase.READY for replica in self.replicas)

    @property
    def trouble(self) -> str | None:
        """Why it will not become ready by itself; ``None``: nothing speaks against it."""
        return next((replica.trouble for replica in self.replicas if replica.trouble), None)

    def start(self) -> None:
        """Start every replica that does not run: all at first, later those that were given up."""
        for replica in self.replicas:
            if replica not in self._tasks or self._tasks[replica].done():
                self._tasks[replica] = asyncio.create_task(replica.run(), name=replica.name)

    async def settle(self) -> bool:
        """Wait until every replica is ready (``True``) or one has been given up; the replicas bound the time."""
        while not self.is_ready:
            if self.trouble or all(task.done() for task in self._tasks.values()):
                return False
            await asyncio.sleep(SETTLED_POLL_S)
        return True

    async def stop(self, *, within_s: float | None = None) -> None:
        """End every process; unless told otherwise, requests in flight may finish first, as long as the order says."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + (self.order.document.spec.termination_seconds if within_s is None else within_s)
        if within_s is None:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await asyncio.gather(*(replica.idle.wait() for replica in self.replicas))
        for replica in self.replicas:
            replica.stop(max(deadline - clock(), within_s or KILL_MARGIN_SECONDS))
        if self._tasks:
            await asyncio.wait(self._tasks.values())
