"""Loading the reference data: one moment, every row checked, bad ones named."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import asyncpg
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.collection import Collection
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.cost_data import COST_DATA
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployment_templates import DEPLOYMENT_TEMPLATES
from neuralnav.knowledge.hardware_profiles import HARDWARE_PROFILES
from neuralnav.knowledge.model_catalog import MODEL_CATALOG
from neuralnav.knowledge.quality_scores import QUALITY_SCORES
from neuralnav.knowledge.reference import count_rows, load_reference
from neuralnav.models.catalog import UseCaseTemplate, UserActivity
from neuralnav.models.deployment import DeploymentState
from neuralnav.models.vocabulary import CloudProvider, GpuType, Precision, Quality, UseCase

pytestmark = pytest.mark.database

REFUSED = [
    "UPDATE model_architectures SET shape = shape - 'num_layers'",
    "UPDATE model_architectures SET shape = jsonb_set(shape, '{hidden_size}', '\"4096\"')",
    'UPDATE model_architectures SET shape = shape || \'{"source": "elsewhere"}\'',
    "UPDATE model_architectures SET published_parameters = 0",
    "UPDATE model_architectures SET source = ' '",
    "DELETE FROM model_architectures",
    "UPDATE model_catalog SET architecture = 'nobody/nothing'",
    "UPDATE model_catalog SET precision = 'fp3'",
    "UPDATE model_catalog SET model_id = 'no-maker'",
    "UPDATE model_catalog SET tasks = ARRAY['chat', NULL]",
    "UPDATE model_catalog SET context_tokens = 0",
    "INSERT INTO model_catalog"
    ' SELECT (jsonb_populate_record(model_catalog, \'{"model_id": "QWEN/QWEN2.5-7B-INSTRUCT"}\')).*'
    " FROM model_catalog WHERE model_id = 'Qwen/Qwen2.5-7B-Instruct'",
    "UPDATE hardware_profiles SET memory_gb = 'NaN'",
    "UPDATE hardware_profiles SET memory_gb = 'Infinity'",
    "UPDATE hardware_profiles SET gpu_type = 'H1000' WHERE gpu_type = 'B300'",
    "UPDATE hardware_profiles SET kubernetes_resource = 'nvidia.com/gpu: 1'",
    "DELETE FROM hardware_profiles",
    "UPDATE cost_data SET hourly_usd = 0",
    "UPDATE cost_data SET gpus = 0",
    "UPDATE cost_data SET effective = NULL",
    "UPDATE slo_templates SET ttft_p95_ms = -1",
    "UPDATE slo_templates SET tasks = '{}'",
    "UPDATE slo_templates SET quality_weights = '{\"mmlu_pro\": 0.5}'",
    "UPDATE slo_templates SET quality_weights = '{}'",
    'UPDATE slo_templates SET quality_weights = \'{"mmlu_pro": "1"}\'',
    "UPDATE slo_templates SET active_fraction = 1.1",
    "UPDATE slo_templates SET ttft_p95_ms = e2e_p95_ms",
    'UPDATE slo_templates SET quality_reasons = \'{"luck": "it helps"}\'',
    "UPDATE slo_templates SET quality_reasons = jsonb_set(quality_reasons, '{gpqa}', '\" \"')",
    "UPDATE slo_templates SET quality_reasons = '[]'",
    "UPDATE quality_scores SET score = 101",
    "UPDATE quality_scores SET mode = 'quick'",
    "UPDATE quality_scores SET as_of = 'soon'",
    "UPDATE cost_data SET as_of = '2025-13'",
    "UPDATE hardware_profiles SET source_licence = ' '",
    'UPDATE model_architectures SET shape = shape || \'{"as_of": "2026"}\'',
    "UPDATE model_catalog SET quality_tier = 'superb'",
    "UPDATE model_catalog SET reasoning = 'sometimes'",
    "UPDATE model_catalog SET quantization = NULL WHERE precision = 'fp8'",
    "UPDATE model_catalog SET licence_allows_commercial_use = false WHERE licence_is_open",
    "UPDATE model_catalog SET tasks = '{}'",
    "UPDATE deployment_templates SET max_peak_qps = min_peak_qps",
    "UPDATE deployment_templates SET min_peak_qps = -1",
    "UPDATE deployment_templates SET max_peak_qps = 'NaN'",
    "UPDATE deployment_templates SET name = 'No Name' WHERE name LIKE '%small'",
    "UPDATE deployment_templates SET replicas = 0",
    "UPDATE deployment_templates SET tensor_parallel = 0",
    "UPDATE deployment_templates SET model = 'no/one'",
    "UPDATE deployment_templates SET gpu_type = 'V100'",
    "UPDATE deployment_templates SET kept_by = ''",
    "DELETE FROM model_catalog",
    "DELETE FROM slo_templates",
    "INSERT INTO quality_scores SELECT * FROM quality_scores",
    "INSERT INTO seed_state (only_row, digest) VALUES (false, repeat('0', 64))",
]


@pytest.mark.parametrize("statement", REFUSED)
async def test_bad_rows_are_impossible(shared_database: Database, statement: str) -> None:
    async with shared_database.pool.acquire() as connection:
        with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)):
            await connection.execute(statement)


@pytest.mark.parametrize(
    ("constraint", "vocabulary"),
    [
        ("gpu_type_check", GpuType),
        ("model_catalog_precision_check", Precision),
        ("cost_data_cloud_provider_check", CloudProvider),
        ("slo_templates_use_case_check", UseCase),
        ("deployments_state_check", DeploymentState),
        ("model_catalog_quality_tier_check", Quality),
        ("deployment_templates_precision_check", Precision),
    ],
)
async def test_database_allows_exactly_the_words_of_the_vocabulary(
    shared_database: Database, constraint: str, vocabulary: type[StrEnum]
) -> None:
    async with pooled(shared_database.pool) as connection:
        definition = await connection.fetchval(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", constraint
        )
    assert set(re.findall(r"'([^']+)'::text", definition)) == {word.value for word in vocabulary}


@pytest.mark.parametrize(
    "collection", [MODEL_CATALOG, HARDWARE_PROFILES, COST_DATA, QUALITY_SCORES, DEPLOYMENT_TEMPLATES]
)
async def test_every_field_has_its_column(shared_database: Database, collection: Collection[Any]) -> None:
    assert await columns_of(shared_database, collection.table) == set(collection.row_type.model_fields)


async def test_every_field_of_a_use_case_has_its_column(shared_database: Database) -> None:
    fields = set(UseCaseTemplate.model_fields) - {"activity"} | set(UserActivity.model_fields)
    assert await columns_of(shared_database, "slo_templates") == fields


async def test_collections_are_loaded_as_they_were_at_one_moment(database: Database) -> None:
    async with pooled(database.pool) as writer, writer.transaction():
        await writer.execute("DELETE FROM cost_data")
        await writer.execute("DELETE FROM model_benchmarks")
        await writer.execute("DELETE FROM deployment_templates")
        await writer.execute("DELETE FROM hardware_profiles")
        loaded = await load_reference(database.pool)
    assert loaded.gpus
    assert loaded.prices
    assert not (await load_reference(database.pool)).gpus


async def test_rows_come_in_the_order_of_their_keys(shared_database: Database) -> None:
    loaded = await load_reference(shared_database.pool)
    assert [gpu.gpu_type for gpu in loaded.gpus] == sorted(gpu.gpu_type for gpu in loaded.gpus)
    assert loaded == await load_reference(shared_database.pool)


async def test_a_short_name_means_the_16_bit_weights_where_there_are_any(shared_database: Database) -> None:
    loaded = await load_reference(shared_database.pool)
    published = {model.short_name for model in loaded.models if model.precision is Precision.BF16}
    first = {model.short_name: model.precision for model in reversed(loaded.models)}
    assert {name for name, precision in first.items() if precision is Precision.BF16} == published


async def test_row_that_no_constraint_could_refuse_is_named(database: Database) -> None:
    async with pooled(database.pool) as connection:
        await connection.execute(
            "UPDATE model_architectures SET shape = shape || '{\"head_dim\": 100000}' WHERE name = $1",
            "Qwen/Qwen2.5-7B-Instruct",
        )
    with pytest.raises(
        InvalidInputError, match=r"table model_architectures, row .*Qwen/Qwen2\.5-7B-Instruct"
    ) as caught:
        await load_reference(database.pool)
    assert [(p.field, p.value, "1,024" in p.allowed) for p in caught.value.problems] == [("head_dim", 100_000, True)]


async def test_model_whose_scores_are_gone_is_named(database: Database) -> None:
    model = next(model for model in (await load_reference(database.pool)).models if model.quality_key)
    async with pooled(database.pool) as connection:
        await connection.execute("DELETE FROM quality_scores WHERE model = $1", model.quality_key)
    with pytest.raises(InvalidInputError, match=r"table model_catalog, row .*quality_key.*table quality_scores"):
        await load_reference(database.pool)


async def test_rows_are_counted_by_table(shared_database: Database) -> None:
    counts = await count_rows(shared_database.pool)
    assert counts["hardware_profiles"] == len(GpuType)
    assert counts["slo_templates"] == len(UseCase)
    assert counts["model_benchmarks"] > 100
    recorded = ("deployments", "deployment_outcomes", "audit_log", "specifications", "scenarios", "capacity_shapes")
    assert {counts[table] for table in recorded} == {0}


async def columns_of(database: Database, table: str) -> set[str]:
    async with pooled(database.pool) as connection:
        records = await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
            table,
        )
    return {record["column_name"] for record in records}
