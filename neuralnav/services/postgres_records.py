"""Decisions kept in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neuralnav.knowledge import deployments, specifications
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

    async def record_deployment(
        self, deployment: Deployment, *, who: str, what: str, subject: str, detail: dict[str, Any]
    ) -> Deployment:
        """Keep a deployment and its line in the audit log, in one transaction; returns what is kept under its key."""
        return await deployments.record(self.pool, deployment, who=who, what=what, subject=subject, detail=detail)
