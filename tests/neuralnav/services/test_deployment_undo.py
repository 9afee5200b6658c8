"""A deployment that failed its checks is undone once: back to the one before, or to nothing."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge import deployments
from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import ChangeKind, Deployment, DeploymentState
from neuralnav.services.deployment import DeploymentService
from tests.neuralnav.services.deploying import (
    Chosen,
    close_audit_log,
    count,
    files,
    lines,
    open_audit_log,
    recording,
    texts,
)


async def both(service: DeploymentService, chosen: Chosen, other: Chosen) -> tuple[Deployment, Deployment]:
    """A first revision and a second one in its place."""
    return await chosen.made_by(service), await other.made_by(service, revision=2)


async def test_without_records_and_one_before_nothing_is_left(deployer: DeploymentService, chosen: Chosen) -> None:
    made = await chosen.made_by(deployer)
    undone = await deployer.undo(made, None)
    assert (undone.state, undone.approval.change) == (DeploymentState.RETIRED, ChangeKind.RETIRE)
    assert undone.manifests == made.manifests
    assert list(deployer.manifests_dir.iterdir()) == []
    assert await deployer.undo(made, None) == undone


async def test_without_records_the_files_of_the_one_before_are_there_again(
    deployer: DeploymentService, chosen: Chosen, other: Chosen
) -> None:
    first, second = await both(deployer, chosen, other)
    shutil.rmtree(first.directory or "")
    undone = await deployer.undo(second, first)
    assert files(undone) == texts(chosen.manifests)
    assert (undone.choice, undone.manifests) == (first.choice, first.manifests)
    assert (await deployer.validate(undone, chosen.specification)).passed


@pytest.mark.database
@pytest.mark.parametrize("tries", [1, 2])
async def test_undoing_to_nothing_is_kept_once_as_an_end_under_the_same_approval(
    deployer: DeploymentService, chosen: Chosen, database: Database, tries: int
) -> None:
    service = recording(deployer, database)
    made = await chosen.made_by(service)
    (undone,) = {await service.undo(made, None) for _ in range(tries)}
    assert files(undone) == {}
    assert undone.approval == chosen.approval(ChangeKind.RETIRE)
    assert await count(database) == 2
    assert [(line.who, line.what) for line in await lines(database, chosen.manifests)] == [
        ("ada", "removed by itself"),
        ("ada", "manifests written"),
        ("ada", "deployment approved"),
    ]
    assert not await deployments.is_name_taken(database.pool, undone.manifests.namespace, undone.manifests.name)


@pytest.mark.database
@pytest.mark.parametrize("tries", [1, 2])
async def test_undoing_to_the_one_before_is_kept_once_as_a_roll_back(
    deployer: DeploymentService, chosen: Chosen, other: Chosen, database: Database, tries: int
) -> None:
    service = recording(deployer, database)
    first, second = await both(service, chosen, other)
    (undone,) = {await service.undo(second, first) for _ in range(tries)}
    assert files(undone) == texts(chosen.manifests)
    assert undone.id not in (first.id, second.id)
    assert undone.approval == chosen.approval(ChangeKind.ROLL_BACK, revision=2)
    assert await count(database) == 3
    assert (await lines(database, chosen.manifests))[0].what == "returned to the revision before by itself"
    assert await deployments.is_name_taken(database.pool, undone.manifests.namespace, undone.manifests.name)


@pytest.mark.database
async def test_undoing_at_the_same_instant_is_one(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    made = await chosen.made_by(service)
    undone = await asyncio.gather(*(service.undo(made, None) for _ in range(6)))
    assert len({one.id for one in undone}) == 1
    assert await count(database) == 2


@pytest.mark.database
@pytest.mark.parametrize("returns", [False, True])
async def test_undoing_that_could_not_be_recorded_is_recorded_by_the_next_try(
    deployer: DeploymentService, chosen: Chosen, other: Chosen, database: Database, returns: object
) -> None:
    service = recording(deployer, database)
    first, second = await both(service, chosen, other)
    previous = first if returns else None
    await close_audit_log(database)
    with pytest.raises(InvalidInputError, match="refuses a value"):
        await service.undo(second, previous)
    assert await count(database) == 2
    await open_audit_log(database)
    undone = await service.undo(second, previous)
    assert files(undone) == (texts(chosen.manifests) if returns else {})
    assert (await count(database), len(await lines(database, chosen.manifests))) == (3, 5)


@pytest.mark.database
async def test_what_somebody_else_has_changed_is_not_undone_and_stays(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    made = await chosen.made_by(service)
    (Path(made.directory or "") / "README.md").write_text("mine")
    before = files(made)
    with pytest.raises(InvalidInputError, match="Nothing was removed"):
        await service.undo(made, None)
    assert files(made) == before
    assert await count(database) == 1


@pytest.mark.database
async def test_a_deployment_can_be_made_anew_after_it_was_undone(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    await service.undo(await chosen.made_by(service), None)
    again = await chosen.made_by(service, revision=2)
    assert files(again) == texts(chosen.manifests)
    assert await count(database) == 3
