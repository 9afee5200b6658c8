"""What is kept of changes of deployments: that they were approved, what became of them, and whose a name is."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from neuralnav.models.deployment import Approval, Deployment, DeploymentState, ManifestSet, Rejection
from neuralnav.services.records import Records
from neuralnav.services.said_of_changes import APPROVED, DONE, REJECTED, UNDONE


@dataclass(frozen=True)
class ChangeRecords:
    """Keeps changes in ``records``, each with a line in the audit log; without ``records`` nothing is kept."""

    records: Records | None = None

    def claimed(self, manifests: ManifestSet) -> AbstractAsyncContextManager[None]:
        """While this is held, nobody else changes a deployment of that name."""
        return self.records.claimed(manifests.namespace, manifests.name) if self.records else nullcontext()

    async def find(self, key: str) -> Deployment | None:
        """What is kept under a key, if anything.

        Raises:
            UnavailableError: the database does not answer.
        """
        return await self.records.find_deployment(key) if self.records else None

    async def is_taken(self, manifests: ManifestSet, besides: str | None) -> bool:
        """Whether a deployment that another conversation than ``besides`` looks after has that name.

        Raises:
            UnavailableError: the database does not answer.
        """
        if self.records is None:
            return False
        return await self.records.is_name_taken(manifests.namespace, manifests.name, besides)

    async def begun(self, deployment: Deployment) -> None:
        """Keep that a change was approved and begins, before it is made.

        What runs is kept itself, too: it may be half-way when a process dies. Ends, files and commits are done or not.

        Raises:
            UnavailableError: the database does not answer.
        """
        if self.records is None:
            return
        what, key = APPROVED[deployment.approval.change], f"{deployment.idempotency_key}:approved"
        if deployment.runs:
            await self._kept(deployment.model_copy(update={"state": DeploymentState.APPLYING}), what, {})
        else:
            detail, who = _told(deployment), deployment.approval.by
            await self.records.note(who=who, what=what, subject=deployment.name, detail=detail, key=key)

    async def made(self, deployment: Deployment, *, undoes: bool) -> Deployment:
        """Keep what became of a change, which nobody asked for where it ``undoes`` one; returns what is kept.

        Raises:
            UnavailableError: the database does not answer.
        """
        change = deployment.approval.change
        what = UNDONE[change] if undoes else DONE[deployment.delivery][change]
        return await self._kept(deployment, what, {"directory": deployment.directory})

    async def rejected(self, thread_id: str, manifests: ManifestSet, rejection: Rejection) -> None:
        """Keep that a change was rejected, once for each turn of the conversation.

        Raises:
            UnavailableError: the database does not answer.
        """
        if self.records is None:
            return
        detail = {"manifests_sha256": manifests.sha256, "thread": thread_id}
        await self.records.note(
            who=rejection.by,
            what=REJECTED[rejection.change],
            subject=f"{manifests.namespace}/{manifests.name}",
            detail=detail | ({"reason": rejection.reason} if rejection.reason else {}),
            key=f"{thread_id}:{rejection.turn}:{rejection.change.value}:{manifests.sha256}:rejected",
        )

    async def _kept(self, deployment: Deployment, what: str, detail: dict[str, Any]) -> Deployment:
        if self.records is None:
            return deployment
        kept = await self.records.record_deployment(
            deployment,
            who=deployment.approval.by,
            what=what,
            subject=deployment.name,
            detail=_told(deployment) | detail,
        )
        return kept.model_copy(update={"directory": deployment.directory})


def change_key(thread_id: str, manifests: ManifestSet, approval: Approval) -> str:
    """Under which a change is made once."""
    return f"{thread_id}:{approval.revision}:{approval.change.value}:{manifests.sha256}"


def undo_key(deployment: Deployment) -> str:
    """The key of what undoing ``deployment`` makes."""
    return f"{deployment.idempotency_key}:undone"


def _told(deployment: Deployment) -> dict[str, Any]:
    """What the audit log tells of every change."""
    found: dict[str, Any] = {
        "manifests_sha256": deployment.manifests.sha256,
        "plan": deployment.choice.id,
        "revision": deployment.approval.revision,
        "thread": deployment.thread_id,
    }
    if deployment.approval.where:
        found["where"] = deployment.approval.where
    if deployment.approval.takes_over:
        found["takes_over"] = [f"{one.field} of {one.manager}" for one in deployment.approval.takes_over]
    return found
