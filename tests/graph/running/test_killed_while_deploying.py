"""A process that is killed while it deploys: whoever opens the conversation next finishes it, and it is done once."""

from __future__ import annotations

import asyncio
import json
import signal
from uuid import uuid4

import psutil
import pytest

from graph.application import open_application
from graph.checkpoints import CheckpointReply
from graph.reports import TurnReport
from neuralnav.models.deployment import Deployment
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, clean_environment, hold
from tests.graph.killed import SIMULATOR_OPTIONS
from tests.graph.running.conftest import SLOW, told_in_the_log
from tests.graph.running.test_on_this_machine import APPROVE
from tests.graph.test_killed import DIE
from tests.warm_python import WarmPython

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("nothing_left")]

RETIRE = CheckpointReply(action="retire")
DEATHS = (
    ("finalize_configuration", "after", 1),
    ("execute_deployment", "before", 1),
    ("put", "before", 1),
    ("put", "after", 1),
    ("execute_deployment", "after", 1),
    ("validate_deployment", "after", 1),
    ("set_up_monitoring", "after", 1),
    ("record_outcome", "after", 1),
)
"""In what, before or after its work, on which visit."""

DEATHS_OF_THE_UNDONE = (
    ("validate_deployment", "after", 1),
    ("undo_deployment", "before", 1),
    ("take_away", "before", 1),
    ("take_away", "after", 1),
    ("undo_deployment", "after", 1),
)


def supervisors(settings: Settings) -> list[int]:
    """Processes that supervise deployments of this home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "neuralnav.deployment.local.supervisor" in words and words[-1].startswith(str(settings.home)):
            found.append(process.pid)
    return found


async def die(
    python: WarmPython,
    settings: Settings,
    death: tuple[str, str, int],
    *replies: CheckpointReply,
    slow: str = "1",
    **settings_besides: str,
) -> str:
    """Hold a conversation in another process, which kills itself; returns the conversation's id."""
    thread = str(uuid4())
    assert settings.database_url
    environment = (
        clean_environment()
        | {
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "NEURALNAV_DELIVERY": "run",
            SIMULATOR_OPTIONS: json.dumps({SLOW: slow}),
        }
        | settings_besides
    )
    node, when, visit = death
    given = json.dumps([reply.model_dump(mode="json") for reply in replies])
    arguments = (str(settings.home), thread, node, when, str(visit), given)
    ran = await asyncio.to_thread(python.run, DIE, arguments, environment, timeout_s=120)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    return thread


def name_of(stands: TurnReport) -> str:
    """Namespace and name of what is in place."""
    assert stands.deployment is not None, stands.messages
    return Deployment.model_validate(stands.deployment).name


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: "-".join(map(str, death)))
async def test_what_was_approved_is_in_place_once(
    settings: Settings, warm_python: WarmPython, death: tuple[str, str, int]
) -> None:
    thread = await die(warm_python, settings, death, *SCRIPT)
    async with open_application(settings) as application:
        stands = await application.conversations.present(thread, LOCAL_USER)
        if stands.state == "approve_deployment":
            stands = await hold(application, thread, APPROVE)
        assert stands.state == "operate", stands.messages
        assert len(supervisors(settings)) == 1
        told = await told_in_the_log(application, name_of(stands))
        assert told == ["deployment approved", "applied", "passed its checks"]
        await hold(application, thread, RETIRE, APPROVE)
    assert supervisors(settings) == []


async def test_what_was_begun_is_finished_as_approved_though_prices_have_changed_since(
    settings: Settings, warm_python: WarmPython
) -> None:
    thread = await die(warm_python, settings, ("put", "after", 1), *SCRIPT)
    async with open_application(settings) as application:
        await application.database.pool.execute("UPDATE cost_data SET hourly_usd = hourly_usd * 1.5")
        stands = await application.conversations.present(thread, LOCAL_USER)
        assert stands.state == "operate", stands.messages
        assert len(supervisors(settings)) == 1
        await hold(application, thread, RETIRE, APPROVE)


@pytest.mark.parametrize("death", DEATHS_OF_THE_UNDONE, ids=lambda death: "-".join(map(str, death)))
async def test_what_fails_its_checks_is_removed_once(
    settings: Settings, warm_python: WarmPython, death: tuple[str, str, int]
) -> None:
    thread = await die(warm_python, settings, death, *SCRIPT, slow="8")
    async with open_application(settings) as application:
        stands = await application.conversations.present(thread, LOCAL_USER)
        assert stands.state == "failed", stands.messages
        assert stands.checkpoint is not None
        assert "What it created was removed." in stands.checkpoint.prompt
        assert supervisors(settings) == []
        (kept,) = await application.database.pool.fetch(
            "SELECT DISTINCT namespace || '/' || name AS name FROM deployments"
        )
        told = await told_in_the_log(application, kept["name"])
        assert (told[:2], told[-1]) == (["deployment approved", "applied"], "removed by itself")
        assert told.count("removed by itself") == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_end_that_was_interrupted_ends_once(settings: Settings, warm_python: WarmPython, when: str) -> None:
    thread = await die(warm_python, settings, ("take_away", when, 1), *SCRIPT, RETIRE, APPROVE)
    async with open_application(settings) as application:
        stands = await application.conversations.present(thread, LOCAL_USER)
        assert stands.checkpoint is None
        assert supervisors(settings) == []
        told = await told_in_the_log(application, name_of(stands))
        assert told == ["deployment approved", "applied", "passed its checks", "end approved", "removed"]
