"""The deployer: builds the manifests to approve, makes approved changes, checks them and undoes what failed."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.deployment import (
    Approval,
    Delivery,
    Deployment,
    ManifestSet,
    Proposal,
    Rejection,
    RestsOn,
    Validation,
)
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from tools.calling import Toolbox, call


@dataclass(frozen=True)
class DeployerAgent:
    """Makes manifests and deployments."""

    tools: Toolbox

    async def manifests(
        self,
        choice: Recommendation,
        specification: DeploymentSpecification,
        *,
        whose: str,
        name: str | None = None,
        besides: str | None = None,
        rests_on: RestsOn | None = None,
    ) -> ManifestSet:
        """The checked manifests of ``choice``, under ``name`` or a derived one.

        Where a deployment of another conversation than ``besides`` has that name, ``whose`` makes another one.
        """
        return await call(
            self.tools,
            "render_manifests",
            ManifestSet,
            choice=choice,
            specification=specification,
            name=name,
            whose=whose,
            besides=besides,
            rests_on=rests_on,
        )

    async def propose(
        self, manifests: ManifestSet, replaces: Deployment | None, delivery: Delivery | None = None
    ) -> Proposal:
        """Where and what deploying ``manifests`` would change, and whether it could."""
        return await call(
            self.tools, "propose_change", Proposal, manifests=manifests, replaces=replaces, delivery=delivery
        )

    async def execute(
        self,
        *,
        thread_id: str,
        choice: Recommendation,
        manifests: ManifestSet,
        approval: Approval,
        replaces: Deployment | None = None,
    ) -> Deployment:
        """The approved change, made."""
        return await call(
            self.tools,
            "execute_change",
            Deployment,
            thread_id=thread_id,
            choice=choice,
            manifests=manifests,
            approval=approval,
            replaces=replaces,
        )

    async def reject(self, thread_id: str, manifests: ManifestSet, rejection: Rejection) -> None:
        """Keep that a change was rejected."""
        await self.tools["record_rejection"].ainvoke(
            {"thread_id": thread_id, "manifests": manifests, "rejection": rejection}
        )

    async def find_change(self, *, thread_id: str, manifests: ManifestSet, approval: Approval) -> Deployment | None:
        """What has been made, or begun, of the approved change; ``None``: nothing yet."""
        found = await self.tools["find_change"].ainvoke(
            {"thread_id": thread_id, "manifests": manifests, "approval": approval}
        )
        return found if isinstance(found, Deployment) else None

    async def shares_files(self, thread_id: str, manifests: ManifestSet) -> bool:
        """Whether the files of ``manifests`` are another conversation's too."""
        return await call(self.tools, "shares_files", bool, thread_id=thread_id, manifests=manifests)

    async def validate(self, deployment: Deployment, specification: DeploymentSpecification) -> Validation:
        """Whether what is in place is, and does, what was approved."""
        return await call(
            self.tools, "validate_deployment", Validation, deployment=deployment, specification=specification
        )

    async def find_undone(self, deployment: Deployment) -> Deployment | None:
        """What undoing ``deployment`` made, if it was undone before."""
        found = await self.tools["find_undone"].ainvoke({"deployment": deployment})
        return found if isinstance(found, Deployment) else None

    async def undo(self, deployment: Deployment, previous: Deployment | None) -> Deployment:
        """What is in place after ``deployment`` failed: ``previous`` again, or nothing."""
        return await call(self.tools, "undo_deployment", Deployment, deployment=deployment, previous=previous)
