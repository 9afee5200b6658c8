"""Conversations are kept, named by what they are about, and go on where they stood."""

from __future__ import annotations

from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.page import ChatPage
from tests.chat.server import ChatServer

OTHER = "Code completion for 200 developers on H100, at most $8,000 a month"


def entry(chat: ChatPage, text: str) -> object:
    return chat.page.locator("#thread-history").get_by_role("link").filter(has_text=text)


async def test_an_older_conversation_is_opened_from_the_list_and_continued(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    first = await chat.thread()
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    chat = await (await open_page(server.url, beside=chat)).begin(OTHER)
    assert await chat.thread() != first

    await chat.page.reload()
    await chat.asks_to("Confirm")
    await chat.page.locator(f'#thread-history a[href$="{first}"]').click()
    await chat.asks_to("Choose 1")
    assert await chat.thread() == first
    await expect(chat.own_words).to_have_text(["I need a chatbot for 1000 users, low latency is critical", "Confirm"])
    await chat.press("Back")
    await chat.asks_to("Confirm")


async def test_reloading_shows_everything_once(server: ChatServer, open_page: OpenPage) -> None:
    chat = await (await open_page(server.url)).begin()
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    shown = await chat.answers.all_inner_texts()
    for _ in range(2):
        await chat.page.reload()
        await chat.asks_to("Choose 1")
        assert await chat.answers.all_inner_texts() == shown


async def test_a_conversation_is_named_by_its_first_words(server: ChatServer, open_page: OpenPage) -> None:
    chat = await open_page(server.url)
    sentence = "  Translation for 40 people,\n quick answers " + "please " * 60
    await chat.say(sentence)
    await chat.asks_to("Confirm")
    name = chat.page.locator(f'#thread-history a[href$="{await chat.thread()}"]')
    await expect(name).to_contain_text("Translation for 40 people, quick answers please")
    await chat.page.reload()
    await chat.asks_to("Confirm")
    text = await name.inner_text()
    assert len(text.strip()) <= 80
