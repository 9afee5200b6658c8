"""Where decisions are kept, as the services see it."""

from __future__ import annotations

from typing import Any, Protocol

from neuralnav.models.deployment import Deployment
from neuralnav.models.specification import DeploymentSpecification


class Records(Protocol):
    """A store of specifications, deployments and the audit log."""

    async def save_specification(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep a version of a conversation's specification; the same version twice changes nothing."""

    async def record_deployment(
        self, deployment: Deployment, *, who: str, what: str, subject: str, detail: dict[str, Any]
    ) -> Deployment:
        """Keep a deployment and its line in the audit log, both or neither and once for each idempotency key.

        Returns the deployment that is kept under its key.
        """
