"""A deployment becomes a template once its latest outcome met every target, and only then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge import deployment_outcomes
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.knowledge.specifications import save_version
from neuralnav.models.deployment import Approval, Deployment
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.template import DeploymentTemplate
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.specification import specify
from neuralnav.planning.templates import is_of_template, matching_templates
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.kept_templates import template_of_deployment
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.postgres_records import PostgresRecords
from tests.neuralnav.models.test_outcome import START, outcome

pytestmark = pytest.mark.database


@pytest.fixture
def specification() -> DeploymentSpecification:
    return specify(DeploymentIntent(use_case=UseCase.CHATBOT, user_count=1000), read_seeds().use_cases)


@pytest.fixture
async def deployed(
    database: Database, specification: DeploymentSpecification, shipped_knowledge: Knowledge, tmp_path: Path
) -> Deployment:
    """A plan's first option, written and recorded; its specification is not recorded yet."""
    choice = (await shipped_knowledge.planner()).plan(specification).views["balanced"][0]
    service = DeploymentService(shipped_knowledge, tmp_path, "inference", PostgresRecords(database.pool))
    manifests = await service.manifests(choice, specification)
    approval = Approval(by="ada", at="2026-11-20", manifests_sha256=manifests.sha256, price_table="p", calibration="c")
    return await service.execute(thread_id="thread", choice=choice, manifests=manifests, approval=approval)


async def observed(database: Database, deployed: Deployment, hour: int = 0, **changes: Any) -> None:
    start = START + timedelta(hours=hour)
    window = {
        "window_from": start,
        "window_to": start + timedelta(hours=1),
        "recorded_at": start + timedelta(hours=1),
    }
    await deployment_outcomes.record(database.pool, outcome(deployment_id=deployed.id, **window, **changes))


async def kept(database: Database, deployed: Deployment) -> DeploymentTemplate:
    return await template_of_deployment(database.pool, deployed.id, name=None, kept_by="ada", as_of="2026-11-21")


async def test_what_met_every_target_becomes_a_template_for_the_same_need(
    database: Database, deployed: Deployment, specification: DeploymentSpecification
) -> None:
    busier = specification.traffic.model_copy(update={"peak_qps": 90.0})
    await save_version(database.pool, "thread", specification)
    await save_version(database.pool, "thread", specification.model_copy(update={"version": 2, "traffic": busier}))
    await observed(database, deployed)
    template = await kept(database, deployed)
    assert is_of_template(deployed.choice, template)
    assert matching_templates([template], specification) == (template,)
    assert (template.use_case, template.kept_by) == (UseCase.CHATBOT, "ada")
    assert str(deployed.id) in template.source
    assert "every target met" in template.source


async def test_only_the_latest_outcome_counts(
    database: Database, deployed: Deployment, specification: DeploymentSpecification
) -> None:
    await save_version(database.pool, "thread", specification)
    await observed(database, deployed, 1, ttft_p95_ms=900.0)
    await observed(database, deployed, 0)
    with pytest.raises(InvalidInputError, match=r"TTFT p95: '900 ms' \(allowed: at most 150 ms\)") as caught:
        await kept(database, deployed)
    assert [problem.field for problem in caught.value.problems] == ["TTFT p95"]
    await observed(database, deployed, 2)
    assert is_of_template(deployed.choice, await kept(database, deployed))


async def test_a_target_that_was_not_observed_is_not_taken_for_met(database: Database, deployed: Deployment) -> None:
    await observed(database, deployed, itl_mean_ms=None, itl_p95_ms=None)
    with pytest.raises(InvalidInputError, match="ITL p95: 'not observed'"):
        await kept(database, deployed)


async def test_without_an_outcome_nothing_is_kept(database: Database, deployed: Deployment) -> None:
    with pytest.raises(NotFoundError, match="no outcome is recorded yet"):
        await kept(database, deployed)


async def test_without_its_specification_nothing_is_kept(
    database: Database, deployed: Deployment, specification: DeploymentSpecification
) -> None:
    other = specification.slo_targets.model_copy(update={"ttft_p95_ms": 1.0})
    await save_version(database.pool, "thread", specification.model_copy(update={"slo_targets": other}))
    await save_version(database.pool, "another thread", specification)
    await observed(database, deployed)
    with pytest.raises(NotFoundError, match="was planned for is not kept"):
        await kept(database, deployed)


async def test_a_deployment_that_is_not_there_is_named(database: Database) -> None:
    missing = uuid4()
    with pytest.raises(NotFoundError, match=str(missing)):
        await template_of_deployment(database.pool, missing, name=None, kept_by="ada", as_of="2026-11-21")
