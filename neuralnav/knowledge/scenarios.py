"""Named scenarios of every conversation: specifications that were tried, with what their plans came to."""

from __future__ import annotations

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.collection import parse_row
from neuralnav.knowledge.connections import Pool, PooledConnection, pooled
from neuralnav.models.scenario import MOST_SCENARIOS, PlanSummary, Scenario
from neuralnav.models.specification import DeploymentSpecification

_DOCUMENT = "to_jsonb(scenarios) - 'slot' AS document"


async def keep(
    pool: Pool,
    thread_id: str,
    name: str,
    specification: DeploymentSpecification,
    summary: PlanSummary,
    *,
    replace: bool = False,
) -> Scenario:
    """Keep a specification under a name of its conversation; the same one again only brings its summary up to date.

    With ``replace``, another specification under that name gives way.

    Raises:
        InvalidInputError: the name is taken, or the conversation keeps as many scenarios as it may.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('scenarios ' || $1, 0))", thread_id)
        document = specification.model_dump_json()
        taken = await connection.fetchrow(
            """
            SELECT slot, specification = $3::jsonb AS same FROM scenarios
            WHERE thread_id = $1 AND lower(name) = lower($2)
            """,
            thread_id,
            name,
            document,
        )
        if taken is not None and not (taken["same"] or replace):
            problem = FieldProblem("scenario", name, "a name that no other scenario of this conversation has")
            raise InvalidInputError(f"There is a scenario {name!r} already, of another specification.", (problem,))
        slot = taken["slot"] if taken is not None else await _free_slot(connection, thread_id)
        kept = await connection.fetchval(
            f"""
            INSERT INTO scenarios (thread_id, slot, name, specification, summary) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (thread_id, slot) DO UPDATE
            SET name = excluded.name, specification = excluded.specification, summary = excluded.summary,
                created_at = excluded.created_at
            RETURNING {_DOCUMENT}
            """,  # noqa: S608 - a constant
            thread_id,
            slot,
            name,
            document,
            summary.model_dump_json(),
        )
    return parse_row(Scenario, kept, "scenarios")


async def scenarios_of(pool: Pool, thread_id: str) -> tuple[Scenario, ...]:
    """The scenarios of a conversation, oldest first.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            f"SELECT {_DOCUMENT} FROM scenarios WHERE thread_id = $1 ORDER BY created_at, slot",  # noqa: S608
            thread_id,
        )
    return tuple(parse_row(Scenario, record["document"], "scenarios") for record in records)


async def find(pool: Pool, thread_id: str, name: str) -> Scenario | None:
    """A scenario by its name, in any letter case; ``None``: there is none.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        document = await connection.fetchval(
            f"SELECT {_DOCUMENT} FROM scenarios WHERE thread_id = $1 AND lower(name) = lower($2)",  # noqa: S608
            thread_id,
            name,
        )
    return None if document is None else parse_row(Scenario, document, "scenarios")


async def remove(pool: Pool, thread_id: str, name: str) -> bool:
    """Forget a scenario; whether there was one.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        removed = await connection.fetchval(
            "DELETE FROM scenarios WHERE thread_id = $1 AND lower(name) = lower($2) RETURNING true", thread_id, name
        )
    return bool(removed)


async def _free_slot(connection: PooledConnection, thread_id: str) -> int:
    slot: int | None = await connection.fetchval(
        """
        SELECT min(slot) FROM generate_series(1, $2::integer) AS slot
        WHERE slot NOT IN (SELECT slot FROM scenarios WHERE thread_id = $1)
        """,
        thread_id,
        MOST_SCENARIOS,
    )
    if slot is None:
        problem = FieldProblem("scenario", MOST_SCENARIOS + 1, f"at most {MOST_SCENARIOS} in one conversation")
        raise InvalidInputError(
            f"This conversation keeps {MOST_SCENARIOS} scenarios already; remove one first.", (problem,)
        )
    return slot
