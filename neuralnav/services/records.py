"""Where decisions are kept, as the services see it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from uuid import UUID

from neuralnav.knowledge.deployment_watches import WatchedDeployment
from neuralnav.models.deployment import Decision, Deployment
from neuralnav.models.outcome import Outcome
from neuralnav.models.specification import DeploymentSpecification


class Records(Protocol):
    """A store of specifications, deployments, their outcomes, and the audit log."""

    async def installation(self) -> str:
        """What tells this store from every other."""

    async def save_specification(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep a version of a conversation's specification; the same version twice changes nothing."""

    async def record_deployment(
        self, deployment: Deployment, *, who: str, what: str, subject: str, detail: dict[str, Any]
    ) -> Deployment:
        """Keep a deployment and its line in the audit log, both or neither and once for each idempotency key.

        Returns the deployment that is kept under its key.
        """

    async def note(self, *, who: str, what: str, subject: str, detail: dict[str, Any], key: str) -> None:
        """Add a line to the audit log, once for each ``key``."""

    def claimed(self, namespace: str, name: str) -> AbstractAsyncContextManager[None]:
        """While this is held, nobody else claims that name."""

    async def find_deployment(self, idempotency_key: str) -> Deployment | None:
        """The deployment that is kept under a key, if any."""

    async def is_name_taken(self, namespace: str, name: str, besides: str | None = None) -> bool:
        """Whether a deployment that was not retired has that name, ``besides`` those of one conversation."""

    async def watch(self, deployment_id: UUID, specification: DeploymentSpecification, *, settled: bool) -> None:
        """Watch a deployment from now on."""

    async def watched(self) -> tuple[WatchedDeployment, ...]:
        """Every deployment that runs and is watched."""

    async def find_watch(self, deployment_id: UUID) -> WatchedDeployment | None:
        """A watched deployment, if it is one."""

    async def outcomes(self, deployment_id: UUID) -> tuple[Outcome, ...]:
        """What a deployment did in the windows that are kept, oldest first."""

    async def remember(self, deployment_id: UUID, memory: str) -> None:
        """Replace what is remembered of a watched deployment by the JSON object ``memory``."""

    def only_watcher(self) -> AbstractAsyncContextManager[bool]:
        """While this is held and gives ``True``, nobody else watches."""

    async def is_watched_over(self) -> bool:
        """Whether any process watches now."""

    async def record_outcome(self, outcome: Outcome) -> Outcome:
        """Keep what a deployment did in one window; returns the one that is kept."""

    async def record_decision(self, decision: Decision) -> Decision:
        """Keep how a conversation came to a change, once for each deployment; returns the one that is kept."""

    async def latest_outcome(self, deployment_id: UUID) -> Outcome | None:
        """What a deployment did in the last window that was recorded, if any was."""
