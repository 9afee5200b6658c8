"""Seeding: shipped rows come, change and go; the user's own will stays."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployment_templates import keep_template
from neuralnav.knowledge.migrations import migrate
from neuralnav.knowledge.reference import load_reference
from neuralnav.knowledge.seeding import SeedReport, seed
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import InstancePrice, ReferenceData
from neuralnav.settings import Settings

pytestmark = pytest.mark.database

TABLES = (
    "model_architectures",
    "model_catalog",
    "hardware_profiles",
    "cost_data",
    "slo_templates",
    "quality_scores",
    "deployment_templates",
    "seed_state",
)
ROW_VERSIONS = " UNION ALL ".join(f"SELECT '{table}', ctid::text, xmin::text FROM {table}" for table in TABLES)
"""Every row with the transaction that wrote it last."""


@pytest.fixture(scope="module")
def shipped() -> ReferenceData:
    return read_seeds()


def with_price(data: ReferenceData, number: int, hourly_usd: float) -> ReferenceData:
    """The same data with one price changed."""
    prices = list(data.prices)
    prices[number] = prices[number].model_copy(update={"hourly_usd": hourly_usd})
    return data.model_copy(update={"prices": tuple(prices)})


def without_model(data: ReferenceData, model_id: str) -> ReferenceData:
    """The same data without one model."""
    models = tuple(model for model in data.models if model.model_id != model_id)
    return data.model_copy(update={"models": models})


async def price_of(database: Database, price: InstancePrice) -> float | None:
    prices = {(p.cloud_provider, p.instance_type, p.region): p for p in (await load_reference(database.pool)).prices}
    found = prices.get((price.cloud_provider, price.instance_type, price.region))
    return found.hourly_usd if found else None


async def run(database: Database, statement: str, *arguments: object) -> None:
    async with pooled(database.pool) as connection:
        await connection.execute(statement, *arguments)


async def test_what_is_seeded_is_what_is_loaded(database: Database, shipped: ReferenceData) -> None:
    loaded = await load_reference(database.pool)
    for name in ReferenceData.model_fields:
        rows, seeds = getattr(loaded, name), getattr(shipped, name)
        assert len(rows) == len(seeds)
        assert all(row in seeds for row in rows), name


async def test_empty_database_gets_every_row(empty_database_url: str, shipped: ReferenceData) -> None:
    await migrate(empty_database_url)
    async with Database.open(Settings(database_url=SecretStr(empty_database_url)), prepare=False) as database:
        report = await seed(database.pool, shipped)
    assert report.added == sum(len(getattr(shipped, name)) for name in ReferenceData.model_fields)
    assert (report.updated, report.removed, report.kept) == (0, 0, ())


async def test_seeding_again_writes_nothing(database: Database, shipped: ReferenceData) -> None:
    async with pooled(database.pool) as connection:
        before = await connection.fetch(ROW_VERSIONS)
        assert before
        for _ in range(2):
            assert await seed(database.pool, shipped) == SeedReport()
        assert await connection.fetch(ROW_VERSIONS) == before


async def test_new_version_of_a_seed_replaces_an_unedited_row(database: Database, shipped: ReferenceData) -> None:
    report = await seed(database.pool, with_price(shipped, 3, 99.5))
    assert report == SeedReport(updated=1)
    assert await price_of(database, shipped.prices[3]) == 99.5


async def test_edited_row_stays_and_is_named(database: Database, shipped: ReferenceData) -> None:
    price = shipped.prices[3]
    await run(
        database,
        "UPDATE cost_data SET hourly_usd = 1.25 WHERE instance_type = $1 AND region = $2",
        price.instance_type,
        price.region,
    )
    report = await seed(database.pool, with_price(shipped, 3, 99.5))
    assert report == SeedReport(kept=(f"cost_data: {price.cloud_provider} {price.instance_type} {price.region}",))
    assert await price_of(database, price) == 1.25


async def test_edit_that_was_undone_no_longer_keeps_the_row(database: Database, shipped: ReferenceData) -> None:
    price = shipped.prices[3]
    for hourly_usd in (1.25, price.hourly_usd):
        await run(
            database, "UPDATE cost_data SET hourly_usd = $1 WHERE instance_type = $2", hourly_usd, price.instance_type
        )
    assert (await seed(database.pool, with_price(shipped, 3, 99.5))).updated == 1


async def test_deleted_row_stays_deleted(database: Database, shipped: ReferenceData) -> None:
    await run(database, "DELETE FROM cost_data WHERE instance_type = $1", shipped.prices[3].instance_type)
    report = await seed(database.pool, with_price(shipped, 3, 99.5))
    assert len(report.kept) == 1
    assert await price_of(database, shipped.prices[3]) is None


async def test_own_row_stays_also_where_a_seed_of_its_key_comes_later(
    database: Database, shipped: ReferenceData
) -> None:
    own = shipped.prices[0].model_copy(update={"instance_type": "ours-1", "hourly_usd": 0.5})
    await run(
        database,
        """
        INSERT INTO cost_data (cloud_provider, instance_type, region, gpu_type, gpus, hourly_usd, effective, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        own.cloud_provider.value,
        own.instance_type,
        own.region,
        own.gpu_type.value,
        own.gpus,
        own.hourly_usd,
        own.effective,
        "our contract",
    )
    assert await seed(database.pool, with_price(shipped, 3, 99.5)) == SeedReport(updated=1)
    later = shipped.model_copy(update={"prices": (*shipped.prices, own.model_copy(update={"hourly_usd": 9.0}))})
    report = await seed(database.pool, later)
    assert report.kept == (f"cost_data: {own.cloud_provider} ours-1 {own.region}",)
    assert await price_of(database, own) == 0.5


async def test_seed_that_no_longer_ships_goes_and_comes_back(database: Database, shipped: ReferenceData) -> None:
    gone = shipped.models[5].model_id
    assert await seed(database.pool, without_model(shipped, gone)) == SeedReport(removed=1)
    assert gone not in {model.model_id for model in (await load_reference(database.pool)).models}
    assert await seed(database.pool, shipped) == SeedReport(added=1)


async def test_seed_that_no_longer_ships_stays_while_own_rows_refer_to_it(
    database: Database, shipped: ReferenceData
) -> None:
    name = shipped.models[0].architecture
    served = tuple(model for model in shipped.models if model.architecture != name)
    shapes = tuple(shape for shape in shipped.architectures if shape.name != name)
    await run(
        database,
        """
        INSERT INTO model_catalog
        SELECT (jsonb_populate_record(NULL::model_catalog, to_jsonb(model_catalog) || '{"model_id": "our/tuned"}')).*
        FROM model_catalog WHERE model_id = $1
        """,
        shipped.models[0].model_id,
    )
    report = await seed(database.pool, shipped.model_copy(update={"models": served, "architectures": shapes}))
    assert report.removed == len(shipped.models) - len(served)
    loaded = await load_reference(database.pool)
    assert [model.model_id for model in loaded.models if model.architecture == name] == ["our/tuned"]
    assert name in {shape.name for shape in loaded.architectures}


async def test_seed_that_needs_a_row_which_the_user_deleted_stays_out(
    database: Database, shipped: ReferenceData
) -> None:
    gpu = shipped.prices[0].gpu_type
    await run(database, "DELETE FROM cost_data WHERE gpu_type = $1", gpu.value)
    await run(database, "DELETE FROM deployment_templates WHERE gpu_type = $1", gpu.value)
    await run(database, "DELETE FROM hardware_profiles WHERE gpu_type = $1", gpu.value)
    new = shipped.prices[0].model_copy(update={"instance_type": "brand-new"})
    report = await seed(database.pool, shipped.model_copy(update={"prices": (*shipped.prices, new)}))
    assert f"cost_data: {new.cloud_provider} brand-new {new.region}" in report.kept
    assert report.added == 0
    assert gpu not in {profile.gpu_type for profile in (await load_reference(database.pool)).gpus}


async def test_processes_that_seed_at_the_same_instant_do_it_once(database: Database, shipped: ReferenceData) -> None:
    changed = with_price(shipped, 3, 99.5)
    reports = await asyncio.gather(*(seed(database.pool, changed) for _ in range(5)))
    assert sorted(report.updated for report in reports) == [0, 0, 0, 0, 1]


async def test_row_that_cannot_be_used_stops_seeding_before_anything_changes(
    database: Database, shipped: ReferenceData
) -> None:
    name = shipped.architectures[0].name
    await run(database, "UPDATE model_architectures SET shape = shape || '{\"num_experts\": 8}' WHERE name = $1", name)
    with pytest.raises(InvalidInputError, match=f'table model_architectures, row .*"{name}".*num_experts_per_token'):
        await seed(database.pool, with_price(shipped, 3, 99.5))
    await run(database, "UPDATE model_architectures SET shape = shape - 'num_experts' WHERE name = $1", name)
    assert await price_of(database, shipped.prices[3]) == shipped.prices[3].hourly_usd


async def test_model_and_gpu_of_a_users_template_stay(database: Database, shipped: ReferenceData) -> None:
    model = shipped.models[5].model_id
    own = shipped.templates[0].model_copy(update={"name": "ours", "model": model, "kept_by": "ada"})
    await keep_template(database.pool, own)
    report = await seed(database.pool, without_model(shipped, model))
    assert f"model_catalog: {model.casefold()}" in report.kept
    loaded = await load_reference(database.pool)
    assert model in {row.model_id for row in loaded.models}
    assert own in loaded.templates


async def test_template_of_a_model_that_the_user_deleted_stays_out(database: Database, shipped: ReferenceData) -> None:
    gone = shipped.templates[0].model
    await run(database, "DELETE FROM deployment_templates WHERE model = $1", gone)
    await run(database, "DELETE FROM model_catalog WHERE model_id = $1", gone)
    new = shipped.templates[0].model_copy(update={"name": "brand-new"})
    report = await seed(database.pool, shipped.model_copy(update={"templates": (*shipped.templates, new)}))
    assert "deployment_templates: brand-new" in report.kept


async def test_rows_from_before_provenance_follow_the_release(database: Database, shipped: ReferenceData) -> None:
    """A digest does not count what has its default, so rows that a migration has extended count as unedited."""
    before = tuple(
        price.model_copy(update={"source_licence": "unstated", "as_of": "unstated"}) for price in shipped.prices
    )
    await seed(database.pool, shipped.model_copy(update={"prices": before}))
    assert await seed(database.pool, shipped) == SeedReport(updated=len(shipped.prices))
