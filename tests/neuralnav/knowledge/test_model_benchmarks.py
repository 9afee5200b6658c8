"""The table of measured benchmarks: what it keeps once, gives back whole, and refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.benchmark_seeds import SEEDED_BY, seed_benchmarks
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.knowledge.model_benchmarks import Origin, insert, load_benchmarks
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.vocabulary import GpuType

pytestmark = pytest.mark.database

ORIGIN = Origin("ada", "runs.csv", "0" * 64)
SHIPPED = {run.id for run in read_measured_runs() if run.suspect is None}


def benchmark(**changes: Any) -> Benchmark:
    fields: dict[str, Any] = {
        "source": "a laboratory",
        "licence": "CC0-1.0",
        "tool": "guidellm",
        "measured_on": "2026-01-31",
        "model": "nobody/knows-this",
        "gpu_type": "L4",
        "tensor_parallel": 1,
        "precision": "bf16",
        "load": "open_loop",
        "arrival": "poisson",
        "request_rate_rps": 0.1,
        "length_kind": "lognormal",
        "prompt_tokens": 511.7,
        "output_tokens": 64,
        "ttft_mean_ms": 100.125,
        "ttft_p95_ms": 400 / 3,
    }
    return Benchmark.model_validate(fields | changes)


async def add(database: Database, *benchmarks: Benchmark) -> int:
    async with pooled(database.pool) as connection:
        return await insert(connection, benchmarks, ORIGIN)


async def run(database: Database, statement: str) -> Any:
    async with pooled(database.pool) as connection:
        return await connection.fetchval(statement)


async def execute(database: Database, statements: str) -> None:
    async with pooled(database.pool) as connection:
        await connection.execute(statements)


async def ids(database: Database) -> set[str]:
    return {found.id for found in await load_benchmarks(database.pool)}


async def test_runs_come_back_as_they_were_with_their_origin(database: Database) -> None:
    one, other = benchmark(), benchmark(request_rate_rps=2, suspect="a guess")
    assert await add(database, one, other) == 2
    found = await load_benchmarks(database.pool, GpuType.L4)
    assert {one, other} <= set(found)
    assert await run(
        database, "SELECT imported_by || ' ' || file_name FROM model_benchmarks WHERE model LIKE 'nob%'"
    ) == ("ada runs.csv")


async def test_the_same_runs_again_change_nothing(database: Database) -> None:
    assert await add(database, benchmark(), benchmark()) == 1
    before = await run(database, "SELECT array_agg(xmin::text || ctid ORDER BY id) FROM model_benchmarks")
    assert await add(database, benchmark(), benchmark(suspect="doubted later")) == 0
    assert await run(database, "SELECT array_agg(xmin::text || ctid ORDER BY id) FROM model_benchmarks") == before


async def test_two_imports_at_once_keep_each_run_once(database: Database) -> None:
    runs = [benchmark(request_rate_rps=rate) for rate in range(1, 200)]
    added = await asyncio.gather(add(database, *runs), add(database, *reversed(runs)), add(database, *runs))
    assert sum(added) == len(runs)


async def test_no_run_adds_nothing(database: Database) -> None:
    assert await add(database) == 0


async def test_runs_of_a_gpu_without_hardware_are_refused_together(database: Database) -> None:
    await execute(
        database, "DELETE FROM cost_data WHERE gpu_type = 'T4'; DELETE FROM hardware_profiles WHERE gpu_type = 'T4'"
    )
    with pytest.raises(InvalidInputError, match="hardware_profiles"):
        await add(database, benchmark(), benchmark(gpu_type="T4"))
    assert await ids(database) == SHIPPED


@pytest.mark.parametrize(
    "change",
    [
        "ttft_mean_ms = 0",
        "ttft_mean_ms = 'NaN'",
        "itl_p50_ms = 'Infinity'",
        "e2e_mean_ms = 50, ttft_mean_ms = 51",
        "ttft_p90_ms = 2, ttft_p99_ms = 1",
        "itl_p50_ms = 2, itl_p99_ms = 1",
        "throughput_rps = -1",
        "requests = 0",
        "errors = -1",
        "tensor_parallel = 0",
        "precision = 'fp7'",
        "gpu_type = 'H1000'",
        "engine = 'sglang'",
        "load = 'closed_loop'",
        "request_rate_rps = NULL",
        "arrival = NULL",
        "concurrency = 4",
        "prompt_tokens = 0",
        "prefix_hit_ratio = 1",
        "source = ' '",
        "licence = NULL",
        "measured_on = '1999-01-01'",
        "measured_on = (imported_at AT TIME ZONE 'UTC')::date + 2",
        "measured_on = '2999-12-31'",
        "file_sha256 = 'x'",
        "ttft_mean_ms = NULL",
    ],
)
async def test_row_that_cannot_be_is_refused_by_the_database(shared_database: Database, change: str) -> None:
    await add(shared_database, benchmark())
    with pytest.raises((InvalidInputError, asyncpg.PostgresError)):
        await run(shared_database, f"UPDATE model_benchmarks SET {change} WHERE imported_by = 'ada'")


async def test_shipped_runs_are_seeded_but_for_the_suspect_ones(database: Database) -> None:
    assert await ids(database) == SHIPPED
    assert await run(database, "SELECT count(*) FROM model_benchmarks WHERE suspect IS NOT NULL") == 0
    assert await run(database, "SELECT DISTINCT imported_by FROM model_benchmarks") == SEEDED_BY


async def test_seeding_again_changes_nothing(database: Database) -> None:
    assert await seed_benchmarks(database.pool) == 0
    await run(database, "UPDATE benchmark_seed_state SET digest = repeat('0', 64)")
    assert await seed_benchmarks(database.pool) == 0
    assert await ids(database) == SHIPPED


async def test_what_the_user_deleted_stays_away_and_what_the_user_added_stays(database: Database) -> None:
    await add(database, benchmark())
    gone = await run(database, "DELETE FROM model_benchmarks WHERE id = (SELECT min(id) FROM model_benchmarks WHERE "
                     "imported_by = 'neuralnav') RETURNING id")  # fmt: skip
    await run(database, "UPDATE benchmark_seed_state SET digest = repeat('0', 64)")
    await seed_benchmarks(database.pool)
    assert await ids(database) == (SHIPPED - {gone}) | {benchmark().id}


async def test_run_that_no_longer_ships_goes_unless_the_user_imported_it(database: Database) -> None:
    old, own = benchmark(request_rate_rps=3), benchmark(request_rate_rps=4)
    await add(database, old, own)
    await run(database, f"UPDATE model_benchmarks SET imported_by = 'neuralnav' WHERE id = '{old.id}'")
    await run(database, f"INSERT INTO seed_rows VALUES ('model_benchmarks', '{old.id}', '{old.id}'), "
              f"('model_benchmarks', '{own.id}', '{own.id}')")  # fmt: skip
    await run(database, "UPDATE benchmark_seed_state SET digest = repeat('0', 64)")
    await seed_benchmarks(database.pool)
    assert await ids(database) == SHIPPED | {own.id}


async def test_two_programs_that_seed_at_once_seed_once(database: Database) -> None:
    await execute(database, "TRUNCATE model_benchmarks, benchmark_seed_state; DELETE FROM seed_rows WHERE collection = "
              "'model_benchmarks'")  # fmt: skip
    added = await asyncio.gather(*(seed_benchmarks(database.pool) for _ in range(3)))
    assert sorted(added) == [0, 0, len(SHIPPED)]


async def test_row_that_an_edit_made_unusable_is_named(database: Database) -> None:
    await run(
        database, "UPDATE model_benchmarks SET model = E'a\\x01b' WHERE id = (SELECT min(id) FROM model_benchmarks)"
    )
    with pytest.raises(InvalidInputError, match="table model_benchmarks, row"):
        await load_benchmarks(database.pool)
