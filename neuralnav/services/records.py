"""Where decisions are kept, as the services see it."""

from __future__ import annotations

from typing import Any, Protocol

from neuralnav.models.deployment import Deployment
from neuralnav.models.specification import DeploymentSpecification


class Records(Protocol):
    """A store of specifications, deployments and the audit log."""

    async def save_specification(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep a version of a conversation's specification; the same version twice changes nothing."""

    async def find_deployment(self, idempotency_key: str) -> Deployment | None:
        """The deployment that was made under this key, if any."""

    async def save_deployment(self, deployment: Deployment) -> None:
        """Keep a deployment, or its new state."""

    async def audit(self, *, who: str, what: str, subject: str, detail: dict[str, Any]) -> None:
        """Add a line to the audit log."""
