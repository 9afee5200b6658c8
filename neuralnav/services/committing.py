"""Approved manifests that are committed to a Git repository, for whoever applies what it holds."""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass
from pathlib import Path

from neuralnav.deployment.gitops import GitCommit, branch_of, commit_manifests, commit_removal, committed_at
from neuralnav.models.deployment import Check, Deployment, ManifestSet, Validation
from neuralnav.models.plan import Recommendation
from neuralnav.models.running import ChangeVerb, FieldConflict, ObjectChange, Preflight, RunningState
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.delivery import Deliverer, Say


@dataclass(frozen=True)
class GitDeliverer(Deliverer):
    """Commits manifests to ``repository`` under ``path``; never pushes."""

    repository: Path
    path: str

    async def where(self, manifests: ManifestSet) -> str:
        """The branch that is checked out, and the directory in the repository."""
        branch = await asyncio.to_thread(branch_of, self.repository)
        return f"branch {branch} of {self.repository / self.path}"

    async def preflight(self, manifests: ManifestSet, replaces: ManifestSet | None) -> Preflight:
        """One change a file; those that only ``replaces`` has go."""
        there = await asyncio.to_thread(committed_at, manifests, self.repository, path=self.path)
        before = {file.path: file.text for file in replaces.files} if replaces else {}
        now = {file.path: file.text for file in manifests.files}
        kept = now if there else before
        changes = [_change(path, kept.get(path), text) for path, text in now.items()]
        changes += [_change(path, before[path], None) for path in sorted(before.keys() - now.keys())]
        return Preflight(where=await self.where(manifests), changes=tuple(changes))

    async def put(
        self,
        manifests: ManifestSet,
        choice: Recommendation,
        replaces: ManifestSet | None,
        *,
        take_over: tuple[FieldConflict, ...],
    ) -> str | None:
        """Commit them; files that only ``replaces`` has are deleted with it."""
        commit = await asyncio.to_thread(
            commit_manifests, manifests, choice, self.repository, path=self.path, replaces=replaces
        )
        return _directory(commit)

    async def take_away(self, manifests: ManifestSet) -> str | None:
        """Commit that they are gone."""
        commit = await asyncio.to_thread(commit_removal, manifests, self.repository, path=self.path)
        return _directory(commit)

    async def validate(self, deployment: Deployment, specification: DeploymentSpecification, say: Say) -> Validation:
        """Whether the branch holds the approved files."""
        validation, _ = await self.look(deployment)
        return validation

    async def look(self, deployment: Deployment) -> tuple[Validation, RunningState | None]:
        """The same; what becomes of commits is not known here."""
        commit = await asyncio.to_thread(committed_at, deployment.manifests, self.repository, path=self.path)
        where = await self.where(deployment.manifests)
        found = f"holds the approved files, commit {commit[:12]}" if commit else "does not hold the approved files"
        detail = f"The {where} {found}, digest {deployment.manifests.sha256[:12]}."
        return Validation(checks=(Check(name="files", passed=commit is not None, detail=detail),)), None


def _directory(commit: GitCommit) -> str:
    return str(Path(commit.repository, commit.paths[0]).parent)


def _change(path: str, before: str | None, now: str | None) -> ObjectChange:
    """What becomes of one file; ``None``: it is not there."""
    if before == now:
        return ObjectChange(kind="File", name=path, verb=ChangeVerb.UNCHANGED)
    if before is None or now is None:
        return ObjectChange(kind="File", name=path, verb=ChangeVerb.CREATE if before is None else ChangeVerb.DELETE)
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), f"{path} (now)", f"{path} (then)", lineterm="")
    return ObjectChange(kind="File", name=path, verb=ChangeVerb.UPDATE, diff=tuple(lines))
