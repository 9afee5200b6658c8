"""Whatever is written is text: shown as it is, answered in words, and never able to break the page."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.server import ChatServer

HOSTILE = (
    "A chatbot for 30 people <script>document.title='taken'</script> <img src=x onerror=\"document.title='taken'\"> "
    "**bold** [link](http://evil.example) ![picture](http://evil.example/x.png) :word `code` $x$ {{7*7}} \\u0000"
)


async def test_markup_and_scripts_are_shown_as_text(server: ChatServer, open_page: OpenPage) -> None:
    chat = await open_page(server.url)
    await chat.say(HOSTILE)
    await chat.asks_to("Confirm")
    for _ in range(2):
        await expect(chat.own_words.first).to_have_text(HOSTILE)
        await expect(chat.page.locator("img[src*='evil'], a[href*='evil'], img[src='x']")).to_have_count(0)
        await expect(chat.page).to_have_title("NeuralNav")
        await chat.page.reload()
        await chat.asks_to("Confirm")


@pytest.mark.parametrize("said", ["\u200b", "\x07\x00"])
async def test_a_message_without_words_is_answered(server: ChatServer, open_page: OpenPage, said: str) -> None:
    chat = await (await open_page(server.url)).begin()
    await chat.say(said)
    await chat.shows("I see no words in that")
    await chat.asks_to("Confirm")


async def test_a_text_of_100_kb_is_refused_with_the_limit_and_nothing_is_lost(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    await chat.say("deploy :x **all** " * 6000)
    await chat.shows("108,000 characters", "at most 20,000")
    await chat.page.reload()
    await chat.asks_to("Confirm")
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")


async def test_control_characters_and_other_languages_are_answered(server: ChatServer, open_page: OpenPage) -> None:
    chat = await open_page(server.url)
    await chat.say("Ich brauche einen Chatbot \x00\x07\x1b[31m 你好 👩‍🔬 \u202e")
    await expect(chat.last_answer).to_have_text(re.compile(r"\w+"))
    await expect(chat.page.locator("#chat-input")).to_be_editable()
