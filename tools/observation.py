"""Tools that watch deployments and keep what became of them."""

from __future__ import annotations

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from neuralnav.models.deployment import Decision, Deployment, Observation, Watch
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.deployment import DeploymentService


class WatchArguments(BaseModel):
    """Arguments of ``watch_deployment``."""

    deployment: Deployment
    specification: DeploymentSpecification
    settled: bool = Field(default=True, description="Whether its checks were all made.")


class ObserveArguments(BaseModel):
    """Arguments of ``observe_deployment``."""

    deployment: Deployment
    specification: DeploymentSpecification | None = Field(default=None, description="What it was planned for.")


class DecisionArguments(BaseModel):
    """Arguments of ``record_decision``."""

    decision: Decision


def observation_tools(service: DeploymentService) -> list[BaseTool]:
    """The observing tools over ``service``."""

    async def watch_deployment(
        deployment: Deployment,
        specification: DeploymentSpecification,
        settled: bool = True,  # noqa: FBT001
    ) -> Watch:
        return await service.watch(deployment, specification, settled=settled)

    async def observe_deployment(
        deployment: Deployment, specification: DeploymentSpecification | None = None
    ) -> Observation:
        return await service.observe(deployment, specification)

    async def record_decision(decision: Decision) -> Decision:
        return await service.record(decision)

    return [
        StructuredTool.from_function(
            coroutine=watch_deployment,
            description="Say what a deployment is held to and what watches it.",
            args_schema=WatchArguments,
        ),
        StructuredTool.from_function(
            coroutine=observe_deployment,
            description="Say what is known of a deployment now: whether it is as approved, and its last outcome.",
            args_schema=ObserveArguments,
        ),
        StructuredTool.from_function(
            coroutine=record_decision,
            description="Keep how a conversation came to a change of its deployment.",
            args_schema=DecisionArguments,
        ),
    ]
