"""Tools that build manifests, make approved changes, check them and undo them."""

from __future__ import annotations

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

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
from neuralnav.services.deployment import DeploymentService
from tools.progress import Reporter


class RenderArguments(BaseModel):
    """Arguments of ``render_manifests``."""

    choice: Recommendation
    specification: DeploymentSpecification
    name: str | None = Field(default=None, description="Name of the deployment; unset: derived.")
    whose: str | None = Field(default=None, description="What tells the name apart where it is taken.")
    besides: str | None = Field(default=None, description="The conversation whose own deployments take no name.")
    rests_on: RestsOn | None = Field(default=None, description="What the plan's figures come from.")


class ProposeArguments(BaseModel):
    """Arguments of ``propose_change``."""

    manifests: ManifestSet
    replaces: Deployment | None = Field(default=None, description="What is in place now.")
    delivery: Delivery | None = Field(default=None, description="What becomes of them; unset: as usual.")


class ExecuteArguments(BaseModel):
    """Arguments of ``execute_change``."""

    thread_id: str
    choice: Recommendation
    manifests: ManifestSet
    approval: Approval = Field(description="A person's approval of exactly these manifests and this change.")
    replaces: Deployment | None = Field(default=None, description="What is in place now.")


class RejectArguments(BaseModel):
    """Arguments of ``record_rejection``."""

    thread_id: str
    manifests: ManifestSet
    rejection: Rejection


class FindChangeArguments(BaseModel):
    """Arguments of ``find_change``."""

    thread_id: str
    manifests: ManifestSet
    approval: Approval


class SharesArguments(BaseModel):
    """Arguments of ``shares_files``."""

    thread_id: str
    manifests: ManifestSet


class ValidateArguments(BaseModel):
    """Arguments of ``validate_deployment``."""

    deployment: Deployment
    specification: DeploymentSpecification


class FindUndoneArguments(BaseModel):
    """Arguments of ``find_undone``."""

    deployment: Deployment


class UndoArguments(BaseModel):
    """Arguments of ``undo_deployment``."""

    deployment: Deployment
    previous: Deployment | None = Field(default=None, description="What to return to; unset: nothing was there.")


def deployment_tools(service: DeploymentService) -> list[BaseTool]:
    """The deployment tools over ``service``."""

    async def render_manifests(
        choice: Recommendation,
        specification: DeploymentSpecification,
        name: str | None = None,
        whose: str | None = None,
        besides: str | None = None,
        rests_on: RestsOn | None = None,
    ) -> ManifestSet:
        return await service.manifests(choice, specification, name, whose, besides, rests_on)

    async def propose_change(
        manifests: ManifestSet, replaces: Deployment | None = None, delivery: Delivery | None = None
    ) -> Proposal:
        return await service.propose(manifests, replaces, delivery)

    async def execute_change(
        thread_id: str,
        choice: Recommendation,
        manifests: ManifestSet,
        approval: Approval,
        replaces: Deployment | None = None,
    ) -> Deployment:
        return await service.execute(
            thread_id=thread_id, choice=choice, manifests=manifests, approval=approval, replaces=replaces
        )

    async def record_rejection(thread_id: str, manifests: ManifestSet, rejection: Rejection) -> None:
        await service.reject(thread_id, manifests, rejection)

    async def find_change(thread_id: str, manifests: ManifestSet, approval: Approval) -> Deployment | None:
        return await service.find_change(thread_id=thread_id, manifests=manifests, approval=approval)

    async def shares_files(thread_id: str, manifests: ManifestSet) -> bool:
        return await service.shares_files(thread_id, manifests)

    async def validate_deployment(deployment: Deployment, specification: DeploymentSpecification) -> Validation:
        return await service.validate(deployment, specification, Reporter().say)

    async def find_undone(deployment: Deployment) -> Deployment | None:
        return await service.find_undone(deployment)

    async def undo_deployment(deployment: Deployment, previous: Deployment | None = None) -> Deployment:
        return await service.undo(deployment, previous)

    return [
        StructuredTool.from_function(
            coroutine=render_manifests,
            description="Build and check the Kubernetes manifests of a chosen configuration.",
            args_schema=RenderArguments,
        ),
        StructuredTool.from_function(
            coroutine=propose_change,
            description="Say where and what deploying would change, and whether it could. Changes nothing.",
            args_schema=ProposeArguments,
        ),
        StructuredTool.from_function(
            coroutine=execute_change,
            description="Deploy, roll back or remove. Needs a person's approval of exactly this change.",
            args_schema=ExecuteArguments,
        ),
        StructuredTool.from_function(
            coroutine=record_rejection,
            description="Keep that a person rejected a change. Does nothing else.",
            args_schema=RejectArguments,
        ),
        StructuredTool.from_function(
            coroutine=find_change,
            description="What has been made, or begun, of an approved change.",
            args_schema=FindChangeArguments,
        ),
        StructuredTool.from_function(
            coroutine=shares_files,
            description="Whether another conversation's deployment has the same name and files.",
            args_schema=SharesArguments,
        ),
        StructuredTool.from_function(
            coroutine=validate_deployment,
            description="Wait until what was deployed is ready, then check that it is and does what was approved.",
            args_schema=ValidateArguments,
        ),
        StructuredTool.from_function(
            coroutine=find_undone,
            description="What undoing a deployment made, if it was undone before.",
            args_schema=FindUndoneArguments,
        ),
        StructuredTool.from_function(
            coroutine=undo_deployment,
            description="Return a failed deployment to the revision before, or remove it where there was none.",
            args_schema=UndoArguments,
        ),
    ]
