"""A PostgreSQL that goes away while a conversation is held, and comes back or does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.reports import StepEvent, TurnReport
from neuralnav.knowledge import audit_log
from neuralnav.knowledge.embedded.layout import Layout
from neuralnav.knowledge.embedded.server import stop_server
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, hold


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("restarted")


@pytest.fixture(scope="module")
async def application(home: Path) -> AsyncIterator[Application]:
    async with open_application(Settings(home=home, database_url=None, llm=None)) as application:
        yield application


def stop(home: Path) -> None:
    stop_server(Layout(home / "postgres"))


async def ended_in(application: Application, home: Path, thread: str, reply: CheckpointReply, step: str) -> TurnReport:
    """Give ``reply``; the server ends when ``step`` begins."""
    stopped = False
    report = None
    async for event in application.conversations.stream(thread, reply, LOCAL_USER):
        if isinstance(event, StepEvent) and event.step == step and not stopped:
            stopped = True
            await asyncio.to_thread(stop, home)
        if isinstance(event, TurnReport):
            report = event
    assert stopped
    assert report
    return report


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("generate_specification", 0),
        ("map_traffic_profile", 1),
        ("plan_capacity", 1),
        ("finalize_configuration", 2),
        ("execute_deployment", 3),
        ("record_outcome", 3),
    ],
)
async def test_a_restart_during_a_turn_costs_a_moment(
    application: Application, home: Path, step: str, given: int
) -> None:
    thread, undisturbed = str(uuid4()), str(uuid4())
    await hold(application, thread, *SCRIPT[:given])
    report = await ended_in(application, home, thread, SCRIPT[given], step)
    expected = await hold(application, undisturbed, *SCRIPT[: given + 1])
    assert (report.state, report.turn) == (expected.state, expected.turn)
    end = await hold(application, thread, *SCRIPT[given + 1 :])
    assert end.state == "operate"
    lines = await audit_log.entries(application.database.pool, limit=1000)
    assert sum(line.detail.get("thread") == thread for line in lines) == 2


async def test_a_restart_between_turns_is_not_noticed(application: Application, home: Path) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:2])
    await asyncio.to_thread(stop, home)
    report = await application.conversations.send(thread, SCRIPT[2], LOCAL_USER)
    assert report.state == "approve_deployment"
