"""The deployments: what was approved, for whom, and how far it has come."""

from __future__ import annotations

from uuid import UUID

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.models.deployment import Deployment, DeploymentState

_TABLE = "deployments"


async def create(pool: Pool, deployment: Deployment) -> Deployment:
    """Keep a deployment, once for each idempotency key; returns the one that is kept under its key.

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
    async with pooled(pool) as connection:
        await connection.execute(
            "INSERT INTO deployments (document) VALUES ($1) ON CONFLICT DO NOTHING", deployment.model_dump_json()
        )
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


async def get(pool: Pool, deployment_id: UUID) -> Deployment:
    """The deployment of an id.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: the document in the database is not a deployment.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval("SELECT document FROM deployments WHERE id = $1", deployment_id)
    return _found(document, deployment_id)


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


async def list_by_thread(pool: Pool, thread_id: str, limit: int = 100) -> tuple[Deployment, ...]:
    """A conversation's deployments, newest first, at most ``limit``.

    Raises:
        InvalidInputError: a document in the database is not a deployment.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            "SELECT document FROM deployments WHERE thread_id = $1 ORDER BY created_at DESC, id LIMIT $2",
            thread_id,
            limit,
        )
    return tuple(parse_row(Deployment, record["document"], _TABLE) for record in records)


async def set_state(
    pool: Pool, deployment_id: UUID, state: DeploymentState, directory: str | None = None
) -> Deployment:
    """Record how far a deployment has come and, where given, the directory that it was written to; returns it so.

    Raises:
        NotFoundError: there is no such deployment.
        InvalidInputError: the document in the database is not a deployment.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval(
            """
            UPDATE deployments
            SET
                document = document || jsonb_build_object(
                    'state', $2::text, 'directory', COALESCE($3::text, document ->> 'directory')
                ),
                updated_at = GREATEST(clock_timestamp(), updated_at)
            WHERE id = $1 RETURNING document
            """,
            deployment_id,
            state.value,
            directory,
        )
    return _found(document, deployment_id)


def _found(document: str | None, deployment_id: UUID) -> Deployment:
    if document is None:
        raise NotFoundError(f"There is no deployment {deployment_id}.")
    return parse_row(Deployment, document, _TABLE)
