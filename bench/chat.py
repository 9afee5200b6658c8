"""How soon the chat's page can be used, how soon something answers in it, and the memory of many open conversations."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import socketio
from playwright.async_api import Browser, async_playwright

from bench.chat_server import ChatProcess, running_chat
from bench.figures import Figure, Measured, Size

ECHO_BOUND_MS, READY_BOUND_MS, MEMORY_BOUND_MIB = 400.0, 3000.0, 350.0
PAGES, ECHOES, CONVERSATIONS, AT_ONCE = 10, 5, 50, 5
"""Echoes are of one page; there are as many pages for them."""
PATIENCE_MS = 30_000
SAID = ("I need a chatbot for 1000 users, low latency is critical", "yes")
"""What every open conversation said: a need, and that it was understood."""

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")

ECHO = """async () => {
    const shown = '[data-step-type="tool"], [data-step-type="assistant_message"]';
    const before = document.querySelectorAll(shown).length;
    const begun = performance.now();
    document.querySelector('#chat-submit').click();
    while (document.querySelectorAll(shown).length === before) await new Promise(requestAnimationFrame);
    return performance.now() - begun;
}"""
"""Milliseconds from sending what was typed until the first text of an answer, a step or a message, is on the page."""


def measure_chat() -> Iterator[Measured]:
    """Each in a new chat without a language model; pages need Chromium.

    Raises:
        RuntimeError: there is no Chromium, or the chat does not get ready.
    """
    with running_chat() as chat:
        ready, echoes = asyncio.run(_pages(chat))
    yield Figure("chat page ready", ready, READY_BOUND_MS)
    yield Figure("chat echo to first visible text", echoes, ECHO_BOUND_MS)
    with running_chat() as chat:
        mib = asyncio.run(_with_conversations(chat))
    yield Size(f"chat server with {CONVERSATIONS} open conversations", mib, MEMORY_BOUND_MIB)


async def _pages(chat: ChatProcess) -> tuple[tuple[float, ...], tuple[float, ...]]:
    async with _browser() as browser:
        ready = [await _ready(browser, chat.url) for _ in range(PAGES)]
        echoes = [echo for _ in range(PAGES) for echo in await _echoes(browser, chat.url)]
        return tuple(ready), tuple(echoes)


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise RuntimeError(
            "The chat is measured in Chromium, and none is installed. On Debian: apt-get install chromium."
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        await browser.close()


async def _ready(browser: Browser, url: str) -> float:
    """From an empty profile until a conversation can be begun."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = await context.new_page()
    begun = time.perf_counter()
    await page.goto(url)
    await page.wait_for_selector("#starters button:enabled", timeout=PATIENCE_MS)
    taken_ms = (time.perf_counter() - begun) * 1000
    await context.close()
    return taken_ms


async def _echoes(browser: Browser, url: str) -> list[float]:
    page = await browser.new_page(locale="en-US")
    await page.goto(url)
    await page.wait_for_selector("#starters button:enabled", timeout=PATIENCE_MS)
    taken = []
    for number in range(ECHOES):
        await page.fill("#chat-input", SAID[0] if number == 0 else f"TTFT {150 + number} ms")
        await page.wait_for_selector("#chat-submit:enabled", timeout=PATIENCE_MS)
        taken.append(float(await page.evaluate(ECHO)))
        await page.wait_for_selector("#stop-button", state="detached", timeout=PATIENCE_MS)
    await page.close()
    return taken


async def _with_conversations(chat: ChatProcess) -> float:
    """The server's memory (MiB) while many conversations are open, each with options on its page."""
    async with httpx.AsyncClient(base_url=chat.url) as client:
        (await client.post("/auth/header")).raise_for_status()
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
    turn = asyncio.Semaphore(AT_ONCE)
    lines = await asyncio.gather(*(_conversation(chat.url, cookies, turn) for _ in range(CONVERSATIONS)))
    mib = chat.mib
    await asyncio.gather(*(line.disconnect() for line in lines))
    return mib


async def _conversation(url: str, cookies: str, turn: asyncio.Semaphore) -> socketio.AsyncClient:
    line, ended = socketio.AsyncClient(), asyncio.Event()
    line.on("task_end", lambda *_: ended.set())
    opened = {"sessionId": str(uuid4()), "clientType": "webapp", "threadId": ""}
    async with turn:
        await line.connect(
            url, headers={"Cookie": cookies}, auth=opened, socketio_path="/ws/socket.io", transports=["websocket"]
        )
        await line.emit("connection_successful")
        for text in SAID:
            await asyncio.wait_for(ended.wait(), PATIENCE_MS / 1000)
            ended.clear()
            await line.emit("client_message", {"message": _message(text)})
        await asyncio.wait_for(ended.wait(), PATIENCE_MS / 1000)
    return line


def _message(text: str) -> dict[str, Any]:
    return {"id": str(uuid4()), "name": "user", "type": "user_message", "output": text, "createdAt": None}
