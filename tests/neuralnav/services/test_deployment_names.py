"""A deployment whose derived name is taken gets an ending of its own; the end of a deployment frees its name."""

from __future__ import annotations

import re

import pytest

from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import ChangeKind
from neuralnav.services.deployment import DeploymentService
from tests.neuralnav.services.deploying import Chosen, recording


async def name_for(
    service: DeploymentService,
    chosen: Chosen,
    name: str | None = None,
    whose: str | None = "me",
    besides: str | None = None,
) -> str:
    return (await service.manifests(chosen.choice, chosen.specification, name, whose, besides)).name


async def test_without_records_every_name_is_free(deployer: DeploymentService, chosen: Chosen) -> None:
    await chosen.made_by(deployer)
    assert await name_for(deployer, chosen) == chosen.manifests.name


@pytest.mark.database
async def test_a_name_that_is_taken_gets_an_ending_for_each_who_asks(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    assert await name_for(service, chosen) == chosen.manifests.name
    await chosen.made_by(service)
    mine, yours = await name_for(service, chosen), await name_for(service, chosen, whose="you")
    assert mine == await name_for(service, chosen)
    assert mine != yours
    for name in (mine, yours):
        assert re.fullmatch(f"{chosen.manifests.name}-[0-9a-f]{{6}}", name)


@pytest.mark.database
async def test_manifests_under_an_ending_of_their_own_stand_beside_the_others(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    first = await chosen.made_by(service)
    manifests = await service.manifests(chosen.choice, chosen.specification, whose="me")
    second = await Chosen(chosen.specification, chosen.choice, manifests).made_by(service, thread_id="mine")
    assert first.directory != second.directory
    assert (await service.validate(first, chosen.specification)).passed
    assert (await service.validate(second, chosen.specification)).passed


@pytest.mark.database
async def test_a_given_name_is_its_own_conversations(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    await chosen.made_by(service)
    name = chosen.manifests.name
    assert await name_for(service, chosen, name=name, besides="thread") == name
    assert await name_for(service, chosen, name=name, besides="another") != name
    assert await name_for(service, chosen, name=name, whose=None) == name


@pytest.mark.database
async def test_a_name_is_free_again_once_its_deployment_has_ended(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    await chosen.made_by(service)
    await chosen.made_by(service, ChangeKind.RETIRE, revision=2)
    assert await name_for(service, chosen) == chosen.manifests.name
    await chosen.made_by(service, revision=3)
    assert await name_for(service, chosen) != chosen.manifests.name


@pytest.mark.database
async def test_a_name_is_taken_in_its_namespace_alone(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    await chosen.made_by(service)
    elsewhere = DeploymentService(service.knowledge, service.manifests_dir, "elsewhere", service.records)
    assert await name_for(elsewhere, chosen) == chosen.manifests.name
