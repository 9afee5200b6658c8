"""All reference data, as planning reads it."""

from __future__ import annotations

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.connections import Pool, PooledConnection, pooled
from neuralnav.knowledge.cost_data import COST_DATA
from neuralnav.knowledge.deployment_templates import DEPLOYMENT_TEMPLATES
from neuralnav.knowledge.hardware_profiles import HARDWARE_PROFILES
from neuralnav.knowledge.model_architectures import MODEL_ARCHITECTURES
from neuralnav.knowledge.model_catalog import MODEL_CATALOG
from neuralnav.knowledge.quality_scores import QUALITY_SCORES
from neuralnav.knowledge.slo_templates import SLO_TEMPLATES
from neuralnav.models.catalog import ReferenceData


async def load_reference(pool: Pool) -> ReferenceData:
    """Everything that planning reads, as it was at one moment, each collection in the order of its key.

    Raises:
        InvalidInputError: a row cannot be used; names table, row and field.
        UnavailableError: the database does not answer.
    """
    async with (
        pooled(pool) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        data = await read_collections(connection)
    _check_quality_keys(data)
    return data


async def read_collections(connection: PooledConnection) -> ReferenceData:
    """Everything that planning reads, in the transaction of the caller."""
    return ReferenceData(
        architectures=await MODEL_ARCHITECTURES.load(connection),
        models=await MODEL_CATALOG.load(connection),
        gpus=await HARDWARE_PROFILES.load(connection),
        prices=await COST_DATA.load(connection),
        use_cases=await SLO_TEMPLATES.load(connection),
        quality_scores=await QUALITY_SCORES.load(connection),
        templates=await DEPLOYMENT_TEMPLATES.load(connection),
    )


async def count_rows(pool: Pool) -> dict[str, int]:
    """How many rows each collection holds, by table.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        record = await connection.fetchrow(
            """
            SELECT
                (SELECT count(*) FROM model_architectures) AS model_architectures,
                (SELECT count(*) FROM model_catalog) AS model_catalog,
                (SELECT count(*) FROM hardware_profiles) AS hardware_profiles,
                (SELECT count(*) FROM cost_data) AS cost_data,
                (SELECT count(*) FROM slo_templates) AS slo_templates,
                (SELECT count(*) FROM quality_scores) AS quality_scores,
                (SELECT count(*) FROM deployment_templates) AS deployment_templates,
                (SELECT count(*) FROM model_benchmarks) AS model_benchmarks,
                (SELECT count(*) FROM calibrations) AS calibrations,
                (SELECT count(*) FROM capacity_shapes) AS capacity_shapes,
                (SELECT count(*) FROM specifications) AS specifications,
                (SELECT count(*) FROM scenarios) AS scenarios,
                (SELECT count(*) FROM deployments) AS deployments,
                (SELECT count(*) FROM deployment_outcomes) AS deployment_outcomes,
                (SELECT count(*) FROM audit_log) AS audit_log
            """
        )
    return dict(record) if record else {}


def _check_quality_keys(data: ReferenceData) -> None:
    rated = {score.model for score in data.quality_scores}
    for model in data.models:
        if model.quality_key is not None and model.quality_key not in rated:
            problem = FieldProblem("quality_key", model.quality_key, "a model of the table quality_scores, or null")
            raise InvalidInputError(
                f"The database holds a row that cannot be used: table model_catalog, row {model.model_id}: {problem}. "
                "Correct or delete it.",
                (problem,),
            )
