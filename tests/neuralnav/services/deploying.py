"""What tests of deployments share: choices to approve, and what is on disk and in the database afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from neuralnav.knowledge.audit_log import AuditEntry, entries
from neuralnav.knowledge.connections import pooled
from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import Approval, ChangeKind, Deployment, ManifestSet
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.postgres_records import PostgresRecords


@dataclass(frozen=True)
class Chosen:
    """What a person has chosen and approves."""

    specification: DeploymentSpecification
    choice: Recommendation
    manifests: ManifestSet

    def approval(self, change: ChangeKind = ChangeKind.DEPLOY, revision: int = 1) -> Approval:
        """Ada's approval of ``change`` for exactly these manifests."""
        return Approval(
            by="ada",
            at="2026-11-20T10:00:00+00:00",
            manifests_sha256=self.manifests.sha256,
            price_table="p",
            calibration="c",
            change=change,
            revision=revision,
        )

    async def made_by(
        self,
        service: DeploymentService,
        change: ChangeKind = ChangeKind.DEPLOY,
        revision: int = 1,
        thread_id: str = "thread",
    ) -> Deployment:
        """The deployment that ``service`` makes of it."""
        return await service.execute(
            thread_id=thread_id,
            choice=self.choice,
            manifests=self.manifests,
            approval=self.approval(change, revision),
        )


def recording(service: DeploymentService, database: Database) -> DeploymentService:
    """``service`` with records in ``database``."""
    return replace(service, records=PostgresRecords(database.pool))


def files(deployment: Deployment) -> dict[str, str]:
    """Name to text of what is on disk; empty: the directory has gone."""
    assert deployment.directory is not None
    directory = Path(deployment.directory)
    return {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()} if directory.exists() else {}


def texts(manifests: ManifestSet) -> dict[str, str]:
    """Name to text of what is to be on disk."""
    return {file.path: file.text for file in manifests.files}


async def lines(database: Database, manifests: ManifestSet) -> tuple[AuditEntry, ...]:
    """The audit log of a deployment, newest first."""
    return await entries(database.pool, subject=f"{manifests.namespace}/{manifests.name}")


async def count(database: Database, table: str = "deployments") -> int:
    """How many rows ``table`` has."""
    async with pooled(database.pool) as connection:
        kept: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return kept


async def close_audit_log(database: Database) -> None:
    """Let no audit line of Ada in, so that nothing can be recorded."""
    async with pooled(database.pool) as connection:
        await connection.execute("ALTER TABLE audit_log ADD CONSTRAINT closed CHECK (who <> 'ada') NOT VALID")


async def open_audit_log(database: Database) -> None:
    """Let Ada's lines in again."""
    async with pooled(database.pool) as connection:
        await connection.execute("ALTER TABLE audit_log DROP CONSTRAINT closed")
