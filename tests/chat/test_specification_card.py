"""The specification's card: every value with where it comes from, changed in its place, for as long as it is asked."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.chat.conftest import OpenPage
from tests.chat.page import PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer

HOSTILE = "<img src=x onerror=alert(1)> **bold** :word `code`"


def cards(chat: ChatPage) -> Locator:
    return chat.page.locator("form.nn-specification")


def field(card: Locator, path: str) -> Locator:
    return card.locator(f'[data-path="{path}"]')


async def opened(card: Locator) -> Locator:
    await expect(card).to_have_attribute("data-state", "open", timeout=PATIENCE_MS)
    return card


async def test_values_are_changed_in_their_places_with_the_keyboard(server: ChatServer, open_page: OpenPage) -> None:
    chat = await (await open_page(server.url)).begin()
    first = await opened(cards(chat).first)
    await expect(field(first, "ttft_p95_ms")).to_have_value("150")
    await expect(first.get_by_text("“1000 users”")).to_be_visible()
    await expect(first.get_by_text("assumed").first).to_be_visible()

    formula = first.get_by_role("button", name="Formula of Average")
    await expect(first.get_by_role("tooltip").first).to_be_hidden()
    await formula.focus()
    await expect(first.get_by_role("tooltip").first).to_contain_text("1,000")

    await field(first, "user_count").focus()
    await chat.page.keyboard.press("ControlOrMeta+a")
    await chat.page.keyboard.type("2,000")
    await field(first, "weights.price").focus()
    await chat.page.keyboard.press("ArrowRight")
    await expect(first.get_by_role("status")).to_have_text("2 not applied yet")
    await field(first, "user_count").press("Enter")

    second = await opened(cards(chat).nth(1))
    await expect(first).to_have_attribute("data-state", "over")
    await expect(field(first, "user_count")).to_have_value("1000")
    await expect(field(first, "user_count")).not_to_be_editable()
    await expect(first.get_by_role("button", name="Apply changes")).to_have_count(0)
    await expect(field(second, "user_count")).to_have_value("2000")
    await expect(field(second, "expected_qps")).to_have_value("18")
    await expect(field(second, "weights.price")).to_have_value("26")
    await expect(chat.own_words.last).to_contain_text("Users 2,000 people, weights Accuracy 25 %, Cost 26 %")

    await chat.page.reload()
    await opened(second)
    await expect(cards(chat)).to_have_count(2)
    await expect(first).to_have_attribute("data-state", "over")
    await field(second, "user_count").fill("1500")
    await second.get_by_role("button", name="Apply changes").click()
    await expect(field(await opened(cards(chat).nth(2)), "user_count")).to_have_value("1500")


async def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_changed(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    card = await opened(cards(chat))
    for path, wrong in (("user_count", "-5"), ("preferred_models", HOSTILE), ("ttft_p95_ms", "0")):
        await field(card, path).fill(wrong)
    await field(card, "ttft_p95_ms").press("Enter")
    await expect(card.get_by_role("alert").filter(has_text="at least 1")).to_be_visible()
    await expect(card.get_by_role("alert").filter(has_text="more than 0")).to_be_visible()
    await expect(field(card, "user_count")).to_be_focused()
    await expect(field(card, "user_count")).to_have_value("-5")

    await field(card, "user_count").fill("many")
    await field(card, "user_count").press("Enter")
    await expect(card.get_by_role("alert")).to_have_text("Allowed: a number")
    await expect(chat.own_words).to_have_count(1)

    await field(card, "user_count").press("Escape")
    await expect(field(card, "user_count")).to_have_value("1000")
    await field(card, "ttft_p95_ms").press("Escape")
    await field(card, "preferred_models").press("Enter")
    changed = await opened(cards(chat).nth(1))
    await expect(field(changed, "preferred_models")).to_have_value(HOSTILE.lower())
    await expect(chat.page.locator("img[src='x']")).to_have_count(0)


async def test_it_stays_open_while_questions_are_answered_and_only_shows_once_it_is_confirmed(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    card = await opened(cards(chat))
    await field(card, "ttft_p95_ms").fill("222")
    await chat.press("Why these figures?")
    await expect(chat.own_words).to_have_count(2)
    await chat.asks_to("Confirm")
    await opened(card)
    await expect(field(card, "ttft_p95_ms")).to_have_value("222")
    await chat.page.reload()
    await chat.asks_to("Confirm")
    await opened(card)
    await expect(cards(chat)).to_have_count(1)

    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    for _ in range(2):
        await expect(card).to_have_attribute("data-state", "over")
        await expect(field(card, "ttft_p95_ms")).to_have_value("150")
        await expect(field(card, "ttft_p95_ms")).not_to_be_editable()
        await expect(field(card, "use_case")).to_be_disabled()
        await chat.page.reload()
        await chat.asks_to("Choose 1")
