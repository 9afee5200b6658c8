"""Simulating ahead: once somebody has planned for a load, the rest of its engines are simulated while nobody waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from neuralnav.errors import NeuralNavError
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.load_shape import LoadShape
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings

LOGGER = logging.getLogger(__name__)
MOST_WAITING = 8
"""Loads that wait for their turn; what comes on top is simulated when it is asked for."""
SLICE_S = 2.0
"""After this long a plan for the same load gets its turn."""


@dataclass
class Filler:
    """One load after the other, in slices between which plans come first."""

    knowledge: Knowledge
    _waiting: asyncio.Queue[DeploymentSpecification] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    _known: set[str] = field(default_factory=set)
    """Keys of the loads that wait or are at work."""

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: Settings, knowledge: Knowledge) -> AsyncIterator[Self | None]:
        """A filler at work until this is left; none where nothing is to be simulated."""
        if not settings.planning_patience_s:
            yield None
            return
        filler = cls(knowledge)
        task = asyncio.create_task(filler._work())
        try:
            yield filler
        finally:
            task.cancel()
            await asyncio.wait([task])

    def want(self, specification: DeploymentSpecification) -> None:
        """Have the whole of a specification's load simulated, if there is room in the queue and it is not there yet."""
        key = LoadShape.of(specification).key
        if key not in self._known and not self._waiting.full():
            self._known.add(key)
            self._waiting.put_nowait(specification)

    async def _work(self) -> None:
        try:
            await self._warm_up()
        except NeuralNavError as error:
            LOGGER.warning("Workers were not warmed up: %s", error)
        while True:
            specification = await self._waiting.get()
            try:
                going = True
                while going:
                    going = await self._fill(specification)
            except NeuralNavError as error:
                LOGGER.warning("Simulating ahead was given up: %s", error)
            self._known.discard(LoadShape.of(specification).key)

    async def _warm_up(self) -> None:
        planner = await self.knowledge.planner()
        sweep = await asyncio.to_thread(planner.smallest_sweep)
        if sweep is not None:
            await asyncio.to_thread(self.knowledge.surfaces.sweeper.warm_up, sweep)

    async def _fill(self, specification: DeploymentSpecification) -> bool:
        """Simulate one slice; whether it got anywhere."""
        planner = await self.knowledge.planner()
        await self.knowledge.surfaces.recall(planner, LoadShape.of(specification))
        wanted = await asyncio.to_thread(planner.unsimulated, specification)
        if not len(wanted):
            return False
        async with aclosing(self.knowledge.surfaces.simulate(planner, wanted, SLICE_S)) as steps:
            done = [finished async for finished in steps]
        return bool(done)


def _report(task: asyncio.Task[None]) -> None:
    """A filler that fails by a fault of ours is seen at once, and plans go on without it."""
    if not task.cancelled() and (error := task.exception()):
        LOGGER.error("Simulating ahead has failed and stopped.", exc_info=error)
