"""The outcomes of deployments: one for each deployment and window of time."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.models.outcome import Outcome

TABLE = "deployment_outcomes"
MOST_OUTCOMES = 2000
"""That are read of one deployment: a week of windows of five minutes."""

_FIELDS = ", ".join(f"outcome.{field}" for field in Outcome.model_fields)
_RECORDING = {"recorded_by", "recorded_at"}


async def record(pool: Pool, outcome: Outcome) -> Outcome:
    """Keep an outcome, once for each deployment and window; returns the one that is kept.

    Windows of one deployment do not overlap; one may begin when another ends.

    Raises:
        NotFoundError: there is no such deployment.
        InvalidInputError: other figures are kept of that window, or any of one that overlaps it.
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
                WHERE deployment_id = $1 AND window_from < $3 AND window_to > $2
                ORDER BY window_from = $2 AND window_to = $3 DESC, window_from LIMIT 1
            ) AS kept
            """,  # noqa: S608 - the fields are the type's own
            outcome.deployment_id,
            outcome.window_from,
            outcome.window_to,
        )
    kept = parse_row(Outcome, document, TABLE)
    if kept.model_dump(exclude=_RECORDING) != outcome.model_dump(exclude=_RECORDING):
        allowed = f"a window that none which is recorded overlaps, or the figures that are kept of {_window(kept)}"
        problem = FieldProblem("window", _window(outcome), allowed)
        raise InvalidInputError(f"Other figures of deployment {outcome.deployment_id} are kept: {problem}.", (problem,))
    return kept


def _window(outcome: Outcome) -> str:
    return f"{outcome.window_from.isoformat()} to {outcome.window_to.isoformat()}"


async def of_deployment(pool: Pool, deployment_id: UUID) -> tuple[Outcome, ...]:
    """The newest outcomes of a deployment, ``MOST_OUTCOMES`` at most, oldest first.

    Raises:
        InvalidInputError: a row in the database cannot be used.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            f"""
            SELECT to_jsonb(kept) AS document FROM (
                SELECT {_FIELDS} FROM deployment_outcomes AS outcome
                WHERE deployment_id = $1 ORDER BY window_to DESC LIMIT $2
            ) AS kept
            """,  # noqa: S608 - the fields are the type's own
            deployment_id,
            MOST_OUTCOMES,
        )
    return tuple(parse_row(Outcome, record["document"], TABLE) for record in reversed(records))


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
                WHERE deployment_id = $1 ORDER BY window_to DESC LIMIT 1
            ) AS kept
            """,  # noqa: S608 - the fields are the type's own
            deployment_id,
        )
    return None if document is None else parse_row(Outcome, document, TABLE)
