"""A process that is killed at any node costs nothing: nothing is asked twice, nothing is done twice."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.build import CHECKPOINTS, WORK
from graph.checkpoints import NODES, CheckpointReply
from neuralnav.knowledge import audit_log
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import GOLDEN, clean_environment, hold
from tests.warm_python import WarmPython

LIFE = (
    CheckpointReply(text="I want to run an LLM"),
    CheckpointReply(text=GOLDEN),
    CheckpointReply(text="make TTFT 200 ms"),
    CheckpointReply(action="confirm"),
    CheckpointReply(text="why is 2 ranked lower? and what if we took A100s?"),
    CheckpointReply(action="choose", value=1),
    CheckpointReply(action="approve"),
    CheckpointReply(text="how is it doing?"),
    CheckpointReply(action="retire"),
    CheckpointReply(action="approve"),
)
"""From the first words to the end of the deployment."""

DEATHS = (
    ("collect_context", "after", 1, 1),
    ("collect_context", "before", 3, 2),
    ("collect_context", "after", 3, 2),
    ("generate_specification", "after", 1, 2),
    ("review_specification", "after", 2, 3),
    ("review_specification", "before", 4, 4),
    ("map_traffic_profile", "after", 1, 4),
    ("recommend_models", "after", 1, 4),
    ("plan_capacity", "before", 1, 4),
    ("plan_capacity", "after", 1, 4),
    ("present_options", "after", 2, 5),
    ("explore", "after", 1, 5),
    ("finalize_configuration", "after", 1, 6),
    ("approve_deployment", "after", 2, 7),
    ("execute_deployment", "before", 1, 7),
    ("execute_deployment", "after", 1, 7),
    ("validate_deployment", "after", 1, 7),
    ("set_up_monitoring", "after", 1, 7),
    ("report_success", "after", 1, 7),
    ("record_outcome", "after", 1, 7),
    ("operate", "after", 2, 8),
    ("approve_deployment", "before", 4, 10),
    ("execute_deployment", "after", 2, 10),
    ("record_outcome", "after", 2, 10),
)
"""Node, before or after its work, on which visit, and how many replies were given."""


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        yield application


@pytest.fixture(scope="module")
async def undisturbed(application: Application) -> list[dict[str, Any]]:
    """How the whole conversation goes when nothing happens to it, turn by turn."""
    thread = str(uuid4())
    reports = [await hold(application, thread, reply) for reply in LIFE]
    return [told(report.model_dump(mode="json")) for report in reports]


def told(report: dict[str, Any]) -> dict[str, Any]:
    """``report`` without what differs between any two runs: ids, times, places and how long planning took."""
    text = json.dumps({key: value for key, value in report.items() if key not in ("thread", "deployment")})
    document: dict[str, Any] = json.loads(text)
    for part in (document.get("specification") or {}, ((document.get("checkpoint") or {}).get("data")) or {}):
        for timed in part.get("edits", []) + (part.get("specification") or {}).get("edits", []):
            timed["at"] = ""
    data = (document.get("checkpoint") or {}).get("data") or {}
    for untold in ("deployment", "watch", "validation"):
        data.pop(untold, None)
    return document


DIE = "import asyncio, sys; from tests.graph.killed import main; asyncio.run(main(*sys.argv[1:]))"


def die_in(
    python: WarmPython, lasting: Settings, thread: str, node: str, when: str, visit: int, *replies: CheckpointReply
) -> None:
    """Hold the conversation in another process, which kills itself in ``node``."""
    assert lasting.database_url
    given = json.dumps([reply.model_dump(mode="json") for reply in replies])
    arguments = (str(lasting.home), thread, node, when, str(visit), given)
    environment = clean_environment() | {"DATABASE_URL": lasting.database_url.get_secret_value()}
    ran = python.run(DIE, arguments, environment, timeout_s=60)
    assert ran.returncode == -signal.SIGKILL, ran.stderr


@pytest.mark.parametrize(("node", "when", "visit", "given"), DEATHS)
async def test_a_killed_process_costs_nothing(
    application: Application,
    lasting: Settings,
    warm_python: WarmPython,
    undisturbed: list[dict[str, Any]],
    node: str,
    when: str,
    visit: int,
    given: int,
) -> None:
    thread = str(uuid4())
    await asyncio.to_thread(die_in, warm_python, lasting, thread, node, when, visit, *LIFE[:given])
    resumed = await application.conversations.present(thread, LOCAL_USER)
    assert told(resumed.model_dump(mode="json")) == undisturbed[given - 1]
    rest = [await hold(application, thread, reply) for reply in LIFE[given:]]
    assert [told(report.model_dump(mode="json")) for report in rest] == undisturbed[given:]
    lines = await audit_log.entries(application.database.pool, limit=1000)
    assert [line.what for line in reversed(lines) if line.detail.get("thread") == thread] == [
        "deployment approved",
        "manifests written",
        "end approved",
        "retired",
    ]
    kept = await application.database.pool.fetch(
        "SELECT change FROM decisions WHERE thread_id = $1 ORDER BY decided_at", thread
    )
    assert [row["change"] for row in kept] == ["deploy", "retire"]
    said = [text for kind, text in await application.conversations.history(thread, LOCAL_USER) if kind == "human"]
    assert said == [reply.in_words() for reply in LIFE]


def test_every_node_is_died_in() -> None:
    on_the_way = {NODES[kind.kind] for kind in CHECKPOINTS} | set(WORK)
    assert {node for node, *_ in DEATHS} == on_the_way - {"failed", "undo_deployment"}
