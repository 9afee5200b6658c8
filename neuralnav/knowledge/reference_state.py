"""Whether what planning reads has changed: one small query in place of reading it all."""

from __future__ import annotations

from neuralnav.knowledge.connections import Pool, pooled


async def count_changes(pool: Pool) -> int:
    """How often any collection that planning reads was changed, ever.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        changes: int = await connection.fetchval("SELECT changes FROM reference_state")
    return changes
