"""Nothing is wider than the page. With ``NEURALNAV_PICTURES=DIR`` each stage is photographed; the README shows one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.chat.conftest import DESKTOP, PHONE, OpenPage, Theme
from tests.chat.server import ChatServer

STAGES = (
    ("specification", None, "Confirm"),
    ("chat", "Confirm", "Choose 1"),
    ("approval", "Choose 1", "Approve"),
    ("in-place", "Approve", "Download all (zip)"),
    ("status", "Status", "Status"),
)
PICTURES = os.environ.get("NEURALNAV_PICTURES")


@pytest.mark.parametrize(
    ("name", "size", "theme"),
    [("", DESKTOP, "light"), ("phone-", PHONE, "dark")],
    ids=["desktop-light", "phone-dark"],
)
async def test_the_page_never_scrolls_sideways(
    server: ChatServer, open_page: OpenPage, name: str, size: tuple[int, int], theme: Theme
) -> None:
    chat = await open_page(server.url, size=size, theme=theme)
    for stage, pressed, asked in STAGES:
        await (chat.press(pressed) if pressed else chat.begin())
        await chat.asks_to(asked)
        await expect(chat.page.locator("#stop-button")).to_have_count(0)
        too_wide = await chat.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, stage
        if PICTURES:
            await chat.page.mouse.move(size[0] / 2, 20)
            await chat.page.screenshot(path=Path(PICTURES) / f"{name}{stage}.png", animations="disabled")
