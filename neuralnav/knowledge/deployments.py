"""The deployments: what was approved, for whom, and how far it has come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge import audit_log
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.knowledge.readable_rows import readable_rows
from neuralnav.models.deployment import Deployment, DeploymentState

_TABLE = "deployments"


async def record(
    pool: Pool, deployment: Deployment, *, who: str, what: str, subject: str, detail: dict[str, Any]
) -> Deployment:
    """Keep a deployment and its line in the audit log, both or neither and once for each idempotency key.

    What is kept in the state ``applying`` is replaced once by what came of it. Returns what is kept under the key.

    Raises:
        InvalidInputError: the approval is not for these manifests, the key belongs to a deployment of other ones, or
            the id to another key.
        UnavailableError: the database does not answer.
    """
    approved = deployment.approval.manifests_sha256
    if approved != deployment.manifests.sha256:
        raise InvalidInputError(
            f"The approval of {deployment.manifests.name} is for other manifests.",
            (FieldProblem("manifests_sha256", approved, deployment.manifests.sha256),),
        )
    async with pooled(pool) as connection, connection.transaction():
        document = deployment.model_dump_json()
        is_new = await connection.fetchval(
            "INSERT INTO deployments (document) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true", document
        )
        if not is_new and deployment.state is not DeploymentState.APPLYING:
            is_new = await connection.fetchval(
                """
                UPDATE deployments SET document = $1, created_at = now(), updated_at = now()
                WHERE idempotency_key = $2 AND plan_hash = $3 AND state = 'applying' RETURNING true
                """,
                document,
                deployment.idempotency_key,
                approved,
            )
        if is_new:
            await audit_log.record(connection, who=who, what=what, subject=subject, detail=detail)
    kept = await find_by_key(pool, deployment.idempotency_key)
    if kept is None:
        raise InvalidInputError(
            f"The id {deployment.id} belongs to a deployment of another key.",
            (FieldProblem("id", str(deployment.id), "an id that is not used yet"),),
        )
    if kept.manifests.sha256 != approved:
        raise InvalidInputError(
            f"The idempotency key {deployment.idempotency_key!r} belongs to a deployment of other manifests.",
            (FieldProblem("idempotency_key", deployment.idempotency_key, "a key for these manifests alone"),),
        )
    return kept


async def find_by_key(pool: Pool, idempotency_key: str) -> Deployment | None:
    """The deployment that is kept under a key, if any.

    Raises:
        InvalidInputError: the document in the database is not a deployment.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval(
            "SELECT document FROM deployments WHERE idempotency_key = $1", idempotency_key
        )
    return None if document is None else parse_row(Deployment, document, _TABLE)


async def find(pool: Pool, deployment_id: UUID) -> Deployment:
    """The deployment of that id.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: the document in the database is not a deployment.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval("SELECT document FROM deployments WHERE id = $1", deployment_id)
    if document is None:
        raise NotFoundError(f"There is no deployment {deployment_id}.")
    return parse_row(Deployment, document, _TABLE)


async def in_place(pool: Pool, limit: int = 1000) -> tuple[Deployment, ...]:
    """Every deployment that has not ended, as it was last approved, newest first; what cannot be read is left out.

    Two conversations may have one of the same name, and one conversation several that it has let go.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            """
            SELECT document FROM (
                SELECT DISTINCT ON (thread_id, namespace, name) state, document, created_at FROM deployments
                ORDER BY thread_id, namespace, name, created_at DESC
            ) AS latest
            WHERE state <> 'retired' ORDER BY created_at DESC LIMIT $1
            """,
            limit,
        )
    return readable_rows(Deployment, (record["document"] for record in records), _TABLE)


async def is_name_taken(pool: Pool, namespace: str, name: str, besides: str | None = None) -> bool:
    """Whether the last deployment of that name in any conversation, ``besides`` one, was not retired.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        taken: bool = await connection.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM (
                    SELECT DISTINCT ON (thread_id) state FROM deployments
                    WHERE namespace = $1 AND name = $2 AND thread_id IS DISTINCT FROM $3
                    ORDER BY thread_id, created_at DESC
                ) AS latest
                WHERE state <> 'retired'
            )
            """,
            namespace,
            name,
            besides,
        )
    return taken


@asynccontextmanager
async def claimed(pool: Pool, namespace: str, name: str) -> AsyncIterator[None]:
    """Nobody else claims that name meanwhile, in whatever process; waits for whoever has it.

    Raises:
        UnavailableError: the database does not answer, or somebody has the name for too long.
    """
    async with pooled(pool) as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{namespace}/{name}")
        yield
