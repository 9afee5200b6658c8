"""The deployer: builds the manifests to approve, and writes what was approved."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.deployment import Approval, Deployment, ManifestSet
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from tools.calling import Toolbox, call


@dataclass(frozen=True)
class DeployerAgent:
    """Makes manifests and deployments."""

    tools: Toolbox

    async def manifests(self, choice: Recommendation, specification: DeploymentSpecification) -> ManifestSet:
        """The checked manifests of ``choice``."""
        return await call(self.tools, "render_manifests", ManifestSet, choice=choice, specification=specification)

    async def execute(
        self, *, thread_id: str, choice: Recommendation, manifests: ManifestSet, approval: Approval
    ) -> Deployment:
        """The approved manifests, written."""
        return await call(
            self.tools,
            "write_manifests",
            Deployment,
            thread_id=thread_id,
            choice=choice,
            manifests=manifests,
            approval=approval,
        )
