"""Seeding: what ships with NeuralNav goes into the database, and what the user changed there stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import RootModel

from neuralnav.knowledge.collection import Collection, Row, digest_of
from neuralnav.knowledge.connections import Pool, PooledConnection, pooled
from neuralnav.knowledge.cost_data import COST_DATA
from neuralnav.knowledge.deployment_templates import DEPLOYMENT_TEMPLATES
from neuralnav.knowledge.hardware_profiles import HARDWARE_PROFILES
from neuralnav.knowledge.model_architectures import MODEL_ARCHITECTURES
from neuralnav.knowledge.model_catalog import MODEL_CATALOG
from neuralnav.knowledge.quality_scores import QUALITY_SCORES
from neuralnav.knowledge.seed_changes import SeedChanges, find_changes
from neuralnav.knowledge.slo_templates import SLO_TEMPLATES
from neuralnav.models.catalog import ReferenceData

_SEED_LOCK = 0x6E6E_7365_6564
"""Key of the advisory lock under which seeds are applied."""


@dataclass(frozen=True)
class SeedReport:
    """What seeding did, in rows; ``kept`` names the seeds that stayed out because the user's own will says so."""

    added: int = 0
    updated: int = 0
    removed: int = 0
    kept: tuple[str, ...] = ()

    def __add__(self, other: SeedReport) -> SeedReport:
        return SeedReport(
            self.added + other.added,
            self.updated + other.updated,
            self.removed + other.removed,
            self.kept + other.kept,
        )


async def seed(pool: Pool, reference: ReferenceData) -> SeedReport:
    """Bring the seeds in the database to ``reference``, in one transaction; nothing to do costs one query.

    A row that came as a seed and that nobody edited is replaced by its new version, or removed with its last one. The
    user's own rows, edited rows and deletions stay as they are.

    Raises:
        InvalidInputError: a row in the database cannot be used; names table, row and field.
        UnavailableError: the database does not answer, or another process keeps it locked.
    """
    digest = digest_of(reference)
    async with pooled(pool) as connection:
        if await _applied_digest(connection) == digest:
            return SeedReport()
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _SEED_LOCK)
            if await _applied_digest(connection) == digest:
                return SeedReport()
            report = await _apply(connection, reference)
            await connection.execute(
                """
                INSERT INTO seed_state (digest) VALUES ($1)
                ON CONFLICT (only_row) DO UPDATE SET digest = EXCLUDED.digest, applied_at = now()
                """,
                digest,
            )
            return report


async def _applied_digest(connection: PooledConnection) -> str | None:
    digest: str | None = await connection.fetchval("SELECT digest FROM seed_state")
    return digest


async def _apply(connection: PooledConnection, reference: ReferenceData) -> SeedReport:
    await connection.execute(
        """
        LOCK TABLE model_architectures, model_catalog, hardware_profiles, cost_data, slo_templates, quality_scores,
            deployment_templates IN SHARE ROW EXCLUSIVE MODE;
        SET CONSTRAINTS ALL DEFERRED
        """
    )
    architectures = await _changes(connection, MODEL_ARCHITECTURES, reference.architectures)
    models = await _changes(connection, MODEL_CATALOG, reference.models)
    gpus = await _changes(connection, HARDWARE_PROFILES, reference.gpus)
    prices = await _changes(connection, COST_DATA, reference.prices)
    use_cases = await _changes(connection, SLO_TEMPLATES, reference.use_cases)
    scores = await _changes(connection, QUALITY_SCORES, reference.quality_scores)
    templates = await _changes(connection, DEPLOYMENT_TEMPLATES, reference.templates)

    kept = templates.lasting()
    models = models.still_needed(lambda row: row.model_id in {template.model for template in kept})
    use_cases = use_cases.still_needed(lambda row: row.use_case in {template.use_case for template in kept})
    served = {model.architecture for model in models.lasting()}
    architectures = architectures.still_needed(lambda row: row.name in served)
    measured = await connection.fetch("SELECT DISTINCT gpu_type FROM model_benchmarks")
    used = {price.gpu_type for price in prices.lasting()} | {template.gpu_type for template in kept}
    used |= {record["gpu_type"] for record in measured}
    gpus = gpus.still_needed(lambda row: row.gpu_type in used)
    rated = {model.quality_key for model in models.lasting()}
    scores = scores.still_needed(lambda row: row.model in rated)

    shapes = {row.name for row in architectures.outcome()}
    ratings = {None, *(row.model for row in scores.outcome())}
    models = models.supported(lambda row: row.architecture in shapes and row.quality_key in ratings)
    hardware = {row.gpu_type for row in gpus.outcome()}
    prices = prices.supported(lambda row: row.gpu_type in hardware)
    catalogue = {row.model_id for row in models.outcome()}
    needs = {row.use_case for row in use_cases.outcome()}
    templates = templates.supported(
        lambda row: row.model in catalogue and row.gpu_type in hardware and row.use_case in needs
    )

    return (
        await _write(connection, MODEL_ARCHITECTURES, architectures, reference.architectures)
        + await _write(connection, MODEL_CATALOG, models, reference.models)
        + await _write(connection, HARDWARE_PROFILES, gpus, reference.gpus)
        + await _write(connection, COST_DATA, prices, reference.prices)
        + await _write(connection, SLO_TEMPLATES, use_cases, reference.use_cases)
        + await _write(connection, QUALITY_SCORES, scores, reference.quality_scores)
        + await _write(connection, DEPLOYMENT_TEMPLATES, templates, reference.templates)
    )


async def _changes(connection: PooledConnection, collection: Collection[Row], seeds: Sequence[Row]) -> SeedChanges[Row]:
    known = await connection.fetch("SELECT row_key, digest FROM seed_rows WHERE collection = $1", collection.table)
    return find_changes(
        {collection.key(row): row for row in await collection.load(connection)},
        {collection.key(row): row for row in seeds},
        {record["row_key"]: record["digest"] for record in known},
    )


async def _write(
    connection: PooledConnection, collection: Collection[Row], changes: SeedChanges[Row], seeds: Sequence[Row]
) -> SeedReport:
    replaced = changes.replaced
    if gone := [changes.present[key] for key in changes.remove | replaced]:
        await connection.execute(collection.delete, _as_json(gone))
    if changes.write:
        await connection.execute(collection.insert, _as_json(list(changes.write.values())))
    await connection.execute(
        "DELETE FROM seed_rows WHERE collection = $1 AND row_key <> ALL ($2)",
        collection.table,
        [collection.key(row) for row in seeds],
    )
    await connection.execute(
        """
        INSERT INTO seed_rows (collection, row_key, digest)
        SELECT $1, row_key, digest FROM unnest($2::text[], $3::text[]) AS written (row_key, digest)
        ON CONFLICT (collection, row_key) DO UPDATE SET digest = EXCLUDED.digest
        """,
        collection.table,
        list(changes.write),
        [digest_of(row) for row in changes.write.values()],
    )
    return SeedReport(
        added=len(changes.write) - len(replaced),
        updated=len(replaced),
        removed=len(changes.remove),
        kept=tuple(f"{collection.table}: {key}" for key in sorted(changes.kept)),
    )


def _as_json(rows: Sequence[Row]) -> str:
    return RootModel[list[Row]](list(rows)).model_dump_json()
