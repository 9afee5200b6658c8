"""Decisions kept in PostgreSQL."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from neuralnav.knowledge import decisions, deployment_outcomes, deployments, specifications
from neuralnav.knowledge.connections import Pool
from neuralnav.models.deployment import Decision, Deployment
from neuralnav.models.outcome import Outcome
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

    def claimed(self, namespace: str, name: str) -> AbstractAsyncContextManager[None]:
        """While this is held, nobody else claims that name."""
        return deployments.claimed(self.pool, namespace, name)

    async def find_deployment(self, idempotency_key: str) -> Deployment | None:
        """The deployment that is kept under a key, if any."""
        return await deployments.find_by_key(self.pool, idempotency_key)

    async def is_name_taken(self, namespace: str, name: str, besides: str | None = None) -> bool:
        """Whether a deployment that was not retired has that name, ``besides`` those of one conversation."""
        return await deployments.is_name_taken(self.pool, namespace, name, besides)

    async def record_decision(self, decision: Decision) -> Decision:
        """Keep how a conversation came to a change, once for each deployment."""
        return await decisions.record(self.pool, decision)

    async def latest_outcome(self, deployment_id: UUID) -> Outcome | None:
        """What a deployment did in the last window that was recorded, if any was."""
        return await deployment_outcomes.latest_of(self.pool, deployment_id)
