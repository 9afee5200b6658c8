"""Approved manifests are written, and their deployment and audit line are kept, once."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.audit_log import AuditEntry, entries
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.deployment import Approval, Deployment, ManifestSet
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Recommendation
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.postgres_records import PostgresRecords
from neuralnav.settings import Settings


@dataclass(frozen=True)
class Chosen:
    """What a person has chosen and approved."""

    choice: Recommendation
    manifests: ManifestSet
    approval: Approval

    async def written_by(self, service: DeploymentService, thread_id: str = "thread") -> Deployment:
        """The deployment that ``service`` makes of it."""
        return await service.execute(
            thread_id=thread_id, choice=self.choice, manifests=self.manifests, approval=self.approval
        )


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return read_seeds()


@pytest.fixture(scope="module")
async def chosen(reference: ReferenceData) -> Chosen:
    intent = DeploymentIntent(use_case=UseCase.CHATBOT, user_count=1000)
    specification = specify(intent, reference.use_cases)
    choice = Planner(reference).plan(specification).views["balanced"][0]
    manifests = await DeploymentService(Knowledge.of(reference), Path("unused"), "inference").manifests(
        choice, specification
    )
    approval = Approval(
        by="ada",
        at="2026-11-20T10:00:00+00:00",
        manifests_sha256=manifests.sha256,
        price_table="p",
        calibration="c",
    )
    return Chosen(choice, manifests, approval)


@pytest.fixture
def service(reference: ReferenceData, tmp_path: Path) -> DeploymentService:
    """Keeps no records."""
    return DeploymentService(Knowledge.of(reference), tmp_path / "manifests", "inference")


def recording(service: DeploymentService, database: Database) -> DeploymentService:
    return replace(service, records=PostgresRecords(database.pool))


def files(deployment: Deployment) -> dict[str, str]:
    """Name to text of what is on disk."""
    assert deployment.directory is not None
    return {path.name: path.read_text(encoding="utf-8") for path in Path(deployment.directory).iterdir()}


def texts(manifests: ManifestSet) -> dict[str, str]:
    return {file.path: file.text for file in manifests.files}


async def lines(database: Database, manifests: ManifestSet) -> tuple[AuditEntry, ...]:
    return await entries(database.pool, subject=f"{manifests.namespace}/{manifests.name}")


async def count(database: Database) -> int:
    async with pooled(database.pool) as connection:
        kept: int = await connection.fetchval("SELECT count(*) FROM deployments")
    return kept


async def test_approval_of_other_manifests_is_refused_and_nothing_is_written(
    service: DeploymentService, chosen: Chosen
) -> None:
    other = chosen.approval.model_copy(update={"manifests_sha256": "0" * 64})
    with pytest.raises(InvalidInputError, match="covers other manifests"):
        await replace(chosen, approval=other).written_by(service)
    assert not service.manifests_dir.exists()


async def test_without_records_the_files_are_written_all_the_same(service: DeploymentService, chosen: Chosen) -> None:
    made = await chosen.written_by(service)
    assert files(made) == texts(chosen.manifests)
    assert await chosen.written_by(service) == made


@pytest.mark.database
async def test_executing_twice_gives_one_deployment_and_one_audit_line(
    service: DeploymentService, chosen: Chosen, database: Database
) -> None:
    first = await chosen.written_by(recording(service, database))
    second = await chosen.written_by(recording(service, database))
    assert first == second
    assert files(second) == texts(chosen.manifests)
    assert await count(database) == 1
    (line,) = await lines(database, chosen.manifests)
    assert (line.who, line.what) == ("ada", "manifests written")
    assert line.detail == {
        "manifests_sha256": chosen.manifests.sha256,
        "directory": first.directory,
        "plan": chosen.choice.id,
        "thread": "thread",
    }


@pytest.mark.database
async def test_executing_at_the_same_instant_in_two_programs_gives_one_of_each(
    service: DeploymentService, chosen: Chosen, database: Database, fresh_database_url: str
) -> None:
    settings = Settings(database_url=SecretStr(fresh_database_url))
    async with Database.open(settings, prepare=False) as other:
        services = [recording(service, one) for one in (database, other) for _ in range(4)]
        made = await asyncio.gather(*(chosen.written_by(one) for one in services))
    assert all(one == made[0] for one in made)
    assert files(made[0]) == texts(chosen.manifests)
    assert await count(database) == 1
    assert len(await lines(database, chosen.manifests)) == 1


@pytest.mark.database
async def test_directory_that_was_deleted_is_written_again(
    service: DeploymentService, chosen: Chosen, database: Database
) -> None:
    made = await chosen.written_by(recording(service, database))
    shutil.rmtree(service.manifests_dir)
    again = await chosen.written_by(recording(service, database))
    assert again == made
    assert files(again) == texts(chosen.manifests)
    assert len(await lines(database, chosen.manifests)) == 1


@pytest.mark.database
async def test_the_directory_is_where_the_files_are_now(
    service: DeploymentService, chosen: Chosen, database: Database, tmp_path: Path
) -> None:
    made = await chosen.written_by(recording(service, database))
    moved = await chosen.written_by(recording(replace(service, manifests_dir=tmp_path / "elsewhere"), database))
    assert moved.id == made.id
    assert moved.directory != made.directory
    assert files(moved) == texts(chosen.manifests)
    assert await count(database) == 1


@pytest.mark.database
async def test_where_the_audit_line_cannot_be_written_the_next_try_writes_both(
    service: DeploymentService, chosen: Chosen, database: Database
) -> None:
    async with pooled(database.pool) as connection:
        await connection.execute("ALTER TABLE audit_log ADD CONSTRAINT closed CHECK (who <> 'ada')")
    with pytest.raises(InvalidInputError, match="refuses a value"):
        await chosen.written_by(recording(service, database))
    assert await count(database) == 0
    async with pooled(database.pool) as connection:
        await connection.execute("ALTER TABLE audit_log DROP CONSTRAINT closed")
    await chosen.written_by(recording(service, database))
    assert (await count(database), len(await lines(database, chosen.manifests))) == (1, 1)


@pytest.mark.database
async def test_two_conversations_have_a_deployment_each(
    service: DeploymentService, chosen: Chosen, database: Database
) -> None:
    one = await chosen.written_by(recording(service, database), "one")
    two = await chosen.written_by(recording(service, database), "two")
    assert one.id != two.id
    assert [line.detail["thread"] for line in await lines(database, chosen.manifests)] == ["two", "one"]
