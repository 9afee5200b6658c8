"""Where conversations are played: one database and one directory a module, and the application with rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from graph.application import Application
from neuralnav.knowledge.embedded import ServerAddress
from tests.conversations.player import PlayedByRules
from tests.conversations.stages import House, with_rules


@pytest.fixture(scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, database_server: ServerAddress, database_template: str
) -> AsyncIterator[House]:
    """What all applications of a module share."""
    name = f"conversations_{uuid4().hex}"
    connection = await asyncpg.connect(database_server.url, timeout=10)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {database_template}", timeout=30)
        yield House(tmp_path_factory.mktemp("house"), database_server.url_of(name))
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)", timeout=30)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def rules(house: House) -> AsyncIterator[Application]:
    """The application without a language model."""
    async with with_rules(house) as application:
        yield application


@pytest.fixture(scope="module")
def by_rules(rules: Application) -> PlayedByRules:
    """What other runs are compared with."""
    return PlayedByRules(rules)
