"""Who gets in: the person at this machine without a password, whoever knows it with one, no other site ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.server import ChatServer


@pytest.fixture
async def guarded_server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    server = ChatServer(tmp_path, NEURALNAV_PASSWORD="correct horse")
    await server.start()
    yield server
    await server.stop()


async def test_the_password_is_asked_for(guarded_server: ChatServer, open_page: OpenPage) -> None:
    chat = await open_page(guarded_server.url)
    page = chat.page
    for password, greeted in (("wrong", False), ("correct horse", True)):
        await page.get_by_label("User").fill("admin")
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Sign In").click()
        if greeted:
            await expect(page.locator("#starters")).to_be_visible()
        else:
            await expect(page.get_by_text("The user or the password is wrong.")).to_be_visible()
    await chat.begin()
    async with httpx.AsyncClient(base_url=guarded_server.url) as stranger:
        assert (await stranger.get(f"/project/thread/{await chat.thread()}")).status_code == 401
        assert (await stranger.post("/auth/header")).status_code == 400


async def test_other_sites_and_rebound_names_are_turned_away(server: ChatServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        assert (await client.post("/auth/header")).status_code == 200
        assert (await client.post("/auth/header", headers={"Host": "evil.example"})).status_code == 403
        assert (await client.post("/auth/header", headers={"Origin": "http://evil.example"})).status_code == 403
        handshake = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        address = "/ws/socket.io/?EIO=4&transport=websocket"
        assert (await client.get(address, headers=handshake | {"Origin": "http://evil.example"})).status_code == 403


async def test_a_conversation_opens_by_its_address_in_a_browser_that_was_never_here(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    address = f"{server.url}/thread/{await chat.thread()}"
    stranger = await open_page(address)
    await stranger.asks_to("Confirm")
    assert stranger.page.url == address


async def test_a_browser_that_keeps_no_cookies_is_not_sent_in_circles(server: ChatServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        sent = await client.get("/login", headers={"Referer": f"{server.url}/thread/some-thread"})
        assert sent.headers["location"] == "/login?to=/thread/some-thread"
        client.cookies.clear()
        assert (await client.get(sent.headers["location"])).status_code == 200
        elsewhere = await client.get("/login", params={"to": "//evil.example"})
        assert elsewhere.status_code == 200
