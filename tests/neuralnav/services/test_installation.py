"""Manifests are marked with the installation that keeps records of them."""

from __future__ import annotations

import pytest

from neuralnav.knowledge.database import Database
from neuralnav.knowledge.installation import installation_id
from neuralnav.services.deployment import DeploymentService
from tests.neuralnav.services.deploying import Chosen, recording


async def test_without_records_files_are_of_no_installation(deployer: DeploymentService, chosen: Chosen) -> None:
    manifests = await deployer.manifests(chosen.choice, chosen.specification)
    assert manifests == chosen.manifests
    assert manifests.installation is None


@pytest.mark.database
async def test_with_records_they_are_of_the_database(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    manifests = await recording(deployer, database).manifests(chosen.choice, chosen.specification)
    assert manifests.installation == await installation_id(database.pool)
    assert manifests.name == chosen.manifests.name
