"""The traffic agent: turns what was said into load, targets and constraints, and applies edits."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.intent import IntentReading
from neuralnav.models.reply import ReplyAction
from neuralnav.models.specification import DeploymentSpecification
from tools.calling import Toolbox, call


@dataclass(frozen=True)
class TrafficProfileAgent:
    """Makes and changes a :class:`DeploymentSpecification`."""

    tools: Toolbox

    async def specify(self, reading: IntentReading) -> DeploymentSpecification:
        """The specification that follows from ``reading``."""
        return await call(self.tools, "specify_deployment", DeploymentSpecification, reading=reading)

    async def edit(self, specification: DeploymentSpecification, action: ReplyAction) -> DeploymentSpecification:
        """``specification`` with the changes of ``action``, one version on."""
        return await call(
            self.tools,
            "edit_specification",
            DeploymentSpecification,
            specification=specification,
            changes=action.changes,
            evidence=action.evidence,
        )

    async def record(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep the confirmed ``specification``."""
        await call(self.tools, "record_specification", type(None), thread_id=thread_id, specification=specification)
