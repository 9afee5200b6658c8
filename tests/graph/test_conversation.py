"""Conversations over PostgreSQL: owners, crashes, and one thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from langgraph.types import StateSnapshot

import graph.build
import graph.conversation
from agents.capacity_planner import CapacityPlannerAgent
from agents.observer import ObserverAgent
from agents.traffic_profile import TrafficProfileAgent
from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import INTERRUPTED, MOVED_ON, Conversations
from graph.locks import ThreadLocks
from graph.reports import StepEvent, TurnReport
from graph.stored_thread import StoredThread
from neuralnav.errors import InvalidInputError, NotFoundError, UnavailableError
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import GOLDEN, SCRIPT, cut_off, hold


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        yield application


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


async def test_two_processes_take_turns(lasting: Settings, application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:2])
    async with open_application(lasting) as other:
        first, second = await asyncio.gather(
            application.conversations.send(thread, SCRIPT[2], LOCAL_USER, 2),
            other.conversations.send(thread, CheckpointReply(action="edit", value={"user_count": 50}), LOCAL_USER, 2),
        )
    taken = [report for report in (first, second) if MOVED_ON not in report.messages]
    assert len(taken) == 1
    assert {first.turn, second.turn} == {3}


async def test_a_turn_that_waits_too_long_for_another_is_given_up(lasting: Settings, application: Application) -> None:
    thread = str(uuid4())
    impatient = lasting.model_copy(update={"turn_timeout_s": 0.3})
    async with open_application(impatient) as other, aclosing(ThreadLocks(application.database.url)) as locks:
        async with locks.hold(thread):
            with pytest.raises(UnavailableError, match="longer than"):
                await other.conversations.send(thread, SCRIPT[0], LOCAL_USER)
        report = await other.conversations.present(thread, LOCAL_USER)
    assert report.turn == 0


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


async def test_a_what_if_can_be_kept_and_compared_by_its_name(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:2], CheckpointReply(text="what if we took A100s?"))
    report = await hold(application, thread, CheckpointReply(text="keep that as big iron"))
    assert "big iron" in report.messages[-1]
    report = await hold(application, thread, CheckpointReply(text="compare now and big iron"))
    assert "| now | big iron |" in report.messages[-1]
    report = await hold(application, thread, CheckpointReply(action="compare", value=["now", "big iron"]))
    assert "| now | big iron |" in report.messages[-1]
    report = await hold(application, thread, CheckpointReply(action="keep", value="plain"))
    report = await hold(application, thread, CheckpointReply(text="compare scenarios"))
    assert "| now | big iron | plain |" in report.messages[-1]


async def endless(*_: Any, **__: Any) -> None:
    await asyncio.Event().wait()


async def test_a_step_that_does_not_end_leads_to_a_question_how_to_go_on(
    application: Application, lasting: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = str(uuid4())
    await hold(application, thread, SCRIPT[0])
    async with open_application(lasting.model_copy(update={"turn_timeout_s": 2.0})) as impatient:
        monkeypatch.setattr(TrafficProfileAgent, "record", endless)
        report = await hold(impatient, thread, SCRIPT[1])
        assert report.state == "failed"
        assert report.checkpoint
        assert "took too long" in report.checkpoint.prompt
        monkeypatch.undo()
    report = await hold(application, thread, CheckpointReply(action="retry"))
    assert report.state == "present_options"


async def test_a_turn_of_many_slow_steps_ends_at_a_question_and_goes_on_from_there(
    application: Application, lasting: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = str(uuid4())
    await hold(application, thread, SCRIPT[0])
    monkeypatch.setattr(graph.build, "NODE_SHARE", 100)
    async with open_application(lasting.model_copy(update={"turn_timeout_s": 1.0})) as impatient:
        monkeypatch.setattr(CapacityPlannerAgent, "plan", endless)
        report = await hold(impatient, thread, SCRIPT[1])
        assert (report.state, report.turn) == ("failed", 2)
        assert report.checkpoint
        assert "longer than 1 s" in report.checkpoint.prompt
        again = await hold(impatient, thread, CheckpointReply(action="retry"))
        assert (again.state, again.turn) == ("failed", 3)
    report = await hold(application, thread, CheckpointReply(action="start_over"))
    assert report.state == "collect_context"


async def test_what_was_said_before_an_interruption_is_shown(application: Application) -> None:
    thread, undisturbed = str(uuid4()), str(uuid4())
    await hold(application, thread, *SCRIPT[:3])
    await cut_off(application, thread, SCRIPT[3], ObserverAgent, "record")
    report = await application.conversations.present(thread, LOCAL_USER)
    expected = await hold(application, undisturbed, *SCRIPT)
    assert report.state == "operate"
    assert len(report.messages) == len(expected.messages)
    assert report.messages[0].startswith("Approved, written and checked")
    assert (await application.conversations.present(thread, LOCAL_USER)).messages == []


async def test_the_answers_before_an_interruption_are_shown_to_who_writes_next(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:2])
    both = CheckpointReply(text="why is 2 ranked lower? make TTFT 400 ms")
    await cut_off(application, thread, both, CapacityPlannerAgent, "plan")
    report = await application.conversations.send(thread, CheckpointReply(text="thanks"), LOCAL_USER)
    assert report.messages[0] == INTERRUPTED
    assert report.messages[1].startswith("**2. ")
    assert "400 ms" in report.messages[-1]


def entrances(conversations: Conversations, thread: str) -> dict[str, Any]:
    return {
        "present": lambda: conversations.present(thread, LOCAL_USER),
        "history": lambda: conversations.history(thread, LOCAL_USER),
        "moments": lambda: conversations.moments(thread, LOCAL_USER),
        "go_back": lambda: conversations.go_back(thread, LOCAL_USER, 1),
        "fork": lambda: conversations.fork(thread, LOCAL_USER, 1),
        "send": lambda: conversations.send(thread, CheckpointReply(action="confirm"), LOCAL_USER),
    }


ENTRANCES = tuple(entrances(None, ""))  # type: ignore[arg-type]


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_a_database_that_is_away_for_a_moment_is_not_noticed(
    application: Application, monkeypatch: pytest.MonkeyPatch, entrance: str
) -> None:
    thread, real, fails = str(uuid4()), StoredThread.read, [True, True]
    await hold(application, thread, SCRIPT[0])

    async def away(self: StoredThread) -> StateSnapshot:
        if fails:
            fails.pop()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return await real(self)

    monkeypatch.setattr(graph.conversation, "FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(StoredThread, "read", away)
    assert await entrances(application.conversations, thread)[entrance]()
    assert not fails


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_a_database_that_stays_away_is_told_in_words(
    application: Application, monkeypatch: pytest.MonkeyPatch, entrance: str
) -> None:
    async def away(_: StoredThread) -> StateSnapshot:
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(graph.conversation, "FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(StoredThread, "read", away)
    with pytest.raises(UnavailableError, match="does not answer"):
        await entrances(application.conversations, str(uuid4()))[entrance]()
