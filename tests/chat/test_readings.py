"""What a reply may have meant is offered as buttons."""

from __future__ import annotations

from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.server import ChatServer


async def test_a_reply_that_is_not_clear_is_answered_by_pressing_what_was_meant(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    await chat.say("2 maybe")
    offered = chat.page.locator("button:has(svg[class*=lucide-message-circle-question])")
    await expect(offered.first).to_be_enabled()
    labels = await offered.all_inner_texts()
    assert labels
    assert all("2" in label for label in labels)

    await chat.press(labels[0])
    await expect(chat.own_words.last).to_have_text(labels[0])
    await expect(offered).to_have_count(0)
    await chat.asks_to("Cancel")
