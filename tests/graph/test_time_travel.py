"""Going back in a conversation and forking from it, over PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from langchain_core.messages import HumanMessage
from langgraph.types import StateSnapshot

import graph.conversation
import graph.moments
from agents.capacity_planner import CapacityPlannerAgent
from agents.intent import IntentAgent
from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import FINISHED_FIRST, MOVED_ON
from graph.state import MAX_MESSAGES, ConversationState
from graph.stored_thread import StoredThread
from graph.time_travel import in_ranges
from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge import audit_log
from neuralnav.services.deployment import DeploymentService
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, cut_off, hold


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        yield application


@pytest.fixture
def thread() -> str:
    return str(uuid4())


async def acts_of(application: Application, thread: str) -> list[str]:
    lines = await audit_log.entries(application.database.pool, limit=1000)
    return [line.what for line in reversed(lines) if line.detail.get("thread") == thread]


async def test_every_question_can_be_gone_back_to(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT)
    moments = await application.conversations.moments(thread, LOCAL_USER)
    assert [(moment.turn, moment.kind.value) for moment in moments] == [
        (1, "review_specification"),
        (2, "present_options"),
        (3, "approve_deployment"),
        (4, "operate"),
    ]
    assert all(moment.title for moment in moments)
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)


async def test_going_back_brings_back_what_was_decided(application: Application, thread: str) -> None:
    first = await hold(application, thread, SCRIPT[0])
    await hold(application, thread, CheckpointReply(text="make it 5000 users"), SCRIPT[1])
    report = await application.conversations.go_back(thread, LOCAL_USER, 1)
    assert report.state == "review_specification"
    assert report.specification == first.specification
    assert report.turn == 4
    assert "turn 1" in report.messages[0]
    end = await hold(application, thread, *SCRIPT[1:])
    assert end.state == "operate"


async def test_what_was_done_stays_done_and_is_not_done_again(application: Application, thread: str) -> None:
    done = await hold(application, thread, *SCRIPT)
    back = await application.conversations.go_back(thread, LOCAL_USER, 3)
    assert back.state == "operate", "what was chosen then is in place already"
    assert "in place already" in " ".join(back.messages)
    back = await application.conversations.go_back(thread, LOCAL_USER, 2)
    assert back.state == "present_options"
    assert back.deployment == done.deployment
    again = await hold(application, thread, SCRIPT[2])
    assert again.state == "operate"
    assert await acts_of(application, thread) == ["deployment approved", "manifests written"]


async def test_another_choice_after_going_back_replaces_what_is_in_place(application: Application, thread: str) -> None:
    first = await hold(application, thread, *SCRIPT)
    await application.conversations.go_back(thread, LOCAL_USER, 2)
    asked = await hold(application, thread, CheckpointReply(action="choose", value=3))
    assert asked.checkpoint
    assert "takes the place" in asked.checkpoint.prompt
    second = await hold(application, thread, CheckpointReply(action="approve"))
    assert first.deployment
    assert second.deployment
    names = [one["manifests"]["name"] for one in (first.deployment, second.deployment)]  # type: ignore[index,call-overload]
    assert names[0] == names[1]
    assert second.checkpoint
    assert second.checkpoint.data["earlier_revisions"] == 1


async def test_a_fork_is_a_conversation_of_its_own(application: Application, thread: str) -> None:
    original = await hold(application, thread, *SCRIPT)
    fork = await application.conversations.fork(thread, LOCAL_USER, 2)
    assert fork.thread != thread
    assert fork.state == "present_options"
    assert fork.deployment is None
    assert await application.conversations.present(thread, LOCAL_USER) == original.model_copy(update={"messages": []})
    end = await hold(application, fork.thread, *SCRIPT[2:])
    assert end.state == "operate"
    assert original.deployment
    assert end.deployment
    assert end.deployment["id"] != original.deployment["id"]
    names = [one["manifests"]["name"] for one in (original.deployment, end.deployment)]  # type: ignore[index,call-overload]
    assert names[0] != names[1], "both can be in place at once"
    assert await acts_of(application, thread) == ["deployment approved", "manifests written"]
    assert await acts_of(application, fork.thread) == ["deployment approved", "manifests written"]
    said = [text for kind, text in await application.conversations.history(fork.thread, LOCAL_USER) if kind == "human"]
    assert said[0] == SCRIPT[0].text


async def test_a_fork_of_what_is_in_place_begins_at_its_specification(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT)
    fork = await application.conversations.fork(thread, LOCAL_USER)
    assert fork.state == "review_specification"
    assert fork.deployment is None


async def test_an_approval_that_was_asked_for_is_built_anew(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT[:3])
    await hold(application, thread, CheckpointReply(action="back"))
    back = await application.conversations.go_back(thread, LOCAL_USER, 3)
    assert back.state == "approve_deployment"
    end = await hold(application, thread, CheckpointReply(action="approve"))
    assert end.state == "operate"
    assert await acts_of(application, thread) == ["deployment approved", "manifests written"]


async def test_after_the_end_of_a_deployment_its_checkpoints_ask_for_the_specification(
    application: Application, thread: str
) -> None:
    await hold(application, thread, *SCRIPT, CheckpointReply(action="retire"), CheckpointReply(action="approve"))
    back = await application.conversations.go_back(thread, LOCAL_USER, 4)
    assert back.state == "review_specification"


@pytest.mark.parametrize("turn", [0, -1, 99])
async def test_a_turn_without_a_question_is_refused(application: Application, thread: str, turn: int) -> None:
    await hold(application, thread, *SCRIPT[:2])
    with pytest.raises(NotFoundError, match="it has: 1, 2"):
        await application.conversations.go_back(thread, LOCAL_USER, turn)
    with pytest.raises(NotFoundError, match="it has: 1, 2"):
        await application.conversations.fork(thread, LOCAL_USER, turn)


async def test_nobody_else_travels_in_a_conversation(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT[:2])
    for travel in (
        application.conversations.moments(thread, "mallory"),
        application.conversations.go_back(thread, "mallory", 1),
        application.conversations.fork(thread, "mallory", 1),
    ):
        with pytest.raises(NotFoundError):
            await travel


async def test_a_window_that_is_behind_does_not_travel(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT[:3])
    report = await application.conversations.go_back(thread, LOCAL_USER, 1, expected_turn=2)
    assert report.messages == [MOVED_ON]
    assert report.state == "approve_deployment"


async def test_an_answer_from_before_going_back_is_not_taken(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT[:3])
    await application.conversations.go_back(thread, LOCAL_USER, 2)
    report = await application.conversations.send(thread, SCRIPT[3], LOCAL_USER, 3)
    assert report.messages == [MOVED_ON]
    assert report.state == "present_options"


async def test_what_was_interrupted_is_finished_before_going_back(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT[:3])
    await cut_off(application, thread, SCRIPT[3], DeploymentService, "execute", done=True)
    back = await application.conversations.go_back(thread, LOCAL_USER, 2)
    assert back.state == "present_options"
    assert back.messages[0] == FINISHED_FIRST
    assert "Approved, written and checked" in back.messages[1]
    assert "turn 2" in back.messages[-1]
    again = await hold(application, thread, SCRIPT[2])
    assert again.state == "operate", "what was approved is in place"
    assert await acts_of(application, thread) == ["deployment approved", "manifests written"]


async def test_an_answer_that_was_not_acted_on_is_done_before_going_back(application: Application, thread: str) -> None:
    await hold(application, thread, *SCRIPT[:3])
    await cut_off(application, thread, CheckpointReply(text="approve"), IntentAgent, "hear_reply")
    await application.conversations.go_back(thread, LOCAL_USER, 2)
    assert await acts_of(application, thread) == ["deployment approved", "manifests written"]


async def test_what_was_interrupted_is_finished_before_a_fork(application: Application, thread: str) -> None:
    await hold(application, thread, SCRIPT[0])
    await cut_off(application, thread, SCRIPT[1], CapacityPlannerAgent, "plan")
    fork = await application.conversations.fork(thread, LOCAL_USER)
    assert fork.state == "present_options"
    assert fork.messages[0] == FINISHED_FIRST


async def test_a_database_that_goes_away_does_not_go_back_twice(
    application: Application, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(application, thread, *SCRIPT[:2])
    real, runs = StoredThread.run, []

    async def lost_after(self: StoredThread, given: ConversationState | None) -> StateSnapshot:
        after = await real(self, given)
        runs.append(given)
        if len(runs) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return after

    monkeypatch.setattr(StoredThread, "run", lost_after)
    back = await application.conversations.go_back(thread, LOCAL_USER, 1)
    assert (back.state, back.turn, len(runs)) == ("review_specification", 3, 1)
    assert "turn 1" in back.messages[0]
    fork = await application.conversations.fork(thread, LOCAL_USER, 1)
    assert fork.state == "review_specification"


async def test_going_back_keeps_the_messages_bounded(application: Application, thread: str) -> None:
    await hold(application, thread, SCRIPT[0])
    stored = application.conversations._stored(thread, LOCAL_USER)
    many: ConversationState = {"messages": [HumanMessage(f"text {n}") for n in range(MAX_MESSAGES)]}
    await stored._graph.aupdate_state(stored._config, many, as_node="generate_specification")
    await hold(application, thread)
    await application.conversations.go_back(thread, LOCAL_USER, 1)
    fork = await application.conversations.fork(thread, LOCAL_USER, 1)
    for one in (thread, fork.thread):
        assert len(await application.conversations.history(one, LOCAL_USER)) <= MAX_MESSAGES


async def test_a_long_conversation_keeps_its_latest_questions(
    application: Application, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph.moments, "MOMENTS_KEPT", 4)
    monkeypatch.setattr(graph.conversation, "FORGET_EVERY", 1)
    first = await hold(application, thread, *SCRIPT[:2])
    for users in range(2000, 2006):
        await hold(application, thread, CheckpointReply(action="edit", value={"user_count": users}), SCRIPT[1])
    turns = [moment.turn for moment in await application.conversations.moments(thread, LOCAL_USER)]
    assert turns == [11, 12, 13, 14]
    with pytest.raises(NotFoundError, match="it has: 11 to 14"):
        await application.conversations.go_back(thread, LOCAL_USER, 2)
    steps = await application.database.pool.fetchval("SELECT count(*) FROM checkpoints WHERE thread_id = $1", thread)
    assert steps == 4, "the present question is one of them"
    unused = await application.database.pool.fetchval(
        """
        SELECT count(*) FROM checkpoint_blobs b WHERE thread_id = $1 AND NOT EXISTS (
            SELECT 1 FROM checkpoints c
            WHERE c.thread_id = $1 AND c.checkpoint -> 'channel_versions' ->> b.channel = b.version
        )
        """,
        thread,
    )
    assert unused == 0
    back = await application.conversations.go_back(thread, LOCAL_USER, 12)
    assert back.state == "present_options"
    assert back.specification
    assert first.specification
    assert back.specification["intent"]["user_count"] == 2004  # type: ignore[index,call-overload]
    end = await hold(application, thread, *SCRIPT[2:])
    assert end.state == "operate"


async def test_a_failure_is_nothing_to_go_back_to(
    application: Application, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise InvalidInputError("That cannot be planned.")

    await hold(application, thread, SCRIPT[0])
    monkeypatch.setattr(CapacityPlannerAgent, "plan", fails)
    report = await hold(application, thread, SCRIPT[1])
    assert report.state == "failed"
    assert [moment.turn for moment in await application.conversations.moments(thread, LOCAL_USER)] == [1]
    with pytest.raises(NotFoundError, match="it has: 1"):
        await application.conversations.go_back(thread, LOCAL_USER, 2)


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [((), ""), ((3,), "3"), ((1, 2), "1, 2"), ((1, 2, 3, 5, 7, 8, 9), "1 to 3, 5, 7 to 9")],
)
def test_turns_are_told_in_ranges(numbers: tuple[int, ...], shown: str) -> None:
    assert in_ranges(numbers) == shown
