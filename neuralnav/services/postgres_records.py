"""Decisions kept in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neuralnav.knowledge import audit_log, deployments, specifications
from neuralnav.knowledge.connections import Pool
from neuralnav.models.deployment import Deployment
from neuralnav.models.specification import DeploymentSpecification


@dataclass(frozen=True)
class PostgresRecords:
    """:class:`~neuralnav.services.records.Records` over the knowledge base's repositories."""

    pool: Pool

    async def save_specification(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep a version of a conversation's specification."""
        await specifications.save_version(self.pool, thread_id, specification)

    async def find_deployment(self, idempotency_key: str) -> Deployment | None:
        """The deployment that was made under this key, if any."""
        return await deployments.find_by_key(self.pool, idempotency_key)

    async def save_deployment(self, deployment: Deployment) -> None:
        """Keep a deployment."""
        await deployments.create(self.pool, deployment)

    async def audit(self, *, who: str, what: str, subject: str, detail: dict[str, Any]) -> None:
        """Add a line to the audit log."""
        await audit_log.record(self.pool, who=who, what=what, subject=subject, detail=detail)
