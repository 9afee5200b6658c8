"""A question is answered once, however often and wherever its buttons are pressed."""

from __future__ import annotations

from playwright.async_api import expect

from graph.conversation import MOVED_ON
from neuralnav.chat.plain import ALREADY_ANSWERED
from tests.chat.conftest import OpenPage
from tests.chat.server import ChatServer


async def test_a_button_in_a_second_window_says_that_it_was_answered(server: ChatServer, open_page: OpenPage) -> None:
    first = await (await open_page(server.url)).begin()
    second = await open_page(f"{server.url}/thread/{await first.thread()}", beside=first)
    await second.asks_to("Confirm")
    await first.press("Confirm")
    await first.asks_to("Choose 1")

    await second.press("Start over")
    await expect(second.page.get_by_text(ALREADY_ANSWERED)).to_be_visible()
    await second.asks_to("Choose 1")
    await first.press("Choose 1")
    await first.asks_to("Approve")
    await expect(first.own_words).to_have_count(3)


async def test_two_clicks_count_once(server: ChatServer, open_page: OpenPage) -> None:
    chat = await (await open_page(server.url)).begin()
    await chat.button("Confirm").dblclick()
    await chat.asks_to("Choose 1")
    await expect(chat.own_words).to_have_count(2)


async def test_a_forged_button_changes_nothing(server: ChatServer, open_page: OpenPage) -> None:
    chat = await (await open_page(server.url)).begin()
    async with chat.page.expect_request("**/project/action") as pressed:
        await chat.press("Edit")
    sent = (await pressed.value).post_data_json
    await chat.shows("Say what to change")
    for payload in ({}, {"turn": 1, "label": "x", "reply": {"action": "rm -rf"}}, {"turn": -1, "reply": None}):
        forged = {**sent, "action": {**sent["action"], "payload": payload}}
        answer = await chat.page.request.post(f"{server.url}/project/action", data=forged)
        assert answer.ok
        await expect(chat.page.get_by_text("does not belong to this conversation").first).to_be_visible()
    await chat.asks_to("Confirm")


async def test_words_in_a_second_window_are_not_taken_for_a_question_that_it_never_showed(
    server: ChatServer, open_page: OpenPage
) -> None:
    first = await (await open_page(server.url)).begin()
    second = await open_page(f"{server.url}/thread/{await first.thread()}", beside=first)
    await second.asks_to("Confirm")
    await first.press("Confirm")
    await first.press("Choose 1")
    await first.asks_to("Approve")

    await second.say("yes")
    await second.asks_to("Approve")
    await expect(second.answers.filter(has_text=MOVED_ON)).to_have_count(1)
    await second.say("approve")
    await second.asks_to("Status")
