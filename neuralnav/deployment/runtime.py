"""The seam between deploying and the places where deployments run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import httpx

from neuralnav.models.deployment import ManifestSet
from neuralnav.models.running import FieldConflict, Preflight, RunningState


class Runtime(Protocol):
    """A place where deployments run. Every call is bounded in time, and safe to repeat after a crash at any point.

    All of them raise ``UnavailableError`` where the place does not answer, and ``InvalidInputError`` for manifests
    that it does not take.
    """

    def where(self, manifests: ManifestSet) -> str:
        """The place in a few words, as :meth:`preflight` says it; asks nobody."""

    async def preflight(self, manifests: ManifestSet, *, replaces: ManifestSet | None = None) -> Preflight:
        """What :meth:`apply` would do and whether it could; changes nothing."""

    async def apply(
        self,
        manifests: ManifestSet,
        *,
        replaces: ManifestSet | None = None,
        take_over: tuple[FieldConflict, ...] = (),
    ) -> None:
        """Put exactly ``manifests`` in place and take away what only ``replaces`` had; returns before it is ready.

        Doing it again changes nothing. ``take_over``: the fields of other tools that may be taken, as was approved;
        where there are others, nothing is changed.

        Raises:
            InvalidInputError: something there is not ours, or a field belongs to another tool.
        """

    async def state(self, manifests: ManifestSet) -> RunningState:
        """What is there now."""

    def changes(self, manifests: ManifestSet, seconds: float) -> AsyncGenerator[RunningState, None]:
        """The state now, and then whenever something may have changed, for ``seconds`` at most; close it when done."""

    async def remove(self, manifests: ManifestSet) -> None:
        """Take away what :meth:`apply` put there, and nothing else. Nothing there is no error.

        Returns when it is gone or, where requests in flight keep it for long, on its way.
        """

    def client(self, manifests: ManifestSet) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        """A client whose base address is the model server's (paths ``/v1/...``, ``/health``); for probes.

        Raises:
            UnavailableError: nothing is there to talk to.
        """

    async def expositions(self, manifests: ManifestSet) -> Mapping[str, str]:
        """Each ready replica's own ``/metrics``, by the replica's name."""
