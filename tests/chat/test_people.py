"""Several people at two servers over one database: each sees their own conversations, wherever they open them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
import socketio
from playwright.async_api import expect

from neuralnav.knowledge.database import Database
from tests.chat.conftest import USER_HEADER, OpenPage
from tests.chat.page import GOLDEN, PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer

ADA = "ada.lovelace"
Replicas = tuple[ChatServer, ChatServer]


@pytest.fixture(scope="module")
async def replicas(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> AsyncIterator[Replicas]:
    shared = {
        "DATABASE_URL": module_database_url,
        "NEURALNAV_AUTH_SECRET": "s" * 40,
        "NEURALNAV_USER_HEADER": USER_HEADER,
    }
    first, second = (ChatServer(tmp_path_factory.mktemp("replica"), **shared) for _ in range(2))
    await asyncio.gather(first.start(), second.start())
    yield first, second
    await asyncio.gather(first.stop(), second.stop())


@asynccontextmanager
async def signed_in(server: ChatServer, name: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, headers={USER_HEADER: name}) as client:
        assert (await client.post("/auth/header")).status_code == 200
        yield client


async def test_a_conversation_goes_on_at_another_replica_with_its_cards(
    replicas: Replicas, open_page: OpenPage
) -> None:
    here = await (await open_page(replicas[0].url, person=ADA)).begin()
    await here.press("Confirm")
    await here.asks_to("Choose 1")
    cards = await here.page.locator(".nn-card").count()
    there = await open_page(f"{replicas[1].url}/thread/{await here.thread()}", beside=here)
    await there.asks_to("Choose 1")
    await expect(there.page.locator(".nn-card")).to_have_count(cards, timeout=PATIENCE_MS)
    await expect(there.page.locator(".nn-specification")).to_have_attribute("data-state", "over")
    await there.press("Back")
    await there.asks_to("Confirm")


async def test_nobody_gets_at_somebody_elses_conversation(replicas: Replicas, open_page: OpenPage) -> None:
    chat = await (await open_page(replicas[0].url, person=ADA)).begin()
    thread = await chat.thread()
    step = await chat.own_words.first.locator("[id^=step-]").get_attribute("id")
    assert step

    other = await open_page(f"{replicas[0].url}/thread/{thread}", person="eve")
    await expect(other.page.get_by_text("or it is somebody else’s")).to_be_visible(timeout=PATIENCE_MS)
    await expect(other.page.locator("#starters button").first).to_be_enabled(timeout=PATIENCE_MS)
    await expect(other.page.get_by_text("1000 users, low latency", exact=False)).to_have_count(1)

    async with signed_in(replicas[0], "eve") as eve:
        listed = await eve.post("/project/threads", json={"pagination": {"first": 50}, "filter": {"userId": "x"}})
        assert listed.json()["data"] == []
        about = {"threadId": thread}
        refused = (
            await eve.get(f"/project/thread/{thread}"),
            await eve.get(f"/project/thread/{thread}/element/{uuid4()}"),
            await eve.get(f"/project/share/{thread}"),
            await eve.put("/project/thread", json={**about, "name": "mine"}),
            await eve.put("/project/thread/share", json={**about, "isShared": True}),
            await eve.request("DELETE", "/project/thread", json=about),
            await eve.put("/project/element", json={"sessionId": "x", "element": {"type": "custom"}}),
            await eve.request("DELETE", "/project/element", json={"sessionId": "x", "element": {"type": "custom"}}),
            await eve.put("/feedback", json={"sessionId": "x", "feedback": {"forId": step[5:], "value": 1}}),
            await eve.post("/mcp", json={"sessionId": "x"}),
        )
        assert {answer.status_code for answer in refused} <= {401, 404}
        assert all(GOLDEN not in answer.text for answer in refused)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in eve.cookies.jar)

    opened = {"sessionId": str(uuid4()), "clientType": "webapp", "threadId": thread}
    async with socketio.AsyncSimpleClient() as line:
        with pytest.raises(socketio.exceptions.ConnectionError):
            await line.connect(
                replicas[0].url,
                headers={"Cookie": cookies, USER_HEADER: "eve"},
                auth=opened,
                socketio_path="/ws/socket.io",
                transports=["websocket"],
            )
    await chat.page.reload()
    await chat.asks_to("Confirm")
    await expect(chat.own_words.first).to_have_text(GOLDEN)


async def test_a_name_that_no_trusted_proxy_wrote_and_a_session_left_behind_are_not_believed(
    replicas: Replicas,
) -> None:
    async with signed_in(replicas[0], ADA) as client:
        assert (await client.get("/user")).json()["identifier"] == ADA
        assert (await client.get("/user", headers={USER_HEADER: "eve"})).status_code == 401
        assert (await client.get("/user", headers={USER_HEADER: ""})).status_code == 401


async def test_a_shared_conversation_is_read_and_not_answered_until_it_is_shared_no_more(
    replicas: Replicas, open_page: OpenPage
) -> None:
    chat = await (await open_page(replicas[0].url, person=ADA)).begin()
    thread = await chat.thread()
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.press("Share")
    dialog = chat.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Share", exact=True).click()
    await expect(chat.page.get_by_text("Share link created!")).to_be_visible(timeout=PATIENCE_MS)

    link = f"{replicas[1].url}/share/{thread}"
    reader = await open_page(link, person="eve")
    await expect(reader.own_words).to_have_text([GOLDEN], timeout=PATIENCE_MS)
    card = reader.page.locator(".nn-specification")
    await expect(card).to_have_attribute("data-state", "over", timeout=PATIENCE_MS)
    await expect(card.get_by_role("button", name="Apply changes")).to_have_count(0)
    for absent in (reader.button("Confirm"), reader.page.locator("#chat-input")):
        await expect(absent).to_have_count(0)
    async with signed_in(replicas[0], "eve") as eve:
        shared = (await eve.get(f"/project/share/{thread}")).text
        assert ADA not in shared

    await chat.page.keyboard.press("Escape")
    await chat.page.reload()
    await chat.asks_to("Confirm")
    await chat.press("Share")
    async with chat.page.expect_response("**/project/thread/share"):
        await dialog.get_by_role("button").filter(has_text="nshare").click()
    async with signed_in(replicas[0], "eve") as eve:
        assert (await eve.get(f"/project/share/{thread}")).status_code == 404


async def test_deleting_a_conversation_forgets_it_everywhere(
    replicas: Replicas, open_page: OpenPage, shared_database: Database
) -> None:
    chat: ChatPage = await (await open_page(replicas[0].url, person="bob")).begin()
    thread = await chat.thread()
    await chat.page.locator(f'#thread-history li:has(a[href$="{thread}"])').hover()
    await chat.page.locator("#thread-options").first.click()
    await chat.page.locator("#delete-thread").click()
    await chat.page.get_by_role("button", name="Confirm", exact=True).last.click()
    await expect(chat.page.get_by_text("Chat deleted")).to_be_visible(timeout=PATIENCE_MS)
    for table, column in (
        ("checkpoints", "thread_id"),
        ("checkpoint_blobs", "thread_id"),
        ("checkpoint_writes", "thread_id"),
        ('"Thread"', "id"),
        ('"Step"', '"threadId"'),
        ('"Element"', '"threadId"'),
    ):
        rows = await shared_database.pool.fetch(f"SELECT 1 FROM {table} WHERE {column} = $1", thread)
        assert rows == [], table
