"""The outcomes of deployments: one for each deployment and window of time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.models.outcome import Outcome
from neuralnav.models.vocabulary import GpuType, Precision

TABLE = "deployment_outcomes"
MOST_ROWS = 10_000
"""More are not read at once."""

_FIELDS = ", ".join(f"outcome.{field}" for field in Outcome.model_fields)
_RECORDING = {"recorded_by", "recorded_at"}


async def record(pool: Pool, outcome: Outcome) -> Outcome:
    """Keep an outcome, once for each deployment and window; returns the one that is kept.

    Raises:
        NotFoundError: there is no such deployment.
        InvalidInputError: other figures are kept of that window.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        try:
            await connection.execute(
                f"""
                INSERT INTO deployment_outcomes ({", ".join(Outcome.model_fields)})
                SELECT {_FIELDS} FROM jsonb_populate_record(NULL::deployment_outcomes, $1::jsonb) AS outcome
                ON CONFLICT DO NOTHING
                """,  # noqa: S608 - the fields are the type's own
                outcome.model_dump_json(),
            )
        except asyncpg.ForeignKeyViolationError:
            raise NotFoundError(f"There is no deployment {outcome.deployment_id}.") from None
        document = await connection.fetchval(
            f"""
            SELECT to_jsonb(kept) FROM (
                SELECT {_FIELDS} FROM deployment_outcomes AS outcome
                WHERE deployment_id = $1 AND window_from = $2 AND window_to = $3
            ) AS kept
            """,  # noqa: S608 - the fields are the type's own
            outcome.deployment_id,
            outcome.window_from,
            outcome.window_to,
        )
    kept = parse_row(Outcome, document, TABLE)
    if kept.model_dump(exclude=_RECORDING) != outcome.model_dump(exclude=_RECORDING):
        window = f"{outcome.window_from.isoformat()} to {outcome.window_to.isoformat()}"
        problem = FieldProblem("window", window, "a window that is not recorded, or the figures that are")
        raise InvalidInputError(f"Other figures of deployment {outcome.deployment_id} are kept: {problem}.", (problem,))
    return kept


async def latest_of(pool: Pool, deployment_id: UUID) -> Outcome | None:
    """The outcome of a deployment whose window ended last; ``None``: none is kept.

    Raises:
        InvalidInputError: the row in the database cannot be used.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval(
            f"""
            SELECT to_jsonb(kept) FROM (
                SELECT {_FIELDS} FROM deployment_outcomes AS outcome
                WHERE deployment_id = $1 ORDER BY window_to DESC, window_from DESC LIMIT 1
            ) AS kept
            """,  # noqa: S608 - the fields are the type's own
            deployment_id,
        )
    return None if document is None else parse_row(Outcome, document, TABLE)


async def of_configuration(
    pool: Pool,
    model: str,
    gpu_type: GpuType,
    tensor_parallel: int,
    precision: Precision,
    *,
    since: datetime,
    until: datetime,
    limit: int = 1000,
) -> tuple[Outcome, ...]:
    """Outcomes of every deployment of a configuration, the last first, at most ``limit``.

    Their windows lie between ``since`` and ``until``.

    Raises:
        InvalidInputError: a row in the database cannot be used, or ``limit`` is too large.
        UnavailableError: the database does not answer.
    """
    if not 1 <= limit <= MOST_ROWS:
        problem = FieldProblem("limit", limit, f"1 to {MOST_ROWS:,}")
        raise InvalidInputError(f"That many outcomes are not read at once: {problem}.", (problem,))
    async with pooled(pool) as connection:
        records = await connection.fetch(
            f"""
            SELECT to_jsonb(kept) AS document FROM (
                SELECT {_FIELDS} FROM deployment_outcomes AS outcome JOIN deployments ON id = deployment_id
                WHERE model = $1 AND gpu_type = $2 AND tensor_parallel = $3 AND precision = $4
                    AND window_from >= $5 AND window_to <= $6
                ORDER BY window_to DESC, window_from DESC, deployment_id LIMIT $7
            ) AS kept
            """,  # noqa: S608 - the fields are the type's own
            model,
            gpu_type,
            tensor_parallel,
            precision,
            since,
            until,
            limit,
        )
    return tuple(parse_row(Outcome, record["document"], TABLE) for record in records)
