"""Deployment templates in the database: kept, listed, removed."""

from __future__ import annotations

import pytest

from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployment_templates import keep_template, list_templates, remove_template
from neuralnav.models.template import DeploymentTemplate
from neuralnav.models.vocabulary import GpuType, Precision, UseCase

pytestmark = pytest.mark.database

OURS = DeploymentTemplate(
    name="ours",
    use_case=UseCase.CHATBOT,
    min_peak_qps=1,
    max_peak_qps=4,
    model="openai/gpt-oss-20b",
    precision=Precision.FP4,
    gpu_type=GpuType.L40S,
    tensor_parallel=1,
    replicas=2,
    kept_by="ada",
    source="a plan",
    source_licence="ours",
    as_of="2026-11-21",
)


async def test_a_template_is_kept_as_it_is_and_removed_again(database: Database) -> None:
    shipped = await list_templates(database.pool)
    await keep_template(database.pool, OURS)
    assert set(await list_templates(database.pool)) == {*shipped, OURS}
    await remove_template(database.pool, "ours")
    assert await list_templates(database.pool) == shipped


async def test_a_name_that_is_taken_is_refused(database: Database) -> None:
    await keep_template(database.pool, OURS)
    with pytest.raises(InvalidInputError, match=r"name: 'ours' .*no template has"):
        await keep_template(database.pool, OURS)


async def test_a_model_that_is_not_in_the_catalogue_is_refused(database: Database) -> None:
    with pytest.raises(InvalidInputError, match=r"model: 'no/one' .*of the knowledge base"):
        await keep_template(database.pool, OURS.model_copy(update={"model": "no/one"}))


async def test_removing_what_is_not_there_lists_what_is(database: Database) -> None:
    with pytest.raises(NotFoundError, match="chatbot-conversational-small"):
        await remove_template(database.pool, "nothing")
