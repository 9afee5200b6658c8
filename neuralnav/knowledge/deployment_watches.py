"""What deployments are held to, and what whoever watches them remembers from one look to the next."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from neuralnav.errors import NotFoundError
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.knowledge.readable_rows import readable_rows
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import Deployment
from neuralnav.models.specification import DeploymentSpecification

TABLE = "deployment_watches"
MOST_WATCHED = 1000
"""Deployments that are watched at a time, the newest."""

_WATCHING = int.from_bytes(hashlib.sha256(b"neuralnav observe").digest()[:8], signed=True)
"""The advisory lock of whoever watches."""


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
    """Every deployment that runs and is watched, as it was last approved; what cannot be read is left out.

    Raises:
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
                SELECT DISTINCT ON (thread_id, namespace, name) id, state, document, created_at FROM deployments
                ORDER BY thread_id, namespace, name, created_at DESC
            ) AS latest
            JOIN deployment_watches AS kept ON kept.deployment_id = latest.id
            WHERE latest.state = 'applied'
            ORDER BY latest.created_at DESC LIMIT $1
            """,
            MOST_WATCHED,
        )
    return readable_rows(WatchedDeployment, (record["document"] for record in records), TABLE)


@asynccontextmanager
async def only_one(pool: Pool) -> AsyncIterator[bool]:
    """Whether nobody else watches meanwhile, in whatever process; where it yields ``False``, somebody does.

    No transaction is open meanwhile, so this may last. The lock belongs to a connection that the pool gives to nobody
    else, and goes when that is given back or lost.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        mine: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _WATCHING)
        try:
            yield mine
        finally:
            if mine and not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1)", _WATCHING)


async def is_anyone_watching(pool: Pool) -> bool:
    """Whether somebody holds :func:`only_one`, in whatever process.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        held: bool = await connection.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND objsubid = 1
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND (classid::bigint << 32 | objid::bigint) = $1
            )
            """,
            _WATCHING,
        )
    return held
