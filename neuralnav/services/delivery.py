"""What becomes of approved manifests: the seam between deciding and doing, and writing them as files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from neuralnav.deployment.output import holds_manifests, manifests_path, remove_manifests, write_manifests
from neuralnav.models.deployment import Check, Deployment, ManifestSet, Validation
from neuralnav.models.plan import Recommendation
from neuralnav.models.running import ChangeVerb, FieldConflict, ObjectChange, Preflight, RunningState
from neuralnav.models.specification import DeploymentSpecification

Say = Callable[[str], None]
"""Is told how far a longer piece of work is."""


def say_nothing(_words: str) -> None:
    """For callers that nobody listens to."""


class Deliverer(Protocol):
    """One way to deliver. All of it can be repeated after a crash; nothing is done twice."""

    async def where(self, manifests: ManifestSet) -> str:
        """The place, as :meth:`preflight` calls it; asks nobody.

        Raises:
            InvalidInputError: the settings lead to no place for such manifests.
            UnavailableError: no cluster is configured.
        """

    async def preflight(self, manifests: ManifestSet, replaces: ManifestSet | None) -> Preflight:
        """What :meth:`put` would do and whether it could; changes nothing.

        Raises:
            UnavailableError: the place does not answer.
        """

    async def put(
        self,
        manifests: ManifestSet,
        choice: Recommendation,
        replaces: ManifestSet | None,
        *,
        take_over: tuple[FieldConflict, ...],
    ) -> str | None:
        """Put exactly ``manifests``, which deploy ``choice``, in place of ``replaces``.

        ``take_over``: the fields of other tools that may be taken, as was approved.

        Returns the directory that holds them, if one does.

        Raises:
            InvalidInputError: something else is there, or belongs to somebody else.
            UnavailableError: the place does not answer.
        """

    async def take_away(self, manifests: ManifestSet) -> str | None:
        """Take away what :meth:`put` put there, and nothing else; returns the directory that held it, if one did.

        Raises:
            InvalidInputError: what is there has been changed by somebody else.
            UnavailableError: the place does not answer.
        """

    async def validate(self, deployment: Deployment, specification: DeploymentSpecification, say: Say) -> Validation:
        """Whether what is there is, and does, what was approved.

        Raises:
            UnavailableError: the place does not answer.
        """

    async def look(self, deployment: Deployment) -> tuple[Validation, RunningState | None]:
        """Whether what is there now is what was approved, at a glance, and its replicas where they are known.

        Raises:
            UnavailableError: the place does not answer.
        """


@dataclass(frozen=True)
class FilesDeliverer(Deliverer):
    """Writes manifests into directories under ``directory``."""

    directory: Path

    async def where(self, manifests: ManifestSet) -> str:
        """The directory, from the root."""
        return str(self.directory.absolute())

    async def preflight(self, manifests: ManifestSet, replaces: ManifestSet | None) -> Preflight:
        """One change a file; files of an earlier revision stay beside them."""
        there = await asyncio.to_thread(holds_manifests, manifests, self.directory)
        verb = ChangeVerb.UNCHANGED if there else ChangeVerb.CREATE
        changes = tuple(ObjectChange(kind="File", name=file.path, verb=verb) for file in manifests.files)
        return Preflight(where=await self.where(manifests), changes=changes)

    async def put(
        self,
        manifests: ManifestSet,
        choice: Recommendation,
        replaces: ManifestSet | None,
        *,
        take_over: tuple[FieldConflict, ...],
    ) -> str | None:
        """Write them; the files of ``replaces`` are left."""
        return str(await asyncio.to_thread(write_manifests, manifests, self.directory))

    async def take_away(self, manifests: ManifestSet) -> str | None:
        """Remove their directory."""
        return str(await asyncio.to_thread(remove_manifests, manifests, self.directory))

    async def validate(self, deployment: Deployment, specification: DeploymentSpecification, say: Say) -> Validation:
        """Whether the files on disk are the approved ones."""
        validation, _ = await self.look(deployment)
        return validation

    async def look(self, deployment: Deployment) -> tuple[Validation, RunningState | None]:
        """The same; files do not run."""
        target = manifests_path(deployment.manifests, self.directory)
        same = await asyncio.to_thread(holds_manifests, deployment.manifests, self.directory)
        found = f"{target} {'holds' if same else 'does not hold'} the approved files"
        detail = f"{found}, digest {deployment.manifests.sha256[:12]}."
        return Validation(checks=(Check(name="files", passed=same, detail=detail),)), None
