"""Chainlit's history in NeuralNav's database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from neuralnav.chat.workplace import environment, prepare
from neuralnav.errors import NotFoundError
from neuralnav.knowledge.database import Database

if TYPE_CHECKING:
    from neuralnav.chat.thread_store import ThreadStore

_CARD = 'INSERT INTO "Element" (id, "threadId", "stepId", name, props) VALUES ($1, $2, $3, $4, $5)'


@pytest.fixture(scope="session", autouse=True)
def _chainlit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Chainlit writes where it is imported, so that is not this directory."""
    kept = dict(os.environ)
    os.environ.update(environment(prepare(tmp_path_factory.mktemp("home")), "k" * 64))
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
async def store(database: Database) -> ThreadStore:
    from chainlit.context import init_http_context

    from neuralnav.chat.thread_store import ThreadStore

    init_http_context()
    return ThreadStore(database.pool, nothing_more)


async def nothing_more(_thread: str, _owner: str) -> None:
    """What else there is of a conversation is somebody else's to forget."""


def message(text: str, thread: str = "t", **fields: Any) -> Any:
    return {"id": str(uuid4()), "threadId": thread, "type": "assistant_message", "output": text, "input": "", **fields}


async def kept(store: ThreadStore, thread: str = "t") -> list[str]:
    found = await store.get_thread(thread)
    assert found
    return [step["output"] for step in found["steps"]]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("NUL \x00 and a half \ud83d pair", "NUL  and a half  pair"),
        ("你好 👩‍🔬 <b>:x</b>", "你好 👩‍🔬 <b>:x</b>"),
        ("x" * 200_000, "x" * 100_000 + "…"),
    ],
)
async def test_whatever_is_said_can_be_kept(store: ThreadStore, said: str, stored: str) -> None:
    await store.create_step(message(said))
    assert await kept(store) == [stored]


async def test_a_message_shown_again_replaces_itself(store: ThreadStore) -> None:
    first = message("one")
    await store.create_step(first)
    await store.create_step(message("two"))
    await store.create_step({**first, "output": "one, again"})
    assert await kept(store) == ["one, again", "two"]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("  A chatbot\nfor\t1000\x00 users ", "A chatbot for 1000 users"),
        ("word " * 100_000, ("word " * 16)[:79].rstrip() + "…"),
        ("\u202e\x00", "Conversation"),
    ],
)
async def test_a_conversation_is_named_by_its_first_words(store: ThreadStore, said: str, name: str) -> None:
    await store.update_thread("t", name=said)
    found = await store.get_thread("t")
    assert found
    assert found["name"] == name


async def test_what_is_being_stored_is_waited_for_when_the_chat_closes(store: ThreadStore) -> None:
    storing = [asyncio.create_task(store.create_step(message(f"{n}"))) for n in range(20)]
    await store.close()
    assert all(task.done() for task in storing)
    assert len(await kept(store)) == 20


async def test_a_copy_holds_what_was_shown_before_and_belongs_to_the_same_user(store: ThreadStore) -> None:
    await store.execute_query('INSERT INTO "User" (id, identifier) VALUES ($1, $2)', {"id": "u", "identifier": "ada"})
    await store.update_thread("t", name="A chatbot", user_id="u")
    run = message("", type="run")
    shown = [run, message("said", parentId=run["id"]), message("asked"), message("later")]
    for second, step in enumerate(shown):
        await store.create_step({**step, "createdAt": f"2026-11-21T18:00:{second:02}.000000Z"})

    for step in shown[1:3]:
        card = {"id": f"card of {step['output']}", "thread": "t", "step": step["id"], "name": "Card", "props": "{}"}
        await store.execute_query(_CARD, card)

    await store.copy_thread("t", "copy", 2, until=[shown[3]["id"], "never shown", shown[2]["id"]])
    found = await store.get_thread("copy")
    assert found
    assert [element["forId"] for element in found["elements"] or ()] == [found["steps"][1]["id"]]
    assert (found["name"], found["userIdentifier"]) == ("Turn 2 of A chatbot", "ada")
    assert [step["output"] for step in found["steps"]][1:] == ["said"]
    assert found["steps"][1]["parentId"] == found["steps"][0]["id"]
    assert len(await kept(store)) == len(shown)

    await store.copy_thread("t", "elsewhere", 2, until=["never shown"])
    assert await kept(store, "elsewhere") == []


async def test_what_the_chat_never_showed_cannot_be_copied_in_its_list(store: ThreadStore) -> None:
    with pytest.raises(NotFoundError):
        await store.copy_thread("unknown", "copy", 1, until=[])


async def test_a_message_under_the_id_of_another_conversations_changes_nothing_there(store: ThreadStore) -> None:
    theirs = message("theirs", "a")
    await store.create_step(dict(theirs))
    await store.create_step({**message("mine", "b"), "id": theirs["id"]})
    assert await kept(store, "a") == ["theirs"]


async def test_a_session_that_ends_later_does_not_share_again_what_is_no_longer_shared(store: ThreadStore) -> None:
    await store.create_step(message("hello", "a"))
    await store.share("a", shared=True)
    shared = await store.shared_thread("a")
    assert shared
    await store.share("a", shared=False)
    await store.update_thread("a", metadata={"is_shared": True, "shared_at": "now", "seen_turn": 3})
    assert await store.shared_thread("a") is None


async def test_nobody_wrote_what_there_is_not(store: ThreadStore) -> None:
    assert await store.get_thread_author("no such thread \x00") == ""
