"""Conversations whose deployments really run: simulators on this machine, or one for all the pods of a cluster."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from graph.application import Application, open_application
from neuralnav.deployment.local import runtime as local
from neuralnav.knowledge.audit_log import AuditEntry, entries
from neuralnav.models.deployment import Delivery
from neuralnav.settings import Settings

SLOW = "NEURALNAV_SIMULATOR_FAULT_SLOW_TOKENS"


@pytest.fixture
def simulator_options(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Options of the simulators that are started from now on; a test may change them at any time."""
    options: dict[str, str] = {}
    starts = functools.partial(local.LocalRuntime, first_port=0, simulator_variables=options)
    monkeypatch.setattr(local, "LocalRuntime", starts)
    return options


@pytest.fixture
def settings(tmp_path: Path, fresh_database_url: str) -> Settings:
    """Of an application that runs what is approved on this machine."""
    return Settings(
        home=tmp_path, database_url=SecretStr(fresh_database_url), llm=None, delivery=Delivery.RUN, kubeconfig=None
    )


@pytest.fixture
async def application(settings: Settings, simulator_options: dict[str, str]) -> AsyncIterator[Application]:
    async with open_application(settings) as application:
        yield application


async def told_in_the_log(application: Application, name: str) -> list[str]:
    """What the audit log says was done to a deployment, oldest first."""
    lines: tuple[AuditEntry, ...] = await entries(application.database.pool, subject=name)
    return [line.what for line in reversed(lines)]


@pytest.fixture
def nothing_left(tmp_path: Path) -> Iterator[None]:
    """After the test no supervisor runs: what a test deployed it retires."""
    yield
    assert list((tmp_path / "local").glob("*/order.json")) == []
