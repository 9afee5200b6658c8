"""Who gets in: the person at this machine without a password, whoever knows it with one, no other site ever."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from tests.chat.conftest import PHONE, OpenPage
from tests.chat.page import ChatPage
from tests.chat.server import ChatServer


@pytest.fixture
async def guarded_server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    server = ChatServer(tmp_path, NEURALNAV_PASSWORD="correct horse")
    await server.start()
    yield server
    await server.stop()


async def test_the_password_is_asked_for_and_leads_to_where_one_was_going(
    guarded_server: ChatServer, open_page: OpenPage
) -> None:
    chat = await open_page(guarded_server.url)
    page = chat.page
    await sign_in(chat, "wrong")
    await expect(page.get_by_text(re.compile("user (or|and) the password"))).to_be_visible()
    await expect(page.get_by_text("credentialssignin")).to_be_hidden()
    await sign_in(chat, "correct horse")
    await chat.begin()
    async with httpx.AsyncClient(base_url=guarded_server.url) as stranger:
        assert (await stranger.get(f"/project/thread/{await chat.thread()}")).status_code == 401
        assert (await stranger.get(f"/project/share/{await chat.thread()}")).status_code == 401
        assert (await stranger.post("/auth/header")).status_code == 400

    elsewhere = await open_page(f"{guarded_server.url}/thread/{await chat.thread()}", size=PHONE)
    await sign_in(elsewhere, "correct horse")
    await elsewhere.asks_to("Confirm")
    assert await elsewhere.thread() == await chat.thread()


async def sign_in(chat: ChatPage, password: str) -> None:
    await chat.page.get_by_label("User", exact=True).fill("admin")
    await chat.page.get_by_label("Password", exact=True).fill(password)
    await chat.page.get_by_role("button", name="Sign In").click()


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


async def test_a_password_is_made_for_others_and_printed_once(tmp_path: Path) -> None:
    server = ChatServer(tmp_path, NEURALNAV_HOST="0.0.0.0")
    await server.start()
    [password] = re.findall(r"with the password (\S+)", server.log)
    async with httpx.AsyncClient(base_url=server.url) as client:
        for given, status in (("wrong", 401), (password, 200)):
            answer = await client.post("/login", data={"username": "admin", "password": given})
            assert answer.status_code == status
    await server.stop()
    await server.start()
    assert server.log.count("with the password") == 1
    await server.stop()
