"""Surfaces in PostgreSQL: what is kept, what is refused, what makes room, and who may write at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
import numpy as np
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge import capacity_surfaces
from neuralnav.knowledge.capacity_surfaces import SurfaceKey, keep_surfaces, read_surfaces
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.models.surface import SurfaceRecords
from neuralnav.performance.calibration import read_calibration
from neuralnav.performance.surface import LOADS

pytestmark = pytest.mark.database

COLUMNS = LOADS.size
KEY = SurfaceKey("2026-11-21-abcdef-1", "0123456789abcdef")
CALIBRATION = read_calibration().model_dump_json()


def key(number: int) -> SurfaceKey:
    return SurfaceKey(KEY.edition, f"{number:016x}")


def records(*engines: int, scale: float = 1.0) -> SurfaceRecords:
    """Surfaces of engines that tell by themselves whose they are."""
    rows = np.array(engines, dtype=np.float64)
    curves = scale * (1 + rows[:, None]) * (1 + LOADS[None, :])
    return SurfaceRecords(
        engine_keys=np.array([f"{engine:016x}" for engine in engines], dtype=np.str_),
        saturation_qps=scale * (1 + rows),
        ttft_p95_ms=curves,
        itl_p95_ms=2 * curves,
        e2e_p95_ms=3 * curves,
        sequences=4 * curves,
    )


async def keep(database: Database, found: SurfaceRecords, at: SurfaceKey = KEY) -> None:
    await keep_surfaces(database.pool, at, found, shape_document="{}", calibration_document=CALIBRATION)


async def engines(database: Database, at: SurfaceKey = KEY) -> list[int]:
    found = await read_surfaces(database.pool, at)
    return [] if found is None else [int(engine, 16) for engine in found.engine_keys]


async def execute(database: Database, statement: str, *arguments: Any) -> None:
    async with pooled(database.pool) as connection:
        await connection.execute(statement, *arguments)


async def fetch(database: Database, statement: str) -> Any:
    async with pooled(database.pool) as connection:
        return await connection.fetchval(statement)


async def test_what_was_kept_is_found_to_single_precision(database: Database) -> None:
    wanted = records(3, 1, 2, scale=np.pi)
    await keep(database, wanted)
    found = await read_surfaces(database.pool, KEY)
    assert found is not None
    assert found.engine_keys.tolist() == sorted(wanted.engine_keys.tolist())
    by_key = wanted.take(np.argsort(wanted.engine_keys))
    for name in ("saturation_qps", "ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "sequences"):
        assert getattr(found, name) == pytest.approx(getattr(by_key, name), rel=1e-7)
        assert getattr(found, name).dtype == np.float64


async def test_nothing_is_found_under_another_shape_or_edition(database: Database) -> None:
    await keep(database, records(1))
    assert await read_surfaces(database.pool, key(5)) is None
    assert await read_surfaces(database.pool, SurfaceKey("another-edition", KEY.shape)) is None


async def test_more_engines_of_a_shape_join_and_those_that_are_there_stay(database: Database) -> None:
    await keep(database, records(1, 2))
    await keep(database, records(2, 3, scale=7.0))
    found = await read_surfaces(database.pool, KEY)
    assert found is not None
    assert found.saturation_qps.tolist() == [2, 3, 7 * 4]


async def test_no_engines_at_all_are_kept_without_complaint(database: Database) -> None:
    await keep(database, records())
    assert await read_surfaces(database.pool, KEY) is None


async def test_figures_too_small_for_single_precision_are_kept_as_small_ones(database: Database) -> None:
    """Answers of one token have no time between tokens."""
    found = records(1)
    await keep(database, SurfaceRecords(**{**vars(found), "itl_p95_ms": 0 * found.itl_p95_ms}))
    again = await read_surfaces(database.pool, KEY)
    assert again is not None
    assert (again.itl_p95_ms < 1e-6).all()


def changed(name: str, change: Mapping[int, float]) -> SurfaceRecords:
    found = records(1)
    curves = getattr(found, name).copy()
    for column, value in change.items():
        curves[0, column] = value
    return SurfaceRecords(**{**vars(found), name: curves})


BAD_CURVES = {
    "falling": {5: 0.5},
    "NaN in the middle": {5: np.nan},
    "NaN first": {0: np.nan},
    "NaN last": {COLUMNS - 1: np.nan},
    "infinite": {COLUMNS - 1: np.inf},
    "absurd": {COLUMNS - 1: 1e13},
}


@pytest.mark.parametrize("name", ["ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "sequences"])
@pytest.mark.parametrize("bad", BAD_CURVES)
async def test_curves_that_cannot_be_are_refused_and_nothing_of_them_is_kept(
    name: str, bad: str, shared_database: Database
) -> None:
    with pytest.raises(InvalidInputError, match="refuses"):
        await keep(shared_database, changed(name, BAD_CURVES[bad]))
    assert await read_surfaces(shared_database.pool, KEY) is None
    assert await fetch(shared_database, "SELECT count(*) FROM capacity_shapes") == 0


@pytest.mark.parametrize("qps", [0.0, -1.0, np.nan, np.inf, 1e9])
async def test_rates_that_cannot_be_are_refused(qps: float, shared_database: Database) -> None:
    found = SurfaceRecords(**{**vars(records(1)), "saturation_qps": np.array([qps])})
    with pytest.raises(InvalidInputError, match="refuses"):
        await keep(shared_database, found)


@pytest.mark.parametrize("columns", [0, 1, COLUMNS - 1, COLUMNS + 1])
async def test_another_number_of_loads_is_refused(columns: int, shared_database: Database) -> None:
    found = records(1)
    curves = np.ones((1, columns))
    with pytest.raises(InvalidInputError, match="refuses"):
        await keep(shared_database, SurfaceRecords(**{**vars(found), "e2e_p95_ms": curves}))


@pytest.mark.parametrize(
    "figures",
    [
        "NULL",
        "'{}'",
        "array_fill(-1::real, ARRAY[13])",
        "array_fill(0::real, ARRAY[13])",
        "array_fill(1::real, ARRAY[13]) || ARRAY[1]::real[]",
        "array_fill(1::real, ARRAY[13], ARRAY[0])",
        "array_fill(1::real, ARRAY[1, 13])",
        "array_fill(1::real, ARRAY[6]) || ARRAY[NULL]::real[] || array_fill(1::real, ARRAY[6])",
    ],
)
async def test_the_table_itself_refuses_what_no_program_of_ours_writes(figures: str, database: Database) -> None:
    await keep(database, records(1))
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, InvalidInputError)):
        await execute(database, f"UPDATE capacity_surfaces SET ttft_p95_ms = {figures}")


@pytest.mark.parametrize("shape", ["", "0123", "0123456789ABCDEF", "0123456789abcdefg"])
async def test_keys_that_are_no_digests_are_refused(shape: str, shared_database: Database) -> None:
    with pytest.raises(InvalidInputError, match="refuses"):
        await keep(shared_database, records(1), SurfaceKey(KEY.edition, shape))


@pytest.mark.parametrize("document", ["[]", "{}", '{"version": "1"}'])
async def test_a_calibration_that_is_none_is_refused(document: str, shared_database: Database) -> None:
    with pytest.raises(InvalidInputError, match="refuses"):
        await keep_surfaces(shared_database.pool, KEY, records(1), shape_document="{}", calibration_document=document)


async def test_the_calibration_of_an_edition_can_be_read_beside_its_surfaces(database: Database) -> None:
    await keep(database, records(1))
    assert await fetch(database, "SELECT version FROM calibrations") == read_calibration().version


async def test_the_shape_that_was_used_longest_ago_makes_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity_surfaces, "SHAPES_KEPT", 3)
    for number in (1, 2, 3):
        await keep(database, records(number), key(number))
    assert await engines(database, key(1)) == [1]
    await keep(database, records(4), key(4))
    assert [await engines(database, key(number)) for number in (1, 2, 3, 4)] == [[1], [], [3], [4]]
    assert await fetch(database, "SELECT count(*) FROM capacity_surfaces") == 3


async def test_more_for_a_shape_counts_as_use(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity_surfaces, "SHAPES_KEPT", 2)
    await keep(database, records(1), key(1))
    await keep(database, records(2), key(2))
    await keep(database, records(7), key(1))
    await keep(database, records(3), key(3))
    assert await engines(database, key(1)) == [1, 7]
    assert await engines(database, key(2)) == []


async def test_writers_of_one_shape_at_the_same_time_keep_the_engines_of_all(database: Database) -> None:
    parts = [tuple(range(start, start + 40)) for start in (0, 20, 10, 30, 0)]
    orders = [part if turn % 2 else part[::-1] for turn, part in enumerate(parts)]
    await asyncio.gather(*(keep(database, records(*order)) for order in orders))
    assert await engines(database) == list(range(70))


async def test_writers_of_many_shapes_at_the_same_time_keep_within_the_bound(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity_surfaces, "SHAPES_KEPT", 4)
    await asyncio.gather(*(keep(database, records(number), key(number)) for number in range(9)))
    await keep(database, records(9), key(9))
    assert await fetch(database, "SELECT count(*) FROM capacity_shapes") == 4
    assert await engines(database, key(9)) == [9]


async def test_a_writer_that_waited_for_one_that_began_later_keeps_its_surfaces(database: Database) -> None:
    """``now()`` is the time at which a transaction began: the one that waited may be the older one."""
    await keep(database, records(1), key(1))
    async with pooled(database.pool) as guard, pooled(database.pool) as rival:
        async with guard.transaction():
            await guard.execute("LOCK TABLE calibrations IN SHARE MODE")
            waiting = asyncio.create_task(keep(database, records(1)))
            await _until_somebody_waits(rival)
            await rival.execute(
                "INSERT INTO capacity_shapes (edition, shape, document) VALUES ($1, $2, '{}')", KEY.edition, KEY.shape
            )
        await waiting
    assert await engines(database) == [1]


async def _until_somebody_waits(connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record]) -> None:
    async with asyncio.timeout(20):
        while not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            pass


async def test_a_clock_that_was_put_back_harms_nothing(database: Database) -> None:
    await keep(database, records(1))
    await execute(
        database,
        "UPDATE capacity_shapes SET made_at = now() + interval '1 hour', used_at = now() + interval '1 hour'",
    )
    assert await engines(database) == [1]
    await keep(database, records(2))
    assert await engines(database) == [1, 2]
