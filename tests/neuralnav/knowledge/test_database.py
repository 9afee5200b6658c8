"""Opening the knowledge base, and living through lost connections."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psycopg
import pytest
from pydantic import SecretStr

from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.knowledge import connections
from neuralnav.knowledge.connections import ACQUIRE_TIMEOUT_S, pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.embedded import ServerLease, ensure_server
from neuralnav.knowledge.reference import count_rows
from neuralnav.settings import Settings

pytestmark = pytest.mark.database


def at(url: str) -> Settings:
    return Settings(database_url=SecretStr(url))


async def test_opening_an_empty_database_migrates_and_seeds_it(empty_database_url: str) -> None:
    async with Database.open(at(empty_database_url)) as database:
        assert (await count_rows(database.pool))["model_catalog"] >= 47
        assert database.url == empty_database_url


async def test_opening_without_preparing_leaves_the_database_as_it_is(empty_database_url: str) -> None:
    async with Database.open(at(empty_database_url), prepare=False) as database, pooled(database.pool) as connection:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.parametrize("database_url", [None, SecretStr("")])
async def test_first_command_on_a_new_machine_gets_its_own_server(
    tmp_path: Path, database_url: SecretStr | None
) -> None:
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    async with Database.open(settings) as database:
        assert (await count_rows(database.pool))["slo_templates"] == 9
        async with await psycopg.AsyncConnection.connect(database.url) as other:
            cursor = await other.execute("SELECT count(*) FROM hardware_profiles")
            assert await cursor.fetchone() == (15,)
    assert not (tmp_path / "home/postgres/data/postmaster.pid").exists()


@pytest.mark.parametrize("pause_s", [0, 0.05])
async def test_pool_replaces_connections_that_the_server_ended(database: Database, pause_s: float) -> None:
    async with pooled(database.pool) as connection:
        killed = await connection.fetchval("SELECT pg_backend_pid()")
    other = await asyncpg.connect(database.url)
    await other.execute("SELECT pg_terminate_backend($1)", killed)
    await other.close()
    await asyncio.sleep(pause_s)
    async with pooled(database.pool) as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") != killed


async def test_connection_lost_in_a_statement_is_an_error_that_can_be_tried_again(database: Database) -> None:
    with pytest.raises(UnavailableError, match="Try again"):
        async with pooled(database.pool) as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    async with pooled(database.pool) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_killed_embedded_server_is_started_again_by_the_next_statement(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with Database.open(Settings(home=home, database_url=None), prepare=False) as database:
        async with pooled(database.pool) as connection:
            await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        pid = int((home / "postgres/data/postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(UnavailableError):
            async with pooled(database.pool) as connection:
                await connection.execute("SELECT pg_sleep(5)")
        async with pooled(database.pool) as connection:
            assert await connection.fetchval("SELECT answer FROM kept") == 42
        async with await psycopg.AsyncConnection.connect(database.url) as other:
            await other.execute("SELECT 1")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory whose sockets have paths short enough for it, so that a server is found again where it was."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        yield Path(directory)


async def test_restarted_server_is_waited_for(short_path: Path) -> None:
    home = short_path / "home"
    lease = await ensure_server(home, durable=False)
    async with Database.open(at(lease.address.url), prepare=False) as database:
        async with pooled(database.pool) as connection:
            await connection.fetchval("SELECT 1")
        await lease.release()
        restarting = asyncio.ensure_future(_start_later(home))
        async with pooled(database.pool) as connection:
            assert await connection.fetchval("SELECT 1") == 1
    await (await restarting).release()


async def test_server_that_is_not_there_is_a_clear_error_within_seconds(tmp_path: Path) -> None:
    url = f"postgresql://someone:secret@/nothing?host={tmp_path}&port=5432"
    before = time.monotonic()
    with pytest.raises(UnavailableError, match=r"The database does not answer .*check that server") as caught:
        async with Database.open(at(url)):
            pass
    assert time.monotonic() - before < 10
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/x",
        "postgresql+asyncpg://localhost/x",
        "nonsense",
        "postgresql://localhost:port/x",
        "postgresql://127.0.0.1:99999999/x",
        "postgresql://[localhost/x",
        "postgresql://localhost/x?sslmode=perhaps",
    ],
)
async def test_address_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="Check DATABASE_URL") as caught:
        async with Database.open(at(url)):
            pass
    assert caught.value.problems[0].field == "DATABASE_URL"


async def test_database_that_does_not_exist_is_refused(database_url: str) -> None:
    url = database_url.replace("/neuralnav?", "/no_such_database?")
    with pytest.raises(InvalidInputError, match='"no_such_database" does not exist'):
        async with Database.open(at(url)):
            pass


async def test_full_pool_is_waited_for_with_a_bound(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ACQUIRE_TIMEOUT_S", 0.05)
    assert ACQUIRE_TIMEOUT_S <= 30
    async with asyncio.timeout(10):
        held = [await database.pool.acquire() for _ in range(connections.MAX_CONNECTIONS)]
        with pytest.raises(UnavailableError):
            async with pooled(database.pool):
                pass
        for connection in held:
            await database.pool.release(connection)


async def test_address_does_not_appear_where_the_database_is_shown(database: Database) -> None:
    assert database.url not in repr(database)


async def _start_later(home: Path) -> ServerLease:
    await asyncio.sleep(0.3)
    return await ensure_server(home, durable=False)
