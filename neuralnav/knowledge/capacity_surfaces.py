"""Simulated capacity surfaces, kept for the next plan with the same shape of load."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg
import numpy as np

from neuralnav.knowledge.connections import Pool, PooledConnection, pooled
from neuralnav.models.surface import SurfaceRecords

SHAPES_KEPT = 100
"""Shapes of load that are kept, those asked for last: some 2 MB each."""
CURVES = ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "sequences")
LEAST_IN_FLIGHT = 1e-9
"""In place of numbers too small for a single-precision column."""


@dataclass(frozen=True)
class SurfaceKey:
    """What surfaces are kept under: the edition of the performance model and the shape of the load."""

    edition: str
    shape: str
    """A digest."""


async def read_surfaces(pool: Pool, key: SurfaceKey) -> SurfaceRecords | None:
    """Every surface that is kept under ``key``; ``None``: none is.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        await connection.execute(
            "UPDATE capacity_shapes SET used_at = GREATEST(used_at, now()) WHERE edition = $1 AND shape = $2",
            key.edition,
            key.shape,
        )
        rows = await connection.fetch(
            """
            SELECT engine, saturation_qps, ttft_p95_ms, itl_p95_ms, e2e_p95_ms, sequences
            FROM capacity_surfaces WHERE edition = $1 AND shape = $2 ORDER BY engine
            """,
            key.edition,
            key.shape,
        )
    return _records(rows) if rows else None


async def keep_surfaces(
    pool: Pool, key: SurfaceKey, records: SurfaceRecords, *, shape_document: str, calibration_document: str
) -> None:
    """Keep surfaces under ``key``; those that are there stay. The shape that was used longest ago makes room.

    ``shape_document`` and ``calibration_document`` are JSON: what the key's digests stand for.

    Raises:
        InvalidInputError: a figure is out of range.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO calibrations (edition, document) VALUES ($1, $2::jsonb) ON CONFLICT DO NOTHING",
            key.edition,
            calibration_document,
        )
        await connection.execute(
            """
            INSERT INTO capacity_shapes (edition, shape, document) VALUES ($1, $2, $3::jsonb)
            ON CONFLICT (edition, shape) DO UPDATE SET used_at = GREATEST(capacity_shapes.used_at, now())
            """,
            key.edition,
            key.shape,
            shape_document,
        )
        await _insert(connection, key, records)
        await connection.execute(
            """
            DELETE FROM capacity_shapes WHERE (edition, shape) IN (
                SELECT edition, shape FROM capacity_shapes ORDER BY used_at DESC, shape OFFSET $1
            )
            """,
            SHAPES_KEPT,
        )


async def _insert(connection: PooledConnection, key: SurfaceKey, records: SurfaceRecords) -> None:
    columns = [np.maximum(getattr(records, name), LEAST_IN_FLIGHT).tolist() for name in CURVES]
    rows = zip(records.engine_keys.tolist(), records.saturation_qps.tolist(), *columns, strict=True)
    await connection.executemany(
        """
        INSERT INTO capacity_surfaces
            (edition, shape, engine, saturation_qps, ttft_p95_ms, itl_p95_ms, e2e_p95_ms, sequences)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING
        """,
        [(key.edition, key.shape, *row) for row in rows],
    )


def _records(rows: list[asyncpg.Record]) -> SurfaceRecords:
    return SurfaceRecords(
        engine_keys=np.array([row["engine"] for row in rows], dtype=np.str_),
        saturation_qps=np.array([row["saturation_qps"] for row in rows], dtype=np.float64),
        **{name: np.array([row[name] for row in rows], dtype=np.float64) for name in CURVES},
    )
