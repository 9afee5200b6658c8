"""The reference data as they are now, and the planner over them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from neuralnav.knowledge.connections import Pool
from neuralnav.knowledge.model_benchmarks import load_benchmarks
from neuralnav.knowledge.reference import load_reference
from neuralnav.knowledge.reference_state import count_changes
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.prediction import LoadKind
from neuralnav.planning.planner import Planner
from neuralnav.services.surfaces import SurfaceService
from neuralnav.services.sweeping import LocalSweeper
from neuralnav.settings import Settings


@dataclass
class Knowledge:
    """What planning and deploying know. With a ``pool``, changes in the database are seen by the next question."""

    _planner: Planner
    surfaces: SurfaceService = field(default_factory=SurfaceService)
    pool: Pool | None = None
    _changes: int = 0
    """Of the reference data, when the planner was made."""
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, reference: ReferenceData, surfaces: SurfaceService | None = None) -> Self:
        """What is known from ``reference`` alone."""
        return cls(Planner(reference), surfaces or SurfaceService())

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, pool: Pool) -> AsyncIterator[Self]:
        """What the database holds; on leaving, whatever was being simulated is given up.

        Raises:
            InvalidInputError: a row in the database cannot be used.
            UnavailableError: the database does not answer.
        """
        changes = await count_changes(pool)
        trusts = settings.allow_trust_remote_code
        planner = await asyncio.to_thread(Planner, *await _known(pool), trusts_remote_code=trusts)
        with LocalSweeper(settings.simulation_workers) as sweeper:
            yield cls(planner, SurfaceService(pool, sweeper), pool, changes)

    async def planner(self) -> Planner:
        """The planner over today's reference data.

        Raises:
            InvalidInputError: a row in the database cannot be used.
            UnavailableError: the database does not answer.
        """
        if self.pool is None:
            return self._planner
        async with self._reading:
            changes = await count_changes(self.pool)
            if changes != self._changes:
                known = await _known(self.pool)
                if known != (self._planner.reference, self._planner.benchmarks):
                    trusts = self._planner.trusts_remote_code
                    self._planner = await asyncio.to_thread(Planner, *known, trusts_remote_code=trusts)
                self._changes = changes
            return self._planner

    async def reference(self) -> ReferenceData:
        """Today's reference data; raises as :meth:`planner` does."""
        return (await self.planner()).reference


async def _known(pool: Pool) -> tuple[ReferenceData, tuple[Benchmark, ...]]:
    """What a planner is made of: reference data and measured runs of the kind that plans use."""
    return await load_reference(pool), await load_benchmarks(pool, load=LoadKind.OPEN_LOOP)
