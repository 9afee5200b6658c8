"""The observer: says what a deployment is held to and what became of it, and keeps how it was decided."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.deployment import Decision, Deployment, Observation, Watch
from neuralnav.models.specification import DeploymentSpecification
from tools.calling import Toolbox, call


@dataclass(frozen=True)
class ObserverAgent:
    """Watches deployments."""

    tools: Toolbox

    async def watch(self, deployment: Deployment, specification: DeploymentSpecification, *, settled: bool) -> Watch:
        """What ``deployment`` is held to from now on; ``settled``: whether its checks were all made."""
        return await call(
            self.tools,
            "watch_deployment",
            Watch,
            deployment=deployment,
            specification=specification,
            settled=settled,
        )

    async def observe(self, deployment: Deployment, specification: DeploymentSpecification) -> Observation:
        """What is known of ``deployment`` now, against what it was planned for."""
        return await call(
            self.tools, "observe_deployment", Observation, deployment=deployment, specification=specification
        )

    async def record(self, decision: Decision) -> Decision:
        """Keep how a conversation came to a change."""
        return await call(self.tools, "record_decision", Decision, decision=decision)
