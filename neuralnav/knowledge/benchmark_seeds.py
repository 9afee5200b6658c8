"""Seeding of the measured benchmarks: the shipped runs go into the database, and the user's own will stays."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from neuralnav.knowledge.connections import Pool, PooledConnection, pooled
from neuralnav.knowledge.measured import read_measured_runs, shipped_runs
from neuralnav.knowledge.model_benchmarks import TABLE, Origin, insert
from neuralnav.models.benchmark import Benchmark

SEEDED_BY = "neuralnav"
_SEED_LOCK = 0x6E6E_6265_6E63
"""Key of the advisory lock under which benchmarks are seeded."""


async def seed_benchmarks(pool: Pool) -> int:
    """Bring the shipped runs in the database to today's file, in one transaction; returns how many were added.

    Runs that are marked suspect stay out. A run that no longer ships goes; one that the user deleted stays away, and
    runs of the user's own are never touched. Nothing to do costs one query.

    Raises:
        InvalidInputError: the shipped file cannot be used.
        UnavailableError: the database does not answer.
    """
    digest = hashlib.sha256(await asyncio.to_thread(shipped_runs().read_bytes)).hexdigest()
    async with pooled(pool) as connection:
        if await _applied_digest(connection) == digest:
            return 0
        runs = {run.id: run for run in await asyncio.to_thread(read_measured_runs) if run.suspect is None}
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _SEED_LOCK)
            if await _applied_digest(connection) == digest:
                return 0
            added = await _apply(connection, runs, digest)
            await connection.execute(
                """
                INSERT INTO benchmark_seed_state (digest) VALUES ($1)
                ON CONFLICT (only_row) DO UPDATE SET digest = EXCLUDED.digest, applied_at = now()
                """,
                digest,
            )
            return added


async def _applied_digest(connection: PooledConnection) -> str | None:
    digest: str | None = await connection.fetchval("SELECT digest FROM benchmark_seed_state")
    return digest


async def _apply(connection: PooledConnection, runs: dict[str, Benchmark], digest: str) -> int:
    known = await connection.fetch("SELECT row_key FROM seed_rows WHERE collection = $1", TABLE)
    seeded = {record["row_key"] for record in known}
    await _forget(connection, sorted(seeded - runs.keys()))
    hardware = {record["gpu_type"] for record in await connection.fetch("SELECT gpu_type FROM hardware_profiles")}
    new = {key: run for key, run in runs.items() if key not in seeded and run.gpu_type.value in hardware}
    added = await insert(connection, list(new.values()), Origin(SEEDED_BY, shipped_runs().name, digest))
    await connection.execute(
        "INSERT INTO seed_rows (collection, row_key, digest) SELECT $1, key, key FROM unnest($2::text[]) AS new (key)",
        TABLE,
        list(new),
    )
    return added


async def _forget(connection: PooledConnection, gone: Sequence[str]) -> None:
    """Runs that no longer ship; one that the user imported as well was there before, and is the user's."""
    await connection.execute(
        "DELETE FROM model_benchmarks WHERE id = ANY ($1::text[]) AND imported_by = $2", gone, SEEDED_BY
    )
    await connection.execute("DELETE FROM seed_rows WHERE collection = $1 AND row_key = ANY ($2::text[])", TABLE, gone)
