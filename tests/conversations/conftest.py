"""Where conversations are played: one database and one directory a module, and the application with rules."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from graph.application import Application
from tests.conversations.player import PlayedByRules
from tests.conversations.stages import House, with_rules


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> House:
    """What all applications of a module share."""
    return House(tmp_path_factory.mktemp("house"), module_database_url)


@pytest.fixture(scope="module")
async def rules(house: House) -> AsyncIterator[Application]:
    """The application without a language model."""
    async with with_rules(house) as application:
        yield application


@pytest.fixture(scope="module")
def by_rules(rules: Application) -> PlayedByRules:
    """What other runs are compared with."""
    return PlayedByRules(rules)
