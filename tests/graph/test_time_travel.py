"""Going back in a conversation and forking from it, over PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import MOVED_ON
from neuralnav.errors import NotFoundError
from neuralnav.knowledge import audit_log
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, hold


@pytest.fixture(scope="module")
async def application(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    home = tmp_path_factory.mktemp("travel")
    async with open_application(Settings(home=home, database_url=None, llm=None)) as application:
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
    assert await acts_of(application, thread) == ["manifests written"]


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
    assert await acts_of(application, thread) == ["manifests written"]
    assert await acts_of(application, fork.thread) == ["manifests written"]
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
    assert await acts_of(application, thread) == ["manifests written"]


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
