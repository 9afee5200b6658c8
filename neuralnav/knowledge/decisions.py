"""How conversations came to the changes of their deployments: one line a change."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from neuralnav.errors import NotFoundError
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.models.deployment import Decision

_TABLE = "decisions"
_FIELDS = ", ".join(Decision.model_fields)


async def record(pool: Pool, decision: Decision) -> Decision:
    """Keep a decision, once for each deployment; returns the one that is kept.

    Raises:
        NotFoundError: there is no such deployment.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        try:
            await connection.execute(
                f"""
                INSERT INTO decisions ({_FIELDS})
                SELECT {_FIELDS} FROM jsonb_populate_record(NULL::decisions, $1::jsonb)
                ON CONFLICT DO NOTHING
                """,  # noqa: S608 - the fields are the type's own
                decision.model_dump_json(),
            )
        except asyncpg.ForeignKeyViolationError:
            raise NotFoundError(f"There is no deployment {decision.deployment_id}.") from None
    kept = await find(pool, decision.deployment_id)
    if kept is None:
        raise NotFoundError(f"No decision is kept of the deployment {decision.deployment_id}.")
    return kept


async def find(pool: Pool, deployment_id: UUID) -> Decision | None:
    """The decision that led to a deployment, if it is kept.

    Raises:
        InvalidInputError: the row in the database cannot be used.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval(
            "SELECT to_jsonb(decisions) FROM decisions WHERE deployment_id = $1", deployment_id
        )
    return None if document is None else parse_row(Decision, document, _TABLE)
