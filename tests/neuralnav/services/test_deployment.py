"""Approved changes are made, and their deployment and audit line are kept, once."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployments import is_name_taken
from neuralnav.models.deployment import ChangeKind, Delivery, Deployment, DeploymentState, ManifestSet, Rejection
from neuralnav.models.plan import Recommendation
from neuralnav.models.running import FieldConflict
from neuralnav.services.delivery import FilesDeliverer
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
APPROVED = {
    ChangeKind.DEPLOY: "deployment approved",
    ChangeKind.ROLL_BACK: "roll-back approved",
    ChangeKind.RETIRE: "end approved",
}
every_change = pytest.mark.parametrize("change", list(ChangeKind))


@dataclass(frozen=True)
class Interrupted(FilesDeliverer):
    """Writes files and loses its answer, as where a process dies between both."""

    async def put(
        self,
        manifests: ManifestSet,
        choice: Recommendation,
        replaces: ManifestSet | None,
        *,
        take_over: tuple[FieldConflict, ...],
    ) -> str | None:
        await super().put(manifests, choice, replaces, take_over=take_over)
        raise UnavailableError("The answer was cut off.")


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
async def test_executing_twice_gives_one_deployment_and_its_two_audit_lines(
    deployer: DeploymentService, chosen: Chosen, database: Database, change: ChangeKind
) -> None:
    service = recording(deployer, database)
    first = await chosen.made_by(service, change, revision=4)
    second = await chosen.made_by(service, change, revision=4)
    assert first == second
    assert first.approval == chosen.approval(change, 4)
    assert files(second) == left(chosen, change)
    assert await count(database) == 1
    line, approved = await lines(database, chosen.manifests)
    assert (approved.who, approved.what) == ("ada", APPROVED[change])
    assert (line.who, (line.what, first.state)) == ("ada", DONE[change])
    told = {
        "manifests_sha256": chosen.manifests.sha256,
        "plan": chosen.choice.id,
        "revision": 4,
        "thread": "thread",
    }
    assert line.detail == told | {"directory": first.directory}
    assert approved.detail == told


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
    assert len(await lines(database, chosen.manifests)) == 2


@pytest.mark.database
async def test_directory_that_was_deleted_is_written_again(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    made = await chosen.made_by(recording(deployer, database))
    shutil.rmtree(deployer.manifests_dir)
    again = await chosen.made_by(recording(deployer, database))
    assert again == made
    assert files(again) == texts(chosen.manifests)
    assert len(await lines(database, chosen.manifests)) == 2


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
async def test_what_cannot_be_recorded_is_not_done_until_it_can(
    deployer: DeploymentService, chosen: Chosen, database: Database, change: ChangeKind
) -> None:
    there = await chosen.made_by(deployer)
    if change is not ChangeKind.RETIRE:
        shutil.rmtree(there.directory or "")
    before = files(there)
    service = recording(deployer, database)
    await close_audit_log(database)
    with pytest.raises(InvalidInputError, match="refuses a value"):
        await chosen.made_by(service, change)
    assert (await count(database), files(there)) == (0, before)
    await open_audit_log(database)
    made = await chosen.made_by(service, change)
    assert files(made) == left(chosen, change)
    assert (await count(database), len(await lines(database, chosen.manifests))) == (1, 2)


@pytest.mark.database
@pytest.mark.parametrize("change", [ChangeKind.DEPLOY, ChangeKind.ROLL_BACK])
async def test_what_runs_is_known_as_begun_where_putting_it_in_place_was_interrupted(
    deployer: DeploymentService, chosen: Chosen, database: Database, change: ChangeKind
) -> None:
    approval = chosen.approval(change).model_copy(update={"delivery": Delivery.RUN})
    files_instead = FilesDeliverer(deployer.manifests_dir)
    service = replace(recording(deployer, database), ways={Delivery.RUN: files_instead})
    interrupted = replace(service, ways={Delivery.RUN: Interrupted(deployer.manifests_dir)})

    async def execute(service: DeploymentService) -> Deployment:
        return await service.execute(
            thread_id="thread", choice=chosen.choice, manifests=chosen.manifests, approval=approval
        )

    async def found() -> Deployment | None:
        return await service.find_change(thread_id="thread", manifests=chosen.manifests, approval=approval)

    assert await found() is None
    with pytest.raises(UnavailableError, match="cut off"):
        await execute(interrupted)
    begun = await found()
    assert begun is not None
    assert begun.state is DeploymentState.APPLYING
    assert not begun.runs
    assert await is_name_taken(database.pool, chosen.manifests.namespace, chosen.manifests.name)
    made = await execute(service)
    assert (made.id, made.state) == (begun.id, DeploymentState.APPLIED)
    assert await found() == made
    done = {ChangeKind.DEPLOY: "applied", ChangeKind.ROLL_BACK: "rolled back"}[change]
    assert [line.what for line in await lines(database, chosen.manifests)] == [done, APPROVED[change]]


@pytest.mark.database
async def test_an_end_that_was_approved_to_leave_what_is_there_leaves_it(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    made = await chosen.made_by(service)
    approval = chosen.approval(ChangeKind.RETIRE, 2).model_copy(update={"leaves": True})
    ended = await service.execute(
        thread_id="thread", choice=chosen.choice, manifests=chosen.manifests, approval=approval, replaces=made
    )
    assert (ended.left, ended.directory) == (True, None)
    assert files(made) == texts(chosen.manifests)


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
        (5, "end approved"),
        (4, "manifests written"),
        (4, "deployment approved"),
        (3, "rolled back"),
        (3, "roll-back approved"),
        (2, "manifests written"),
        (2, "deployment approved"),
        (1, "manifests written"),
        (1, "deployment approved"),
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
    assert await count(database) == 1
    assert [line.what for line in await lines(database, chosen.manifests)][:2] == ["end approved", "manifests written"]
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
    assert len(await lines(database, chosen.manifests)) == 2


@pytest.mark.database
async def test_a_rejection_is_kept_once_a_turn_with_its_reason(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    rejection = Rejection(by="ada", change=ChangeKind.DEPLOY, turn=4, reason="too dear")
    for _ in range(2):
        await service.reject("thread", chosen.manifests, rejection)
    await service.reject("thread", chosen.manifests, rejection.model_copy(update={"turn": 6, "reason": None}))
    later, first = await lines(database, chosen.manifests)
    assert (first.who, first.what, first.detail["reason"]) == ("ada", "deployment rejected", "too dear")
    assert first.detail["manifests_sha256"] == chosen.manifests.sha256
    assert "reason" not in later.detail
    assert await count(database) == 0
