"""Conversations are told about their deployments where they rest there, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from agents.observer import ObserverAgent
from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import MOVED_ON
from graph.payloads import OperatePayload
from graph.reports import TurnReport
from graph.watching import tell, watched_over
from graph.wording import escaped
from neuralnav.models.deployment import Deployment, ProposedChange
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.watching import Memory, Tell, Watcher, Word
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, hold

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        yield application


DRIFTED = "TTFT p95 has been above its target for 20 minutes: 612 ms against 500 ms."
MORE = ProposedChange(sentence="More comes than was planned for.", changes={"peak_qps": 60})


def word_of(deployment: Deployment, advice: ProposedChange | None = MORE, told: int = 1) -> Word:
    return Word(deployment, "ttft_missed", DRIFTED, Memory(words_told=told), advice)


def payload_of(report: TurnReport) -> OperatePayload:
    assert report.checkpoint is not None, report.messages
    return OperatePayload.model_validate(report.checkpoint.data)


def in_place(report: TurnReport) -> Deployment:
    return payload_of(report).deployment


async def test_a_word_is_a_note_of_its_own_that_is_no_turn_and_said_once_by_whomever(application: Application) -> None:
    stands = await hold(application, str(uuid4()), *SCRIPT)
    conversations, thread, word = application.conversations, stands.thread, word_of(in_place(stands))
    assert await asyncio.gather(*(tell(conversations, word) for _ in range(3))) == [True, True, True]
    before, *_, (kind, said) = await conversations.history(thread, LOCAL_USER)
    assert before[0] == "human"
    assert kind == "ai"
    assert said.startswith(escaped(DRIFTED))
    assert "**Advice** More comes than was planned for." in said
    after = await conversations.present(thread, LOCAL_USER)
    assert (after.turn, after.state, after.messages) == (stands.turn, "operate", [said])
    assert payload_of(after).advice == MORE
    answered = await conversations.send(thread, CheckpointReply(action="explain"), LOCAL_USER, stands.turn)
    assert answered.turn == stands.turn + 1
    assert said not in answered.messages
    assert (await conversations.present(thread, LOCAL_USER)).messages == []
    assert await tell(conversations, word_of(in_place(stands), told=2))
    assert (await conversations.present(thread, LOCAL_USER)).messages == [said]


async def test_a_word_that_was_cut_off_is_finished_and_not_said_twice(application: Application) -> None:
    stands = await hold(application, str(uuid4()), *SCRIPT)
    conversations, deployment = application.conversations, in_place(stands)
    word = replace(word_of(deployment), to_be_checked=True)
    there = asyncio.Event()

    async def stuck(*_: Any, **__: Any) -> None:
        there.set()
        await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ObserverAgent, "observe", stuck)
        telling = asyncio.create_task(tell(conversations, word))
        await asyncio.wait_for(there.wait(), 20)
        telling.cancel()
        await asyncio.wait({telling})
    assert await tell(conversations, word)
    said = [text for _, text in await conversations.history(stands.thread, LOCAL_USER)]
    assert sum(text.startswith(escaped(DRIFTED)) for text in said) == 1
    assert "is as approved" in said[-1]
    late = await conversations.send(stands.thread, CheckpointReply(text="retire"), LOCAL_USER, stands.turn)
    assert (late.state, late.messages[0]) == ("operate", MOVED_ON)


async def test_what_is_advised_is_planned_when_asked_for_and_waits_for_approval(application: Application) -> None:
    stands = await hold(application, str(uuid4()), *SCRIPT, CheckpointReply(text="follow the advice"))
    conversations, thread, deployment = application.conversations, stands.thread, in_place(stands)
    assert "Nothing is advised" in stands.messages[-1]
    assert await tell(conversations, word_of(deployment, ProposedChange(sentence="Look into it.")))
    looked = await hold(application, thread, CheckpointReply(action="follow"))
    assert looked.state == "operate"
    assert "Look into it." in looked.messages[-1]
    assert await tell(conversations, word_of(deployment, told=2))
    review = await hold(application, thread, CheckpointReply(text="do that"))
    assert review.state == "review_specification"
    assert DeploymentSpecification.model_validate(review.specification).traffic.peak_qps == 60
    assert payload_of(await hold(application, thread, CheckpointReply(action="cancel"))).advice == MORE
    one_more = ProposedChange(sentence="Plan with 2.", changes={"pinned.replicas": deployment.choice.replicas + 1})
    assert await tell(conversations, word_of(deployment, one_more, told=3))
    proposed = await hold(application, thread, CheckpointReply(action="follow"))
    assert proposed.state == "approve_deployment"
    assert proposed.choice is not None
    assert proposed.choice["replicas"] == deployment.choice.replicas + 1
    assert payload_of(await hold(application, thread, CheckpointReply(action="approve"))).advice is None


async def test_a_conversation_is_told_later_while_it_asks_something_else_and_never_of_what_it_let_go(
    application: Application,
) -> None:
    thread = str(uuid4())
    word = word_of(in_place(await hold(application, thread, *SCRIPT)))
    asking = await hold(application, thread, CheckpointReply(action="retire"))
    assert not await tell(application.conversations, word)
    assert (await application.conversations.present(thread, LOCAL_USER)) == asking.model_copy(update={"messages": []})
    await hold(application, thread, CheckpointReply(action="cancel"))
    let_go = word.deployment.model_copy(
        update={"manifests": word.deployment.manifests.model_copy(update={"name": "x"})}
    )
    assert not await tell(application.conversations, word_of(let_go))
    assert await tell(application.conversations, word)


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
