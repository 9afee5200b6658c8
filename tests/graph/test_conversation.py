"""Conversations over PostgreSQL: owners, crashes, and one thing at a time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import MOVED_ON, StepEvent, TurnReport
from graph.locks import ThreadLocks
from graph.state import SCHEMA_VERSION
from neuralnav.errors import InvalidInputError, NotFoundError, UnavailableError
from neuralnav.knowledge import audit_log
from neuralnav.settings import LOCAL_USER, Settings

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = "I need a chatbot for 1000 users, low latency is critical"
SCRIPT = (
    CheckpointReply(text=GOLDEN),
    CheckpointReply(action="confirm"),
    CheckpointReply(action="choose", value=1),
    CheckpointReply(action="approve"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conversations")


@pytest.fixture(scope="module")
async def application(home: Path) -> AsyncIterator[Application]:
    async with open_application(Settings(home=home, database_url=None, llm=None)) as application:
        yield application


async def hold(application: Application, thread: str, *replies: CheckpointReply) -> TurnReport:
    report = await application.conversations.present(thread, LOCAL_USER)
    for reply in replies:
        report = await application.conversations.send(thread, reply, LOCAL_USER)
    return report


def die_in(home: Path, thread: str, tool: str, when: str, *replies: CheckpointReply) -> None:
    """Hold the conversation in another process, which kills itself in ``tool``."""
    given = json.dumps([reply.model_dump(mode="json") for reply in replies])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NEURALNAV_") and k != "DATABASE_URL"}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.graph.killed", str(home), thread, tool, when, given],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr


@pytest.mark.parametrize(
    ("tool", "when", "turns_before"),
    [
        ("specify_deployment", "before", 1),
        ("record_specification", "before", 2),
        ("record_specification", "after", 2),
        ("suitable_models", "before", 2),
        ("plan_capacity", "before", 2),
        ("plan_capacity", "after", 2),
        ("render_manifests", "before", 3),
        ("write_manifests", "before", 4),
        ("write_manifests", "after", 4),
    ],
)
async def test_a_killed_process_costs_nothing(
    application: Application, home: Path, tool: str, when: str, turns_before: int
) -> None:
    thread, undisturbed = str(uuid4()), str(uuid4())
    await asyncio.to_thread(die_in, home, thread, tool, when, *SCRIPT[:turns_before])
    resumed = await application.conversations.present(thread, LOCAL_USER)
    expected = await hold(application, undisturbed, *SCRIPT[:turns_before])
    assert resumed.state == expected.state
    assert resumed.turn == expected.turn
    assert resumed.checkpoint == expected.checkpoint

    end = await hold(application, thread, *SCRIPT[turns_before:])
    whole = await hold(application, undisturbed, *SCRIPT[turns_before:])
    assert end.choice == whole.choice
    assert end.deployment
    assert whole.deployment
    assert end.deployment["manifests"] == whole.deployment["manifests"]
    name = f"{end.deployment['manifests']['namespace']}/{end.deployment['manifests']['name']}"  # type: ignore[index,call-overload]
    written = [
        entry
        for entry in await audit_log.entries(application.database.pool, subject=name, limit=1000)
        if entry.detail.get("thread") == thread
    ]
    assert len(written) == 1


async def test_a_conversation_belongs_to_who_began_it(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, SCRIPT[0])
    with pytest.raises(NotFoundError):
        await application.conversations.present(thread, "mallory")
    with pytest.raises(NotFoundError):
        await application.conversations.send(thread, SCRIPT[1], "mallory")
    with pytest.raises(NotFoundError):
        await application.conversations.history(thread, "mallory")


async def test_steps_are_reported_as_they_happen(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, SCRIPT[0])
    events = [event async for event in application.conversations.stream(thread, SCRIPT[1], LOCAL_USER)]
    done = [event.step for event in events if isinstance(event, StepEvent) and event.state == "done"]
    assert done == ["map_traffic_profile", "recommend_models", "plan_capacity"]
    assert isinstance(events[-1], TurnReport)


async def test_a_button_without_a_question_is_refused(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, SCRIPT[0], CheckpointReply(action="cancel"))
    with pytest.raises(InvalidInputError, match="No question is open"):
        await application.conversations.send(thread, SCRIPT[1], LOCAL_USER)


async def test_the_same_answer_twice_at_once_is_taken_once(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:2])
    first, second = await asyncio.gather(
        application.conversations.send(thread, SCRIPT[2], LOCAL_USER),
        application.conversations.send(thread, SCRIPT[2], LOCAL_USER),
    )
    assert first.state == "approve_deployment"
    assert second.state == "approve_deployment"
    assert second.messages


async def test_the_history_is_told_in_order(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:3])
    told = await application.conversations.history(thread, LOCAL_USER)
    assert [text for kind, text in told if kind == "human"] == [GOLDEN, "[confirm]", "[choose: 1]"]


async def test_many_conversations_at_once_do_not_mix(application: Application) -> None:
    async def one(users: int) -> TurnReport:
        return await hold(application, str(uuid4()), CheckpointReply(text=f"translation for {users} people"))

    reports = await asyncio.gather(*(one(users) for users in range(10, 30)))
    understood = [(report.specification or {})["intent"]["user_count"] for report in reports]  # type: ignore[index,call-overload]
    assert understood == list(range(10, 30))


async def test_an_approval_of_what_another_window_changed_is_not_taken(application: Application) -> None:
    thread = str(uuid4())
    seen = await hold(application, thread, *SCRIPT[:3])
    await application.conversations.send(thread, CheckpointReply(action="back"), LOCAL_USER)
    await application.conversations.send(thread, CheckpointReply(action="choose", value=3), LOCAL_USER)
    answered = await application.conversations.send(thread, SCRIPT[3], LOCAL_USER, seen.turn)
    assert answered.messages == [MOVED_ON]
    assert answered.state == "approve_deployment"
    assert answered.deployment is None
    assert answered.choice != seen.choice


async def test_two_processes_take_turns(home: Path, application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:2])
    async with open_application(Settings(home=home, database_url=None, llm=None)) as other:
        first, second = await asyncio.gather(
            application.conversations.send(thread, SCRIPT[2], LOCAL_USER, 2),
            other.conversations.send(thread, CheckpointReply(action="edit", value={"user_count": 50}), LOCAL_USER, 2),
        )
    taken = [report for report in (first, second) if MOVED_ON not in report.messages]
    assert len(taken) == 1
    assert {first.turn, second.turn} == {3}


async def test_a_turn_that_waits_too_long_for_another_is_given_up(home: Path, application: Application) -> None:
    thread = str(uuid4())
    impatient = Settings(home=home, database_url=None, llm=None, turn_timeout_s=0.3)
    async with open_application(impatient) as other, aclosing(ThreadLocks(application.database.url)) as locks:
        async with locks.hold(thread):
            with pytest.raises(UnavailableError, match="longer than"):
                await other.conversations.send(thread, SCRIPT[0], LOCAL_USER)
        report = await other.conversations.present(thread, LOCAL_USER)
    assert report.turn == 0


async def test_a_conversation_of_another_schema_can_be_started_over(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:2])
    for module in ("graph.state", "graph.dialogue"):
        monkeypatch.setattr(f"{module}.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    report = await application.conversations.send(thread, SCRIPT[2], LOCAL_USER)
    assert report.state == "failed"
    assert report.checkpoint
    assert f"schema version {SCHEMA_VERSION}" in report.checkpoint.prompt
    report = await application.conversations.send(thread, CheckpointReply(text="start over"), LOCAL_USER)
    assert report.checkpoint
    assert report.checkpoint.kind == "clarify"
    report = await application.conversations.send(thread, SCRIPT[0], LOCAL_USER)
    assert report.state == "review_specification"


async def test_a_price_that_changes_before_the_approval_is_shown_instead_of_used(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:3])
    await application.database.pool.execute("UPDATE cost_data SET hourly_usd = hourly_usd * 1.5")
    try:
        report = await application.conversations.send(thread, SCRIPT[3], LOCAL_USER)
    finally:
        await application.database.pool.execute("UPDATE cost_data SET hourly_usd = hourly_usd / 1.5")
    assert report.state == "present_options"
    assert report.deployment is None
    assert "prices" in report.messages[0]
