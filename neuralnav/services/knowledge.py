"""The reference data as they are now, and the planner over them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from neuralnav.models.catalog import ReferenceData
from neuralnav.planning.planner import Planner


class Knowledge:
    """What planning and deploying know. With ``reread``, changes in the database are seen by the next question."""

    def __init__(self, reference: ReferenceData, reread: Callable[[], Awaitable[ReferenceData]] | None = None) -> None:
        self._planner = Planner(reference)
        self._reread = reread
        self._reading = asyncio.Lock()

    async def planner(self) -> Planner:
        """The planner over today's reference data.

        Raises:
            InvalidInputError: a row in the database cannot be used.
            UnavailableError: the database does not answer.
        """
        if self._reread is None:
            return self._planner
        async with self._reading:
            reference = await self._reread()
            if reference != self._planner.reference:
                self._planner = await asyncio.to_thread(Planner, reference)
            return self._planner

    async def reference(self) -> ReferenceData:
        """Today's reference data; raises as :meth:`planner` does."""
        return (await self.planner()).reference
