"""Conversations are told about their deployments where they rest there, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import MOVED_ON
from graph.payloads import OperatePayload
from graph.reports import TurnReport
from graph.watching import tell, watched_over
from neuralnav.models.deployment import Deployment
from neuralnav.services.watching import Memory, Tell, Watcher, Word
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, hold

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        yield application


def word_of(deployment: Deployment) -> Word:
    return Word(deployment, "ttft_missed", Memory())


def in_place(report: TurnReport) -> Deployment:
    assert report.checkpoint is not None, report.messages
    return OperatePayload.model_validate(report.checkpoint.data).deployment


async def test_a_conversation_that_rests_at_its_deployment_says_how_it_is(application: Application) -> None:
    stands = await hold(application, str(uuid4()), *SCRIPT)
    word = word_of(in_place(stands))
    assert await tell(application.conversations, word)
    after = await application.conversations.history(word.deployment.thread_id, LOCAL_USER)
    assert "is as approved" in after[-1][1]


async def test_a_conversation_that_is_asking_something_else_is_told_later(application: Application) -> None:
    thread = str(uuid4())
    word = word_of(in_place(await hold(application, thread, *SCRIPT)))
    asking = await hold(application, thread, CheckpointReply(action="retire"))
    assert not await tell(application.conversations, word)
    assert (await application.conversations.present(thread, LOCAL_USER)).turn == asking.turn
    await hold(application, thread, CheckpointReply(action="cancel"))
    assert await tell(application.conversations, word)


async def test_a_conversation_is_told_nothing_about_a_deployment_that_it_let_go(application: Application) -> None:
    stands = await hold(application, str(uuid4()), *SCRIPT)
    live = in_place(stands)
    other = live.model_copy(update={"manifests": live.manifests.model_copy(update={"name": "let-go"})})
    assert not await tell(application.conversations, word_of(other))
    assert (await application.conversations.present(stands.thread, LOCAL_USER)).turn == stands.turn


async def test_what_comes_after_somebody_answered_was_not_told(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = await hold(application, str(uuid4()), *SCRIPT)
    conversations = application.conversations

    async def as_it_was(thread: str, owner: str) -> TurnReport:
        return stands

    await conversations.send(stands.thread, CheckpointReply(action="explain"), LOCAL_USER)
    monkeypatch.setattr(conversations, "present", as_it_was)
    assert not await tell(conversations, word_of(in_place(stands)))
    assert MOVED_ON not in [text for _, text in await conversations.history(stands.thread, LOCAL_USER)]


class Ending(Watcher):
    """Stands in for a watcher that ends by itself, which no known error makes a real one do."""

    async def run(self, tell: Tell) -> None:
        """End."""


async def test_watching_that_ends_by_itself_is_noticed(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = application.watcher
    ending = Ending(watcher.records, watcher.observatory, watcher.every_s)
    async with watched_over(ending, application.conversations) as watching:
        await asyncio.wait({watching}, timeout=10)
        assert watching.done()
    assert [record.levelno for record in caplog.records if record.name == "graph.watching"] == [logging.CRITICAL]


async def test_watching_ends_with_what_it_looks_after(application: Application) -> None:
    async with watched_over(application.watcher, application.conversations) as watching:
        assert not watching.done()
    assert watching.cancelled()
