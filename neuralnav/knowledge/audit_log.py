"""The audit log: who did what to what, and when; lines are only ever added."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, PooledConnection, pooled
from neuralnav.models.base import Frozen


class AuditEntry(Frozen):
    """One line of the log."""

    id: Annotated[int, Field(ge=1)]
    """Grows with every line."""
    at: datetime
    who: str = Field(min_length=1, max_length=200)
    what: str = Field(min_length=1, max_length=200)
    subject: str = Field(min_length=1, max_length=400)
    detail: dict[str, Any]
    key: str | None = Field(default=None, min_length=1, max_length=500)
    """Of a step that is told once, however often it is repeated."""


async def record(
    connection: PooledConnection,
    *,
    who: str,
    what: str,
    subject: str,
    detail: dict[str, Any],
    key: str | None = None,
) -> AuditEntry | None:
    """Add a line to the log, in the transaction of what it tells about; ``None``: there was one of that ``key``.

    Raises:
        InvalidInputError: the line that came back is not one.
    """
    document = await connection.fetchval(
        """
        INSERT INTO audit_log (who, what, subject, detail, key) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key) DO NOTHING
        RETURNING to_jsonb(audit_log)
        """,
        who,
        what,
        subject,
        json.dumps(detail),
        key,
    )
    return None if document is None else parse_row(AuditEntry, document, "audit_log")


async def entries(
    pool: Pool, *, subject: str | None = None, before: int | None = None, limit: int = 100
) -> tuple[AuditEntry, ...]:
    """Lines of the log, newest first, at most ``limit``: of one subject, and older than the line ``before``.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            """
            SELECT to_jsonb(audit_log) AS document FROM audit_log
            WHERE ($1::text IS NULL OR subject = $1) AND ($2::bigint IS NULL OR id < $2)
            ORDER BY id DESC LIMIT $3
            """,
            subject,
            before,
            limit,
        )
    return tuple(parse_row(AuditEntry, record["document"], "audit_log") for record in records)
