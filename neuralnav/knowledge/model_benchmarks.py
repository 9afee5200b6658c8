"""The measured benchmarks: shipped and imported runs, each with where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.connections import Pool, PooledConnection, pooled
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.prediction import LoadKind
from neuralnav.models.problems import problems_of
from neuralnav.models.vocabulary import GpuType

TABLE = "model_benchmarks"
MOST_ROWS = 200_000
"""More are not read at once."""

_FIELDS = ", ".join(Benchmark.model_fields)
_ALL = TypeAdapter(tuple[Benchmark, ...])


@dataclass(frozen=True)
class Origin:
    """How runs came into the database."""

    imported_by: str
    file_name: str
    file_sha256: str


async def insert(connection: PooledConnection, benchmarks: Sequence[Benchmark], origin: Origin) -> int:
    """Add the runs that are not there yet, in the transaction of the caller; returns how many that were.

    They are written in the order of their ids, so that two imports of the same runs wait for, and never block, each
    other.

    Raises:
        InvalidInputError: the database knows no hardware for the GPU of a run, or refuses a value.
    """
    added: int = await connection.fetchval(
        f"""
        WITH added AS (
            INSERT INTO model_benchmarks (id, {_FIELDS}, imported_by, file_name, file_sha256)
            SELECT ids.id, {", ".join(f"run.{field}" for field in Benchmark.model_fields)}, $3, $4, $5
            FROM unnest($1::text[]) WITH ORDINALITY AS ids (id, place)
                JOIN ROWS FROM (jsonb_populate_recordset(NULL::model_benchmarks, $2::jsonb)) WITH ORDINALITY AS run
                ON run.ordinality = ids.place
            ORDER BY ids.id
            ON CONFLICT (id) DO NOTHING
            RETURNING 1
        )
        SELECT count(*) FROM added
        """,  # noqa: S608 - the fields are the type's own
        [benchmark.id for benchmark in benchmarks],
        _ALL.dump_json(tuple(benchmarks)).decode(),
        origin.imported_by,
        origin.file_name[:255],
        origin.file_sha256,
    )
    return added


async def load_benchmarks(
    pool: Pool, gpu_type: GpuType | None = None, load: LoadKind | None = None
) -> tuple[Benchmark, ...]:
    """The runs, or those on one type of GPU or under one kind of load, in a fixed order.

    Raises:
        InvalidInputError: a row cannot be used, or there are too many to read at once.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        records = await connection.fetch(
            f"""
            SELECT run.id, jsonb_strip_nulls(to_jsonb(run) - 'id') AS document
            FROM (
                SELECT id, {_FIELDS} FROM model_benchmarks
                WHERE ($1::text IS NULL OR gpu_type = $1) AND ($3::text IS NULL OR load = $3)
            ) AS run
            ORDER BY run.id LIMIT $2
            """,  # noqa: S608 - the fields are the type's own
            gpu_type,
            MOST_ROWS + 1,
            load,
        )
    if len(records) > MOST_ROWS:
        allowed = f"at most {MOST_ROWS:,} rows"
        raise InvalidInputError(f"The table {TABLE} is too large.", (FieldProblem(TABLE, len(records), allowed),))
    return tuple(_parsed(record["id"], record["document"]) for record in records)


def _parsed(key: str, document: str) -> Benchmark:
    try:
        return Benchmark.model_validate_json(document)
    except ValidationError as error:
        problems = problems_of(error, TABLE)
        raise InvalidInputError(
            f"The database holds a row that cannot be used: table {TABLE}, row {key}: "
            f"{'; '.join(map(str, problems))}. Correct or delete it.",
            problems,
        ) from None
