"""Which installation this is: every database has an identity of its own, made when it was first migrated."""

from __future__ import annotations

from neuralnav.knowledge.connections import Pool, pooled


async def installation_id(pool: Pool) -> str:
    """Twelve random hexadecimal digits, the same for as long as the database lives; a restored copy has them too.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        identity: str = await connection.fetchval("SELECT id FROM installation")
    return identity
