"""The order of the tests, and a real PostgreSQL: one embedded server a run, a fresh database for each test."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Generator, Iterator
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from neuralnav.knowledge.database import Database
from neuralnav.knowledge.embedded import ServerAddress, ensure_server
from neuralnav.settings import Settings
from tests.warm_python import PROGRAM, WarmPython

TEMPLATE = "migrated_and_seeded"

SLOW_LAST = (
    "tests/neuralnav/knowledge",
    "tests/conversations",
    "tests/graph",
    "tests/simulator/api",
    "tests/neuralnav/cli",
    "tests/test_packages",
    "tests/chat",
)
"""Tests that start servers, programs and browsers, in the order in which they come after all others."""


def pytest_configure() -> None:
    """Tests that do not ask for it simulate no plans (formulas estimate them) and run no deployments."""
    os.environ.setdefault("NEURALNAV_PLANNING_PATIENCE_S", "0")
    os.environ.setdefault("NEURALNAV_DELIVERY", "files")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the fast tests first, so that a mistake shows early."""

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(config.rootpath).as_posix()
        return next((place for place, start in enumerate(SLOW_LAST, start=1) if path.startswith(start)), 0)

    items.sort(key=rank)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the garbage collector what stays to the end: ten thousand tests and all that they import."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        gc.enable()


@pytest.fixture(scope="session")
async def database_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerAddress]:
    """The run's own PostgreSQL, which does not wait for the disk."""
    home = tmp_path_factory.mktemp("server")
    async with await ensure_server(home, durable=False) as lease:
        yield lease.address


@pytest.fixture(scope="session")
def database_url(database_server: ServerAddress) -> str:
    """The address of an empty database that all tests share."""
    return database_server.url


@pytest.fixture(scope="session")
async def database_template(database_server: ServerAddress) -> str:
    """The name of a database with migrations and seeds, to be copied and never opened."""
    await _run(database_server, f"CREATE DATABASE {TEMPLATE}")
    async with Database.open(Settings(database_url=SecretStr(database_server.url_of(TEMPLATE)))):
        pass
    return TEMPLATE


@pytest.fixture
async def fresh_database_url(database_server: ServerAddress, database_template: str) -> AsyncIterator[str]:
    """The address of a database of the test's own, with migrations and seeds."""
    async for url in _copy(database_server, database_template):
        yield url


@pytest.fixture(scope="module")
async def module_database_url(database_server: ServerAddress, database_template: str) -> AsyncIterator[str]:
    """The address of a database that the tests of a module share, with migrations and seeds."""
    async for url in _copy(database_server, database_template):
        yield url


@pytest.fixture
async def empty_database_url(database_server: ServerAddress) -> AsyncIterator[str]:
    """The address of a database of the test's own, with nothing in it."""
    async for url in _copy(database_server, "template0"):
        yield url


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """An open database of the test's own, with migrations and seeds."""
    async with Database.open(Settings(database_url=SecretStr(fresh_database_url)), prepare=False) as database:
        yield database


@pytest.fixture(scope="module")
async def shared_database(module_database_url: str) -> AsyncIterator[Database]:
    """An open database that the tests of a module share: to be read, and for changes that it refuses."""
    async with Database.open(Settings(database_url=SecretStr(module_database_url)), prepare=False) as database:
        yield database


@pytest.fixture(scope="session")
def warm_python() -> Iterator[WarmPython]:
    """A Python that has imported the program, for runs in processes of their own."""
    with WarmPython(*PROGRAM) as python:
        yield python


async def _copy(server: ServerAddress, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    await _run(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield server.url_of(name)
    await _run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(server: ServerAddress, statement: str) -> None:
    connection = await asyncpg.connect(server.url, timeout=10)
    try:
        await connection.execute(statement, timeout=30)
    finally:
        await connection.close()
