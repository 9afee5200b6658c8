"""Approved manifests that are committed to a Git repository, for whoever applies what it holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from neuralnav.deployment.gitops import commit_manifests, commit_removal, committed_at
from neuralnav.models.deployment import Check, Deployment, ManifestSet, Validation
from neuralnav.models.plan import Recommendation
from neuralnav.models.running import ChangeVerb, ObjectChange, Preflight, RunningState
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.delivery import Deliverer, Say


@dataclass(frozen=True)
class GitDeliverer(Deliverer):
    """Commits manifests to ``repository`` under ``path``; never pushes."""

    repository: Path
    path: str

    async def where(self, manifests: ManifestSet) -> str:
        """The directory in the repository."""
        return str(self.repository / self.path)

    async def preflight(self, manifests: ManifestSet, replaces: ManifestSet | None) -> Preflight:
        """One change a file."""
        there = await asyncio.to_thread(committed_at, manifests, self.repository, path=self.path)
        before = {file.path: file.text for file in replaces.files} if replaces else {}
        changes = [
            ObjectChange(kind="File", name=file.path, verb=_verb(before.get(file.path), file.text, same=bool(there)))
            for file in manifests.files
        ]
        return Preflight(where=await self.where(manifests), changes=tuple(changes))

    async def put(
        self, manifests: ManifestSet, choice: Recommendation, replaces: ManifestSet | None, *, take_over: bool
    ) -> str | None:
        """Commit them; files that only ``replaces`` has are deleted with it."""
        commit = await asyncio.to_thread(
            commit_manifests, manifests, choice, self.repository, path=self.path, replaces=replaces
        )
        return str(Path(commit.repository, *Path(commit.paths[0]).parts[:-1])) if commit.paths else None

    async def take_away(self, manifests: ManifestSet) -> str | None:
        """Commit that they are gone."""
        commit = await asyncio.to_thread(commit_removal, manifests, self.repository, path=self.path)
        return str(Path(commit.repository, *Path(commit.paths[0]).parts[:-1])) if commit.paths else None

    async def validate(self, deployment: Deployment, specification: DeploymentSpecification, say: Say) -> Validation:
        """Whether the branch holds the approved files."""
        validation, _ = await self.look(deployment)
        return validation

    async def look(self, deployment: Deployment) -> tuple[Validation, RunningState | None]:
        """The same; what becomes of commits is not known here."""
        commit = await asyncio.to_thread(committed_at, deployment.manifests, self.repository, path=self.path)
        found = f"holds the approved files, commit {commit[:12]}" if commit else "does not hold the approved files"
        detail = f"{self.repository} {found}, digest {deployment.manifests.sha256[:12]}."
        return Validation(checks=(Check(name="files", passed=commit is not None, detail=detail),)), None


def _verb(before: str | None, now: str, *, same: bool) -> ChangeVerb:
    if same or before == now:
        return ChangeVerb.UNCHANGED
    return ChangeVerb.CREATE if before is None else ChangeVerb.UPDATE
