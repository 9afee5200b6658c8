"""The traffic agent: turns what was said into load, targets and constraints, and applies edits."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.cluster import ClusterGpus
from neuralnav.models.intent import DeploymentIntent, IntentReading
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
        action = await self.resolved(action, specification.intent)
        return await call(
            self.tools,
            "edit_specification",
            DeploymentSpecification,
            specification=specification,
            changes=action.changes,
            evidence=action.evidence,
        )

    async def resolved(self, action: ReplyAction, intent: DeploymentIntent) -> ReplyAction:
        """``action`` with what is free in the cluster among its changes, where that is wanted.

        What was said beside it counts more; GPUs that ``intent`` excludes stay excluded.

        Raises:
            UnavailableError: no cluster is configured, or it does not answer.
            InvalidInputError: no GPU that can be planned with is free, or the account may not see any.
        """
        if not action.from_cluster:
            return action
        excluded = action.changes.get("excluded_gpus", intent.excluded_gpus)
        found = await call(self.tools, "gpus_of_cluster", ClusterGpus, excluded=list(excluded or ()))
        changes = found.changes | action.changes
        evidence = dict.fromkeys(found.changes, found.source) | action.evidence
        return action.model_copy(update={"changes": changes, "evidence": evidence, "from_cluster": False})

    async def record(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep the confirmed ``specification``."""
        await call(self.tools, "record_specification", type(None), thread_id=thread_id, specification=specification)
