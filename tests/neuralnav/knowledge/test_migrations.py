"""Migrating: forward, all or nothing, once, by whoever comes first."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from pydantic import SecretStr

from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.knowledge import connections, decisions, deployments, migrations
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.migrations import MigrationStatus, forward_only, migrate, migration_status, wipe
from neuralnav.models.deployment import Deployment, DeploymentState
from neuralnav.resources import resource_dir
from neuralnav.settings import Settings

pytestmark = pytest.mark.database

SHIPPED = sorted(path.name[:4] for path in (resource_dir("migrations") / "versions").glob("*.sql"))
NEWEST = SHIPPED[-1]
NEXT = f"{int(NEWEST) + 1:04}"
MIGRATION = """
from pathlib import Path
from neuralnav.knowledge.migrations import forward_only, run_sql_file
revision, down_revision = "{revision}", "{before}"
def upgrade(): run_sql_file(Path(__file__).with_suffix(".sql"))
def downgrade(): forward_only()
"""


@pytest.fixture
def with_one_more(tmp_path: Path) -> Any:
    """The shipped migrations and one more with the given SQL, in a directory with a percent sign in its name."""

    def make(sql: str) -> Path:
        directory = tmp_path / "100%"
        shutil.copytree(resource_dir("migrations"), directory, ignore=shutil.ignore_patterns("__pycache__"))
        (directory / f"versions/{NEXT}_more.py").write_text(MIGRATION.format(revision=NEXT, before=NEWEST))
        (directory / f"versions/{NEXT}_more.sql").write_text(sql)
        return directory

    return make


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    records = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {record["tablename"] for record in records}


async def test_migrating_applies_everything_once(empty_database_url: str) -> None:
    assert await migration_status(empty_database_url) == MigrationStatus(None, tuple(SHIPPED))
    assert await migrate(empty_database_url) == SHIPPED
    assert await migration_status(empty_database_url) == MigrationStatus(NEWEST, ())
    assert await migrate(empty_database_url) == []
    assert {"model_catalog", "deployments", "Thread", "deployment_outcomes"} <= await tables(empty_database_url)


def test_file_names_are_the_revisions_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(resource_dir("migrations")))
    newest_first = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert newest_first == SHIPPED[::-1] == [f"{number:04}" for number in range(len(SHIPPED), 0, -1)]
    for revision in SHIPPED:
        (module,) = (resource_dir("migrations") / "versions").glob(f"{revision}_*.py")
        assert module.with_suffix(".sql").is_file()


async def test_processes_that_migrate_at_the_same_instant_apply_each_migration_once(empty_database_url: str) -> None:
    script = (
        "import asyncio, sys; from neuralnav.knowledge.migrations import migrate\n"
        "print(asyncio.run(migrate(sys.argv[1])))"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, empty_database_url, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    outputs = [await asyncio.wait_for(process.communicate(), 60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert sorted(out.decode().strip() for out, _ in outputs) == [str(SHIPPED), "[]", "[]"]


async def test_failing_migration_changes_nothing_and_says_why(empty_database_url: str, with_one_more: Any) -> None:
    directory = with_one_more("CREATE TABLE half (); SELECT 1 / 0")
    with pytest.raises(InvalidInputError, match=r"refuses a migration: division by zero.*Nothing was changed"):
        await migrate(empty_database_url, directory)
    assert await tables(empty_database_url) == set()


async def test_process_that_is_killed_while_migrating_changes_nothing(
    empty_database_url: str, with_one_more: Any
) -> None:
    directory = with_one_more("CREATE TABLE half (); SELECT pg_sleep(60)")
    script = (
        "import asyncio, sys; from pathlib import Path; from neuralnav.knowledge.migrations import migrate\n"
        "asyncio.run(migrate(sys.argv[1], Path(sys.argv[2])))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, empty_database_url, str(directory))
    connection = await asyncpg.connect(empty_database_url)
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    async with asyncio.timeout(30):
        while not await connection.fetchval(sleeping):  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await connection.close()
    assert await migrate(empty_database_url) == SHIPPED
    assert "half" not in await tables(empty_database_url)


async def test_another_process_that_migrates_for_too_long_is_a_clear_error(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(migrations._LIMITS, "lock_timeout", "100ms")
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("SELECT pg_advisory_lock($1)", migrations.MIGRATION_LOCK)
    with pytest.raises(UnavailableError, match=r"could not be migrated: .*lock timeout"):
        await migrate(empty_database_url)
    await connection.close()


async def test_database_of_a_newer_version_is_refused_and_kept(empty_database_url: str, with_one_more: Any) -> None:
    assert await migrate(empty_database_url, with_one_more("CREATE TABLE newer ()")) == [*SHIPPED, NEXT]
    with pytest.raises(InvalidInputError, match=f"has schema {NEXT}, and this NeuralNav knows only up to") as caught:
        await migrate(empty_database_url)
    assert caught.value.problems[0].allowed == f"at most {NEWEST}"
    assert "newer" in await tables(empty_database_url)


async def test_database_with_other_tables_of_these_names_is_refused_and_kept(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute('CREATE TABLE "User" (theirs text)')
    await connection.close()
    with pytest.raises(InvalidInputError, match=r'"User" already exists.*needs a database of its own'):
        await migrate(empty_database_url)
    assert await tables(empty_database_url) == {"User"}


async def test_database_that_is_not_there_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_RESTART_PATIENCE_S", 0.1)
    with pytest.raises(UnavailableError, match="does not answer"):
        await migrate(f"postgresql://x@/x?host={tmp_path}&port=5432")


@pytest.fixture
def up_to(tmp_path: Path) -> Callable[[str], Path]:
    """The shipped migrations up to a revision."""

    def make(last: str) -> Path:
        directory = tmp_path / f"up_to_{last}"
        shutil.copytree(resource_dir("migrations"), directory, ignore=shutil.ignore_patterns("__pycache__"))
        for file in (directory / "versions").iterdir():
            if file.name[:4] > last:
                file.unlink()
        return directory

    return make


async def test_deployments_that_were_written_before_others_could_end_stay_and_can_be_retired(
    empty_database_url: str, up_to: Callable[[str], Path], new_deployment: Callable[..., Deployment]
) -> None:
    assert await migrate(empty_database_url, up_to("0008")) == SHIPPED[: SHIPPED.index("0009")]
    written = new_deployment(state=DeploymentState.WRITTEN)
    document = written.model_dump(mode="json")
    for field in ("change", "revision"):
        del document["approval"][field]
    retired = new_deployment(state=DeploymentState.RETIRED)
    insert = "INSERT INTO deployments (document) VALUES ($1)"
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(insert, json.dumps(document))
    with pytest.raises(asyncpg.CheckViolationError, match="deployments_state_check"):
        await connection.execute(insert, retired.model_dump_json())
    await connection.close()

    assert await migrate(empty_database_url) == SHIPPED[SHIPPED.index("0009") :]
    async with Database.open(Settings(database_url=SecretStr(empty_database_url)), prepare=False) as database:
        assert await deployments.find(database.pool, written.id) == written
        assert await deployments.is_name_taken(database.pool, "neuralnav", "chatbot")
        await deployments.record(database.pool, retired, who="ada", what="retired", subject="ns/chatbot", detail={})
        assert not await deployments.is_name_taken(database.pool, "neuralnav", "chatbot")
        assert await decisions.find(database.pool, written.id) is None


def test_there_is_no_way_back() -> None:
    with pytest.raises(InvalidInputError, match="forward only"):
        forward_only()


async def test_wiping_leaves_an_empty_database_that_can_be_migrated(fresh_database_url: str) -> None:
    await wipe(fresh_database_url)
    assert await tables(fresh_database_url) == set()
    assert await migrate(fresh_database_url) == SHIPPED


async def test_current_database_is_recognised_without_importing_alembic(fresh_database_url: str) -> None:
    script = (
        "import asyncio, sys; from neuralnav.knowledge.migrations import migrate\n"
        "print(asyncio.run(migrate(sys.argv[1])), 'alembic' in sys.modules, 'sqlalchemy' in sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, fresh_database_url, stdout=subprocess.PIPE, env=dict(os.environ)
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert output.decode().split("\n")[0] == "[] False False"
