"""Tools that specify, plan and compare."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from neuralnav.models.intent import IntentReading
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.candidates import ModelShortlist
from neuralnav.planning.explain import Comparison
from neuralnav.planning.what_if import WhatIf
from neuralnav.services.planning import PlanningService
from tools.progress import Reporter

MOST_COMPARED = 10


class SpecifyArguments(BaseModel):
    """Arguments of ``specify_deployment``."""

    reading: IntentReading = Field(description="What the person said, with evidence.")


class RecordArguments(BaseModel):
    """Arguments of ``record_specification``."""

    thread_id: str
    specification: DeploymentSpecification


class ChangeArguments(BaseModel):
    """Arguments of ``edit_specification`` and ``what_if``."""

    specification: DeploymentSpecification
    changes: dict[str, Any] = Field(description="Specification field to new value; null clears it.")
    evidence: dict[str, str] = Field(default_factory=dict, description="Field to the words it was said in.")


class PlanArguments(BaseModel):
    """Arguments of ``plan_capacity`` and ``suitable_models``."""

    specification: DeploymentSpecification


class CompareArguments(BaseModel):
    """Arguments of ``compare_options``."""

    options: list[Recommendation] = Field(min_length=2, max_length=MOST_COMPARED, description="Options of one plan.")


def planning_tools(service: PlanningService) -> list[BaseTool]:
    """The planning tools over ``service``."""

    async def specify_deployment(reading: IntentReading) -> DeploymentSpecification:
        return await service.specify(reading)

    async def edit_specification(
        specification: DeploymentSpecification, changes: dict[str, Any], evidence: dict[str, str]
    ) -> DeploymentSpecification:
        return await service.edit(specification, changes, evidence)

    async def record_specification(thread_id: str, specification: DeploymentSpecification) -> None:
        await service.record(thread_id, specification)

    async def suitable_models(specification: DeploymentSpecification) -> ModelShortlist:
        return await service.suitable_models(specification)

    async def plan_capacity(specification: DeploymentSpecification) -> Plan:
        reporter = Reporter()
        async with aclosing(service.updates(specification)) as updates:
            async for update in updates:
                if update.of:
                    reporter.say(f"{update.simulated:,} of {update.of:,} configurations simulated")
        return update.plan

    async def what_if(
        specification: DeploymentSpecification, changes: dict[str, Any], evidence: dict[str, str]
    ) -> WhatIf:
        return await service.what_if(specification, changes, evidence)

    async def compare_options(options: list[Recommendation]) -> Comparison:
        return service.compare(*options)

    return [
        StructuredTool.from_function(
            coroutine=specify_deployment,
            description="Work out traffic, SLO targets and constraints from what a person said.",
            args_schema=SpecifyArguments,
        ),
        StructuredTool.from_function(
            coroutine=edit_specification,
            description="Change fields of a specification; all changes are made or none.",
            args_schema=ChangeArguments,
        ),
        StructuredTool.from_function(
            coroutine=record_specification,
            description="Keep a specification that a person has confirmed.",
            args_schema=RecordArguments,
        ),
        StructuredTool.from_function(
            coroutine=suitable_models,
            description="List the models that can do the task and that the constraints allow.",
            args_schema=PlanArguments,
        ),
        StructuredTool.from_function(
            coroutine=plan_capacity,
            description="Evaluate and rank every configuration that can serve a specification.",
            args_schema=PlanArguments,
        ),
        StructuredTool.from_function(
            coroutine=what_if,
            description="Show what changes to a specification would lead to, beside the present plan.",
            args_schema=ChangeArguments,
        ),
        StructuredTool.from_function(
            coroutine=compare_options,
            description="Put options side by side.",
            args_schema=CompareArguments,
        ),
    ]
