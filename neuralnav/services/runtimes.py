"""Which place runs what: this machine or the cluster, each made when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, runtime_checkable

from neuralnav.deployment.runtime import Runtime
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import DeploymentTarget, ManifestSet

Make = Callable[[], Awaitable[Runtime]]


@runtime_checkable
class Closable(Protocol):
    """A runtime that holds something to be given back."""

    def close(self) -> None:
        """Give it back; the runtime is not used any more."""


class Runtimes:
    """The runtime of every target; targets of one cluster share one."""

    def __init__(self, makers: Mapping[DeploymentTarget, Make]) -> None:
        self._makers = makers
        self._made: dict[Make, Runtime] = {}
        self._making = asyncio.Lock()

    async def of(self, manifests: ManifestSet) -> Runtime:
        """Where ``manifests`` run.

        Raises:
            InvalidInputError: nothing runs manifests of that target, or its settings cannot be used.
            UnavailableError: no cluster is configured.
        """
        make = self._makers.get(manifests.target)
        if make is None:
            problem = FieldProblem("target", manifests.target.value, ", ".join(self._makers))
            raise InvalidInputError(f"Nothing runs such manifests here: {problem}.", (problem,))
        async with self._making:
            if make not in self._made:
                self._made[make] = await make()
        return self._made[make]

    def close(self) -> None:
        """Close the runtimes that were made; those that are needed afterwards are made anew."""
        made, self._made = self._made, {}
        for runtime in made.values():
            if isinstance(runtime, Closable):
                runtime.close()
