"""Every version of every conversation's specification."""

from __future__ import annotations

from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.models.specification import DeploymentSpecification


async def save_version(pool: Pool, thread_id: str, specification: DeploymentSpecification) -> int:
    """Keep a version of a conversation's specification; returns the number under which it is kept.

    The same document a second time changes nothing. A conversation that went back or started over may bring another
    document under a version that is taken: it is kept under the next free number, so nothing is lost.

    Raises:
        UnavailableError: the database does not answer.
    """
    document = specification.model_dump_json()
    async with pooled(pool) as connection, connection.transaction():
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('specifications ' || $1, 0))", thread_id
        )
        kept: int | None = await connection.fetchval(
            "SELECT max(version) FROM specifications WHERE thread_id = $1 AND document = $2", thread_id, document
        )
        if kept is not None:
            return kept
        number: int = await connection.fetchval(
            """
            INSERT INTO specifications (thread_id, version, document)
            SELECT
                $1::text,
                CASE WHEN bool_or(version = $2::integer) THEN max(version) + 1 ELSE $2::integer END,
                $3::jsonb
            FROM specifications WHERE thread_id = $1
            RETURNING version
            """,
            thread_id,
            specification.version,
            document,
        )
        return number


async def versions_of(pool: Pool, thread_id: str) -> tuple[DeploymentSpecification, ...]:
    """Every version of a conversation's specification, the last one first.

    Raises:
        InvalidInputError: a document in the database is not a specification.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            "SELECT document FROM specifications WHERE thread_id = $1 ORDER BY version DESC", thread_id
        )
    return tuple(parse_row(DeploymentSpecification, record["document"], "specifications") for record in records)
