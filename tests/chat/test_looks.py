"""Nothing is wider than the page. With ``NEURALNAV_PICTURES=docs/images`` each stage is photographed for the docs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.chat.conftest import DESKTOP, PHONE, OpenPage, Theme
from tests.chat.page import PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer

STAGES = (
    ("specification", None, "Confirm"),
    ("options", "Confirm", "Choose 1"),
    ("approval", "Choose 1", "Approve"),
    ("in-place", "Approve", "Status"),
)
PICTURES = os.environ.get("NEURALNAV_PICTURES")
LATEST = """() => [...document.querySelectorAll('[data-step-type="user_message"]')].at(-1)?.scrollIntoView()"""
"""What was asked last and what it came to is at the top."""


@pytest.mark.parametrize(
    ("name", "size", "theme"),
    [("chat", DESKTOP, "light"), ("chat-phone", PHONE, "dark")],
    ids=["desktop-light", "phone-dark"],
)
async def test_the_page_never_scrolls_sideways(
    server: ChatServer, open_page: OpenPage, name: str, size: tuple[int, int], theme: Theme
) -> None:
    chat = await open_page(server.url, size=size, theme=theme)
    await expect(chat.page.locator("#starters button").first).to_be_enabled(timeout=PATIENCE_MS)
    await fits(chat, f"{name}-welcome")
    for stage, pressed, asked in STAGES:
        await (chat.press(pressed) if pressed else chat.begin())
        await chat.asks_to(asked)
        await expect(chat.page.locator("#stop-button")).to_have_count(0)
        await fits(chat, f"{name}-{stage}")
    step = chat.page.locator('[data-step-type="tool"]').filter(has_text="Capacity")
    await step.get_by_role("button").first.click()
    await expect(step.locator("code").first).to_be_visible()
    await step.scroll_into_view_if_needed()
    await fits(chat, f"{name}-steps", scroll=False)


async def fits(chat: ChatPage, picture: str, *, scroll: bool = True) -> None:
    too_wide = await chat.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert too_wide <= 0, picture
    if PICTURES:
        if scroll:
            await chat.page.evaluate(LATEST)
        await chat.page.mouse.move(640, 5)
        path = Path(PICTURES) / f"{picture}.png"
        await chat.page.screenshot(path=path, animations="disabled", caret="hide")
