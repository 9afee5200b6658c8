"""Decisions kept in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from neuralnav.errors import UnavailableError
from neuralnav.knowledge import (
    audit_log,
    decisions,
    deployment_outcomes,
    deployment_watches,
    deployments,
    installation,
    specifications,
)
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.knowledge.deployment_watches import WatchedDeployment
from neuralnav.models.deployment import Decision, Deployment
from neuralnav.models.outcome import Outcome
from neuralnav.models.specification import DeploymentSpecification

MOST_CLAIMS = 4
"""Names that one process claims at a time: each takes a connection of the pool for as long as a change lasts."""

CLAIM_PATIENCE_S = 30.0
"""The longest wait for one of them to become free."""


@dataclass(frozen=True)
class PostgresRecords:
    """:class:`~neuralnav.services.records.Records` over the knowledge base's repositories."""

    pool: Pool
    claims: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, MOST_CLAIMS))

    async def installation(self) -> str:
        """The identity of the database."""
        return await installation.installation_id(self.pool)

    async def save_specification(self, thread_id: str, specification: DeploymentSpecification) -> None:
        """Keep a version of a conversation's specification."""
        await specifications.save_version(self.pool, thread_id, specification)

    async def record_deployment(
        self, deployment: Deployment, *, who: str, what: str, subject: str, detail: dict[str, Any]
    ) -> Deployment:
        """Keep a deployment and its line in the audit log, in one transaction; returns what is kept under its key."""
        return await deployments.record(self.pool, deployment, who=who, what=what, subject=subject, detail=detail)

    async def note(self, *, who: str, what: str, subject: str, detail: dict[str, Any], key: str) -> None:
        """Add a line to the audit log, once for each ``key``."""
        async with pooled(self.pool) as connection:
            await audit_log.record(connection, who=who, what=what, subject=subject, detail=detail, key=key)

    @asynccontextmanager
    async def claimed(self, namespace: str, name: str) -> AsyncIterator[None]:
        """While this is held, nobody else claims that name.

        Raises:
            UnavailableError: too many changes are under way, or somebody has the name for too long.
        """
        try:
            async with asyncio.timeout(CLAIM_PATIENCE_S):
                await self.claims.acquire()
        except TimeoutError:
            raise UnavailableError(f"{MOST_CLAIMS} other changes are under way. Try again in a moment.") from None
        try:
            async with deployments.claimed(self.pool, namespace, name):
                yield
        finally:
            self.claims.release()

    async def find_deployment(self, idempotency_key: str) -> Deployment | None:
        """The deployment that is kept under a key, if any."""
        return await deployments.find_by_key(self.pool, idempotency_key)

    async def is_name_taken(self, namespace: str, name: str, besides: str | None = None) -> bool:
        """Whether a deployment that was not retired has that name, ``besides`` those of one conversation."""
        return await deployments.is_name_taken(self.pool, namespace, name, besides)

    async def watch(self, deployment_id: UUID, specification: DeploymentSpecification, *, settled: bool) -> None:
        """Watch a deployment from now on."""
        await deployment_watches.keep(self.pool, deployment_id, specification, settled=settled)

    async def watched(self) -> tuple[WatchedDeployment, ...]:
        """Every deployment that runs and is watched."""
        return await deployment_watches.watched(self.pool)

    async def find_watch(self, deployment_id: UUID) -> WatchedDeployment | None:
        """A watched deployment, if it is one."""
        return await deployment_watches.find(self.pool, deployment_id)

    async def outcomes(self, deployment_id: UUID) -> tuple[Outcome, ...]:
        """What a deployment did in the windows that are kept, oldest first."""
        return await deployment_outcomes.of_deployment(self.pool, deployment_id)

    async def remember(self, deployment_id: UUID, memory: str) -> None:
        """Replace what is remembered of a watched deployment by the JSON object ``memory``."""
        await deployment_watches.remember(self.pool, deployment_id, memory)

    def only_watcher(self) -> AbstractAsyncContextManager[bool]:
        """While this is held and gives ``True``, nobody else watches."""
        return deployment_watches.only_one(self.pool)

    async def is_watched_over(self) -> bool:
        """Whether any process watches now."""
        return await deployment_watches.is_anyone_watching(self.pool)

    async def record_outcome(self, outcome: Outcome) -> Outcome:
        """Keep what a deployment did in one window; returns the one that is kept."""
        return await deployment_outcomes.record(self.pool, outcome)

    async def record_decision(self, decision: Decision) -> Decision:
        """Keep how a conversation came to a change, once for each deployment."""
        return await decisions.record(self.pool, decision)

    async def latest_outcome(self, deployment_id: UUID) -> Outcome | None:
        """What a deployment did in the last window that was recorded, if any was."""
        return await deployment_outcomes.latest_of(self.pool, deployment_id)
