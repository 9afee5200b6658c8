"""Chainlit's own data layer, driven against the tables that our migration makes for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from chainlit.context import init_http_context
from chainlit.data.chainlit_data_layer import ChainlitDataLayer
from chainlit.element import CustomElement
from chainlit.types import Feedback, Pagination, ThreadFilter
from chainlit.user import PersistedUser, User

pytestmark = pytest.mark.database


@pytest.fixture
async def layer(fresh_database_url: str) -> AsyncIterator[ChainlitDataLayer]:
    layer = ChainlitDataLayer(fresh_database_url)
    yield layer
    await layer.close()


async def said(layer: ChainlitDataLayer, thread_id: str, text: str, **more: Any) -> str:
    """Keep a message of the conversation; returns its id."""
    step = {
        "id": str(uuid4()),
        "threadId": thread_id,
        "name": "Ada",
        "type": "user_message",
        "output": text,
        "createdAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    } | more
    await layer.create_step(step)
    return str(step["id"])


async def new_user(layer: ChainlitDataLayer, name: str) -> PersistedUser:
    user = await layer.create_user(User(identifier=name, metadata={"role": "admin"}))
    assert user is not None
    return user


async def test_user_is_kept_once(layer: ChainlitDataLayer) -> None:
    first = await new_user(layer, "ada")
    again = await layer.create_user(User(identifier="ada", metadata={"role": "reader"}))
    found = await layer.get_user("ada")
    assert again is not None
    assert found is not None
    assert first.id == again.id == found.id
    assert found.metadata == {"role": "reader"}
    assert await layer.get_user("grace") is None


async def test_conversation_comes_back_as_it_was(layer: ChainlitDataLayer) -> None:
    init_http_context()
    user, thread = await new_user(layer, "ada"), str(uuid4())
    await layer.update_thread(thread, name="A chatbot", user_id=user.id, metadata={"a": 1, "b": 2}, tags=["new"])
    await layer.update_thread(thread, metadata={"b": None, "c": 3})
    asked = await said(layer, thread, "I need a chatbot for 1000 users")
    answered = await said(layer, thread, "", type="run", parentId=asked, showInput=False, isError=False)
    await layer.update_step({"id": answered, "threadId": thread, "type": "run", "output": "Here: `p95`"})
    element = CustomElement(name="Card", props={"ttft_p95_ms": 150}, for_id=answered, thread_id=thread)
    await layer.create_element(element)
    element.props = {"ttft_p95_ms": 200}
    await layer.create_element(element)
    await layer.upsert_feedback(Feedback(forId=answered, value=1, comment="good"))

    found = await layer.get_thread(thread)
    assert found is not None
    assert await layer.get_thread_author(thread) == "ada"
    assert (found["name"], found["userId"], found["metadata"]) == ("A chatbot", user.id, {"a": 1, "c": 3})
    steps = found["steps"]
    assert [step["output"] for step in steps] == ["I need a chatbot for 1000 users", "Here: `p95`"]
    assert steps[1]["parentId"] == asked
    assert steps[1]["feedback"] is not None
    assert steps[1]["feedback"]["value"] == 1
    kept = await layer.get_element(thread, element.id)
    assert kept is not None
    assert kept["props"] == {"ttft_p95_ms": 200}
    assert [(e["type"], e["props"]) for e in found["elements"] or []] == [("custom", {"ttft_p95_ms": 200})]


async def test_steps_come_back_in_the_order_in_which_they_were_said(layer: ChainlitDataLayer) -> None:
    init_http_context()
    thread = str(uuid4())
    for number in range(30):
        await said(layer, thread, str(number))
    found = await layer.get_thread(thread)
    assert found is not None
    assert [step["output"] for step in found["steps"]] == [str(number) for number in range(30)]


async def test_step_whose_parent_comes_later_is_kept(layer: ChainlitDataLayer) -> None:
    init_http_context()
    thread, parent = str(uuid4()), str(uuid4())
    await said(layer, thread, "child", parentId=parent)
    await said(layer, thread, "parent", id=parent)
    found = await layer.get_thread(thread)
    assert found is not None
    assert {step["output"] for step in found["steps"]} == {"child", "parent"}


async def test_conversations_are_listed_by_page_user_and_words(layer: ChainlitDataLayer) -> None:
    ada, grace = await new_user(layer, "ada"), await new_user(layer, "grace")
    for number in range(5):
        await layer.update_thread(str(uuid4()), name=f"Chatbot {number}", user_id=ada.id)
    await layer.update_thread(str(uuid4()), name="Chatbot of Grace", user_id=grace.id)

    first = await layer.list_threads(Pagination(first=3), ThreadFilter(userId=ada.id))
    assert [thread["name"] for thread in first.data] == ["Chatbot 4", "Chatbot 3", "Chatbot 2"]
    assert first.pageInfo.hasNextPage
    rest = await layer.list_threads(Pagination(first=3, cursor=first.pageInfo.endCursor), ThreadFilter(userId=ada.id))
    assert [thread["name"] for thread in rest.data] == ["Chatbot 1", "Chatbot 0"]
    assert not rest.pageInfo.hasNextPage
    found = await layer.list_threads(Pagination(first=3), ThreadFilter(userId=ada.id, search="bot 3"))
    assert [thread["name"] for thread in found.data] == ["Chatbot 3"]


async def test_deleted_conversation_leaves_nothing(layer: ChainlitDataLayer, fresh_database_url: str) -> None:
    init_http_context()
    user, thread = await new_user(layer, "ada"), str(uuid4())
    await layer.update_thread(thread, user_id=user.id)
    step = await said(layer, thread, "hello")
    child = await said(layer, thread, "child", parentId=step)
    await layer.create_element(CustomElement(name="Card", props={}, for_id=step, thread_id=thread))
    await layer.upsert_feedback(Feedback(forId=child, value=0))
    await layer.delete_thread(thread)

    assert await layer.get_thread(thread) is None
    connection = await asyncpg.connect(fresh_database_url)
    for table in ("Thread", "Step", "Element", "Feedback"):
        assert await connection.fetchval(f'SELECT count(*) FROM "{table}"') == 0
    await connection.close()


async def test_steps_elements_and_feedback_can_be_deleted_one_by_one(layer: ChainlitDataLayer) -> None:
    init_http_context()
    thread = str(uuid4())
    step = await said(layer, thread, "hello", metadata={"favorite": True})
    element = CustomElement(name="Card", props={}, for_id=step, thread_id=thread)
    await layer.create_element(element)
    feedback = await layer.upsert_feedback(Feedback(forId=step, value=1))
    assert await layer.delete_feedback(feedback)
    await layer.delete_element(element.id, thread)
    assert await layer.get_element(thread, element.id) is None
    assert (await layer.get_step(step) or {})["feedback"] is None
    await layer.delete_step(step)
    assert await layer.get_step(step) is None


async def test_favourite_messages_of_a_user_are_found(layer: ChainlitDataLayer) -> None:
    init_http_context()
    user, thread = await new_user(layer, "ada"), str(uuid4())
    await layer.update_thread(thread, user_id=user.id)
    await said(layer, thread, "plain")
    await said(layer, thread, "liked", metadata={"favorite": True})
    assert [step["output"] for step in await layer.get_favorite_steps(user.id)] == ["liked"]


async def test_messages_of_one_conversation_can_be_kept_at_the_same_time(layer: ChainlitDataLayer) -> None:
    init_http_context()
    thread = str(uuid4())
    await layer.update_thread(thread)
    await asyncio.gather(*(said(layer, thread, str(number)) for number in range(20)))
    found = await layer.get_thread(thread)
    assert found is not None
    assert len(found["steps"]) == 20
