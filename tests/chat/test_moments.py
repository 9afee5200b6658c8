"""Going back in a conversation, and beginning a copy of it."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.page import GOLDEN, ChatPage
from tests.chat.server import ChatServer


async def test_an_earlier_question_is_gone_back_to_and_answered_anew(server: ChatServer, open_page: OpenPage) -> None:
    chat = await at_the_approval(server, open_page)
    await chat.say("/history")
    await chat.shows("Specification", "Options", "Approval", "now")
    await expect(chat.button("Back to turn 3")).to_have_count(0)

    await chat.press("Back to turn 1")
    await chat.asks_to("Confirm")
    await expect(chat.own_words.last).to_have_text("Back to turn 1")
    await expect(chat.button("Back to turn 2")).to_have_count(0)
    shown = await chat.answers.all_inner_texts()
    await chat.page.reload()
    await chat.asks_to("Confirm")
    assert await chat.answers.all_inner_texts() == shown

    await chat.say("/back 2")
    await chat.asks_to("Choose 1")
    await chat.press("Choose 1")
    await chat.asks_to("Approve")


async def test_a_moment_that_there_is_not_is_answered_with_those_that_there_are(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    for said, answered in (("/back 77", "it has: 1, 2"), ("/fork 77", "it has: 1, 2"), ("/back there", "of a turn")):
        await chat.say(said)
        await chat.shows(answered)
        await chat.asks_to("Choose 1")


async def test_a_copy_has_an_address_a_place_in_the_list_and_a_life_of_its_own(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await at_the_approval(server, open_page)
    original = await chat.thread()
    await chat.say("/fork 2")
    link = chat.last_answer.get_by_role("link", name="open it")
    address = await link.get_attribute("href")
    assert address
    copy = await open_page(server.url + address, beside=chat)
    await copy.asks_to("Choose 1")
    assert await copy.thread() != original
    await expect(copy.own_words).to_have_text([GOLDEN, "Confirm"])
    await expect(copy.page.locator(f'#thread-history a[href$="{await copy.thread()}"]')).to_have_text(
        re.compile("^Turn 2 of I need a chatbot")
    )
    shown = await copy.answers.all_inner_texts()
    await copy.page.reload()
    await copy.asks_to("Choose 1")
    assert await copy.answers.all_inner_texts() == shown

    await copy.press("Choose 1")
    await copy.asks_to("Approve")
    await copy.press("Approve")
    await copy.asks_to("Status")
    await chat.asks_to("Approve")
    await chat.page.reload()
    await chat.asks_to("Approve")


async def at_the_approval(server: ChatServer, open_page: OpenPage) -> ChatPage:
    chat = await (await open_page(server.url)).begin()
    await chat.press("Confirm")
    await chat.press("Choose 1")
    return await chat.asks_to("Approve")
