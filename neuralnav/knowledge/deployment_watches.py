"""What deployments are held to, and what whoever watches them remembers from one look to the next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from neuralnav.errors import NotFoundError
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import Deployment
from neuralnav.models.specification import DeploymentSpecification

TABLE = "deployment_watches"
MOST_WATCHED = 1000
"""Deployments that are watched at a time, the newest."""


class WatchedDeployment(Frozen):
    """A deployment that runs, what it was planned for, and what is remembered of it."""

    deployment: Deployment
    specification: DeploymentSpecification
    settled: bool
    """Whether its checks were all made; where not, that is still to be done."""
    memory: dict[str, Any] = Field(default_factory=dict)


async def keep(pool: Pool, deployment_id: UUID, specification: DeploymentSpecification, *, settled: bool) -> None:
    """Watch a deployment from now on; doing it again changes whether it is ``settled``, and nothing else.

    Raises:
        NotFoundError: there is no such deployment.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        try:
            await connection.execute(
                """
                INSERT INTO deployment_watches (deployment_id, specification, settled) VALUES ($1, $2, $3)
                ON CONFLICT (deployment_id) DO UPDATE SET settled = excluded.settled
                """,
                deployment_id,
                specification.model_dump_json(),
                settled,
            )
        except asyncpg.ForeignKeyViolationError:
            raise NotFoundError(f"There is no deployment {deployment_id}.") from None


async def remember(pool: Pool, deployment_id: UUID, memory: str) -> None:
    """Replace what is remembered of a deployment by the JSON object ``memory``.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        await connection.execute(
            "UPDATE deployment_watches SET memory = $2, looked_at = now() WHERE deployment_id = $1",
            deployment_id,
            memory,
        )


async def find(pool: Pool, deployment_id: UUID) -> WatchedDeployment | None:
    """A deployment that is watched, if it is.

    Raises:
        InvalidInputError: the row in the database cannot be used.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval(
            """
            SELECT jsonb_build_object(
                'deployment', deployments.document,
                'specification', kept.specification,
                'settled', kept.settled,
                'memory', kept.memory
            )
            FROM deployment_watches AS kept JOIN deployments ON deployments.id = kept.deployment_id
            WHERE kept.deployment_id = $1
            """,
            deployment_id,
        )
    return None if document is None else parse_row(WatchedDeployment, document, TABLE)


async def watched(pool: Pool) -> tuple[WatchedDeployment, ...]:
    """Every deployment that runs and is watched: the last one of its conversation, unless that has ended.

    Raises:
        InvalidInputError: a row in the database cannot be used.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            """
            SELECT jsonb_build_object(
                'deployment', latest.document,
                'specification', kept.specification,
                'settled', kept.settled,
                'memory', kept.memory
            ) AS document
            FROM (
                SELECT DISTINCT ON (thread_id) id, state, document, created_at FROM deployments
                ORDER BY thread_id, created_at DESC
            ) AS latest
            JOIN deployment_watches AS kept ON kept.deployment_id = latest.id
            WHERE latest.state = 'applied'
            ORDER BY latest.created_at DESC LIMIT $1
            """,
            MOST_WATCHED,
        )
    return tuple(parse_row(WatchedDeployment, record["document"], TABLE) for record in records)


@asynccontextmanager
async def only_one(pool: Pool) -> AsyncIterator[bool]:
    """Whether nobody else watches meanwhile, in whatever process; where it yields ``False``, somebody does.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection, connection.transaction():
        mine: bool = await connection.fetchval(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", "neuralnav observe"
        )
        yield mine
