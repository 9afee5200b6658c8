"""Tools that build manifests and write approved ones."""

from __future__ import annotations

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from neuralnav.models.deployment import Approval, Deployment, ManifestSet
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.deployment import DeploymentService


class RenderArguments(BaseModel):
    """Arguments of ``render_manifests``."""

    choice: Recommendation
    specification: DeploymentSpecification
    name: str | None = Field(default=None, description="Name of the deployment; unset: derived.")


class WriteArguments(BaseModel):
    """Arguments of ``write_manifests``."""

    thread_id: str
    choice: Recommendation
    manifests: ManifestSet
    approval: Approval = Field(description="A person's approval of exactly these manifests.")


def deployment_tools(service: DeploymentService) -> list[BaseTool]:
    """The deployment tools over ``service``."""

    async def render_manifests(
        choice: Recommendation, specification: DeploymentSpecification, name: str | None = None
    ) -> ManifestSet:
        return await service.manifests(choice, specification, name)

    async def write_manifests(
        thread_id: str, choice: Recommendation, manifests: ManifestSet, approval: Approval
    ) -> Deployment:
        return await service.execute(thread_id=thread_id, choice=choice, manifests=manifests, approval=approval)

    return [
        StructuredTool.from_function(
            coroutine=render_manifests,
            description="Build and check the Kubernetes manifests of a chosen configuration.",
            args_schema=RenderArguments,
        ),
        StructuredTool.from_function(
            coroutine=write_manifests,
            description="Write approved manifests to files. Needs a person's approval of exactly these manifests.",
            args_schema=WriteArguments,
        ),
    ]
