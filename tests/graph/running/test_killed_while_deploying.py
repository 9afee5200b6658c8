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
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, clean_environment, hold
from tests.graph.running.conftest import told_in_the_log
from tests.graph.running.test_on_this_machine import APPROVE
from tests.graph.test_killed import DIE
from tests.warm_python import WarmPython

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("nothing_left")]

DEATHS = (("execute_deployment", "before"), ("execute_deployment", "after"), ("validate_deployment", "after"))


def supervisors(settings: Settings) -> list[int]:
    """Processes that supervise deployments of this home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "neuralnav.deployment.local.supervisor" in words and words[-1].startswith(str(settings.home)):
            found.append(process.pid)
    return found


@pytest.mark.parametrize(("node", "when"), DEATHS)
async def test_what_was_approved_is_in_place_once(
    settings: Settings, warm_python: WarmPython, node: str, when: str
) -> None:
    thread = str(uuid4())
    assert settings.database_url
    environment = clean_environment() | {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "NEURALNAV_DELIVERY": "run",
    }
    given = json.dumps([reply.model_dump(mode="json") for reply in SCRIPT])
    arguments = (str(settings.home), thread, node, when, "1", given)
    ran = await asyncio.to_thread(warm_python.run, DIE, arguments, environment, timeout_s=120)
    assert ran.returncode == -signal.SIGKILL, ran.stderr

    async with open_application(settings) as application:
        stands = await application.conversations.present(thread, LOCAL_USER)
        assert stands.state == "operate", stands.messages
        assert len(supervisors(settings)) == 1
        assert stands.deployment is not None
        name = "/".join(stands.deployment["manifests"][key] for key in ("namespace", "name"))  # type: ignore[index, call-overload]
        assert await told_in_the_log(application, name) == ["applied", "passed its checks"]
        await hold(application, thread, CheckpointReply(action="retire"), APPROVE)
    assert supervisors(settings) == []
