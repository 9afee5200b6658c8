"""Capacity surfaces between memory, what ships, the database and the simulations that make new ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from neuralnav.knowledge.capacity_surfaces import SurfaceKey, keep_surfaces, read_surfaces
from neuralnav.knowledge.connections import Pool
from neuralnav.knowledge.shipped_surfaces import read_shipped
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.promise import ToSimulate
from neuralnav.planning.refinement import Sweeper, refine
from neuralnav.services.sweeping import LocalSweeper


@dataclass(frozen=True)
class SurfaceService:
    """Where planners get surfaces from; without a ``pool``, those that are simulated last as long as the planner."""

    pool: Pool | None = None
    sweeper: Sweeper = field(default_factory=LocalSweeper)
    _busy: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def recall(self, planner: Planner, shape: LoadShape) -> None:
        """Bring what is known about a shape of load to the planner's book; costs nothing when it is there.

        Raises:
            UnavailableError: the database does not answer, or what ships cannot be read.
        """
        if planner.surfaces.knows(shape):
            return
        async with self._lock(shape):
            if planner.surfaces.knows(shape):
                return
            shipped = await asyncio.to_thread(read_shipped, planner.edition, shape.key)
            if shipped is not None:
                await asyncio.to_thread(planner.surfaces.put_records, shape, shipped)
            await self._read_kept(planner, shape)

    async def simulate(self, planner: Planner, wanted: ToSimulate, seconds: float) -> AsyncGenerator[int]:
        """Simulate what is wanted for at most ``seconds`` and keep it; gives the number of engines done, as it grows.

        Others who want the same shape of load wait until this is done, and then find it; what other processes have kept
        meanwhile is not simulated again.

        Raises:
            UnavailableError: the database does not answer.
        """
        async with self._lock(wanted.shape):
            await self._read_kept(planner, wanted.shape)
            known = planner.surfaces.surfaces(wanted.shape).simulated[wanted.rows]
            steps = refine(planner, wanted.take(~known), self.sweeper, seconds)
            done: list[NDArray[np.intp]] = []
            finished = int(known.sum())
            try:
                if finished:
                    yield finished
                while (rows := await asyncio.to_thread(next, steps, None)) is not None:
                    done.append(rows)
                    finished += int(rows.size)
                    yield finished
            finally:
                with suppress(ValueError):  # cancelled in the middle of a step: its thread ends it
                    steps.close()
                if done:
                    await self._keep(planner, wanted, np.concatenate(done))

    async def _read_kept(self, planner: Planner, shape: LoadShape) -> None:
        kept = await read_surfaces(self.pool, _key(planner, shape)) if self.pool is not None else None
        if kept is not None:
            await asyncio.to_thread(planner.surfaces.put_records, shape, kept)

    async def _keep(self, planner: Planner, wanted: ToSimulate, rows: NDArray[np.intp]) -> None:
        fresh = planner.surfaces.records(wanted.shape, rows)
        if self.pool is not None:
            await keep_surfaces(
                self.pool,
                _key(planner, wanted.shape),
                fresh,
                shape_document=wanted.shape.model_dump_json(),
                calibration_document=planner.calibration.model_dump_json(),
            )

    def _lock(self, shape: LoadShape) -> asyncio.Lock:
        return self._busy.setdefault(shape.key, asyncio.Lock())


def _key(planner: Planner, shape: LoadShape) -> SurfaceKey:
    return SurfaceKey(planner.edition, shape.key)
