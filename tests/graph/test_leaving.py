"""A turn that is stopped is left for the question before it; a conversation that is deleted is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from agents.capacity_planner import CapacityPlannerAgent
from agents.observer import ObserverAgent
from agents.traffic_profile import TrafficProfileAgent
from graph.application import Application, open_application
from graph.conversation import INTERRUPTED
from graph.leaving import NOT_STOPPED
from neuralnav.errors import NotFoundError
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import SCRIPT, cut_off, hold


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        yield application


async def test_a_stopped_turn_is_left_for_the_question_before_it(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, SCRIPT[0])
    await cut_off(application, thread, SCRIPT[1], CapacityPlannerAgent, "plan")
    report = await application.conversations.leave(thread, LOCAL_USER)
    assert report.state == "review_specification"
    again = await hold(application, thread, SCRIPT[1])
    assert again.state == "present_options"
    assert INTERRUPTED not in again.messages


async def test_a_first_turn_that_is_stopped_leaves_nothing(application: Application) -> None:
    thread = str(uuid4())
    await cut_off(application, thread, SCRIPT[0], TrafficProfileAgent, "specify")
    assert (await application.conversations.leave(thread, LOCAL_USER)).turn == 0
    assert await application.conversations.history(thread, LOCAL_USER) == []


async def test_what_was_approved_is_finished_and_not_left(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, *SCRIPT[:3])
    await cut_off(application, thread, SCRIPT[3], ObserverAgent, "record")
    report = await application.conversations.leave(thread, LOCAL_USER)
    assert report.state == "operate"
    assert report.messages[0] == NOT_STOPPED


async def test_nothing_is_left_where_nothing_runs(application: Application) -> None:
    thread = str(uuid4())
    before = await hold(application, thread, SCRIPT[0])
    after = await application.conversations.leave(thread, LOCAL_USER)
    assert (after.turn, after.state, after.messages) == (before.turn, before.state, [])


async def test_only_its_owner_can_have_a_conversation_forgotten(application: Application) -> None:
    thread = str(uuid4())
    await hold(application, thread, SCRIPT[0])
    with pytest.raises(NotFoundError):
        await application.conversations.forget(thread, "mallory")
    await application.conversations.forget(thread, LOCAL_USER)
    assert (await application.conversations.present(thread, LOCAL_USER)).turn == 0
    assert await application.conversations.moments(thread, LOCAL_USER) == []
