"""Approved changes are made, and their deployment and audit line are kept, once."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import ChangeKind, DeploymentState
from neuralnav.services.deployment import DeploymentService
from neuralnav.settings import Settings
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

DONE = {
    ChangeKind.DEPLOY: ("manifests written", DeploymentState.WRITTEN),
    ChangeKind.ROLL_BACK: ("rolled back", DeploymentState.WRITTEN),
    ChangeKind.RETIRE: ("retired", DeploymentState.RETIRED),
}
every_change = pytest.mark.parametrize("change", list(ChangeKind))


def left(chosen: Chosen, change: ChangeKind) -> dict[str, str]:
    """What is on disk after ``change``."""
    return {} if change is ChangeKind.RETIRE else texts(chosen.manifests)


@every_change
async def test_approval_of_other_manifests_is_refused_and_nothing_is_written_or_removed(
    deployer: DeploymentService, chosen: Chosen, other: Chosen, change: ChangeKind
) -> None:
    made = await chosen.made_by(deployer)
    with pytest.raises(InvalidInputError, match="covers other manifests") as caught:
        await deployer.execute(
            thread_id="thread", choice=chosen.choice, manifests=chosen.manifests, approval=other.approval(change)
        )
    problem = caught.value.problems[0]
    assert (problem.value, problem.allowed) == (other.manifests.sha256, chosen.manifests.sha256)
    assert files(made) == texts(chosen.manifests)
    assert [path.name for path in deployer.manifests_dir.iterdir()] == [Path(made.directory or "").name]


@every_change
async def test_without_records_the_change_is_made_all_the_same(
    deployer: DeploymentService, chosen: Chosen, change: ChangeKind
) -> None:
    await chosen.made_by(deployer)
    made = await chosen.made_by(deployer, change, revision=2)
    assert files(made) == left(chosen, change)
    assert made.state is DONE[change][1]
    assert await chosen.made_by(deployer, change, revision=2) == made


@pytest.mark.database
@every_change
async def test_executing_twice_gives_one_deployment_and_one_audit_line(
    deployer: DeploymentService, chosen: Chosen, database: Database, change: ChangeKind
) -> None:
    service = recording(deployer, database)
    first = await chosen.made_by(service, change, revision=4)
    second = await chosen.made_by(service, change, revision=4)
    assert first == second
    assert first.approval == chosen.approval(change, 4)
    assert files(second) == left(chosen, change)
    assert await count(database) == 1
    (line,) = await lines(database, chosen.manifests)
    assert (line.who, (line.what, first.state)) == ("ada", DONE[change])
    assert line.detail == {
        "manifests_sha256": chosen.manifests.sha256,
        "directory": first.directory,
        "plan": chosen.choice.id,
        "revision": 4,
        "thread": "thread",
    }


@pytest.mark.database
@every_change
async def test_executing_at_the_same_instant_in_two_programs_gives_one_of_each(
    deployer: DeploymentService, chosen: Chosen, database: Database, fresh_database_url: str, change: ChangeKind
) -> None:
    await chosen.made_by(deployer)
    settings = Settings(database_url=SecretStr(fresh_database_url))
    async with Database.open(settings, prepare=False) as second:
        services = [recording(deployer, one) for one in (database, second) for _ in range(4)]
        made = await asyncio.gather(*(chosen.made_by(one, change) for one in services))
    assert all(one == made[0] for one in made)
    assert files(made[0]) == left(chosen, change)
    assert await count(database) == 1
    assert len(await lines(database, chosen.manifests)) == 1


@pytest.mark.database
async def test_directory_that_was_deleted_is_written_again(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    made = await chosen.made_by(recording(deployer, database))
    shutil.rmtree(deployer.manifests_dir)
    again = await chosen.made_by(recording(deployer, database))
    assert again == made
    assert files(again) == texts(chosen.manifests)
    assert len(await lines(database, chosen.manifests)) == 1


@pytest.mark.database
async def test_the_directory_is_where_the_files_are_now(
    deployer: DeploymentService, chosen: Chosen, database: Database, tmp_path: Path
) -> None:
    made = await chosen.made_by(recording(deployer, database))
    moved = await chosen.made_by(recording(replace(deployer, manifests_dir=tmp_path / "elsewhere"), database))
    assert moved.id == made.id
    assert moved.directory != made.directory
    assert files(moved) == texts(chosen.manifests)
    assert await count(database) == 1


@pytest.mark.database
@every_change
async def test_a_change_that_could_not_be_recorded_is_recorded_by_the_next_try(
    deployer: DeploymentService, chosen: Chosen, database: Database, change: ChangeKind
) -> None:
    await chosen.made_by(deployer)
    service = recording(deployer, database)
    await close_audit_log(database)
    with pytest.raises(InvalidInputError, match="refuses a value"):
        await chosen.made_by(service, change)
    assert await count(database) == 0
    await open_audit_log(database)
    made = await chosen.made_by(service, change)
    assert files(made) == left(chosen, change)
    assert (await count(database), len(await lines(database, chosen.manifests))) == (1, 1)


@pytest.mark.database
async def test_changes_of_one_deployment_are_a_deployment_and_a_line_each(
    deployer: DeploymentService, chosen: Chosen, other: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    first = await chosen.made_by(service, revision=1)
    second = await other.made_by(service, revision=2)
    back = await chosen.made_by(service, ChangeKind.ROLL_BACK, revision=3)
    again = await other.made_by(service, revision=4)
    ended = await other.made_by(service, ChangeKind.RETIRE, revision=5)
    assert len({one.id for one in (first, second, back, again, ended)}) == 5
    assert files(back) == texts(chosen.manifests)
    assert files(ended) == {}
    assert [(line.detail["revision"], line.what) for line in await lines(database, chosen.manifests)] == [
        (5, "retired"),
        (4, "manifests written"),
        (3, "rolled back"),
        (2, "manifests written"),
        (1, "manifests written"),
    ]


@pytest.mark.database
async def test_files_that_somebody_else_has_changed_are_not_retired_and_stay(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    made = await chosen.made_by(service)
    (Path(made.directory or "") / "notes.txt").write_text("mine")
    before = files(made)
    with pytest.raises(InvalidInputError, match="Nothing was removed"):
        await chosen.made_by(service, ChangeKind.RETIRE, revision=2)
    assert files(made) == before
    assert (await count(database), len(await lines(database, chosen.manifests))) == (1, 1)
    (Path(made.directory or "") / "notes.txt").unlink()
    assert files(await chosen.made_by(service, ChangeKind.RETIRE, revision=2)) == {}


@pytest.mark.database
async def test_files_that_have_gone_already_can_be_retired(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    await chosen.made_by(service)
    shutil.rmtree(deployer.manifests_dir)
    ended = await chosen.made_by(service, ChangeKind.RETIRE, revision=2)
    assert ended.state is DeploymentState.RETIRED
    assert not deployer.manifests_dir.exists()


@pytest.mark.database
async def test_a_roll_back_does_not_write_over_what_somebody_else_has_changed(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    made = await chosen.made_by(service)
    (Path(made.directory or "") / "README.md").write_text("mine")
    with pytest.raises(InvalidInputError, match="Nothing was written"):
        await chosen.made_by(service, ChangeKind.ROLL_BACK, revision=3)
    assert files(made)["README.md"] == "mine"
    assert await count(database) == 1


@pytest.mark.database
async def test_one_name_has_one_conversation(deployer: DeploymentService, chosen: Chosen, database: Database) -> None:
    services = [recording(deployer, database) for _ in range(6)]
    made = await asyncio.gather(
        *(chosen.made_by(one, thread_id=f"thread {n}") for n, one in enumerate(services)), return_exceptions=True
    )
    refused = [one for one in made if isinstance(one, InvalidInputError)]
    assert len(refused) == 5
    assert all("another name" in error.detail for error in refused)
    assert len(await lines(database, chosen.manifests)) == 1
