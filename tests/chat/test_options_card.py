"""The options' card: views as tabs, a plot to point at, one-click fixes, and a choice that stays marked."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.chat.conftest import PHONE, OpenPage
from tests.chat.page import PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer

ONLY_L4 = "I need a chatbot for 1000 users, low latency is critical, only L4 GPUs"


def card(chat: ChatPage, number: int = 0) -> Locator:
    return chat.page.locator("section.nn-options").nth(number)


async def in_state(card: Locator, state: str) -> Locator:
    await expect(card).to_have_attribute("data-state", state, timeout=PATIENCE_MS)
    return card


def tab(card: Locator, name: str) -> Locator:
    return card.get_by_role("tab", name=name)


async def order_of_cards(chat: ChatPage) -> list[str]:
    found: list[str] = await chat.page.locator(".nn-card").evaluate_all("cards => cards.map(card => card.className)")
    return found


async def test_an_option_is_found_with_the_keyboard_alone_chosen_and_stays_marked(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(server.url)).begin()
    await chat.press("Confirm")
    options = await in_state(card(chat), "open")
    await expect(options.get_by_role("tab")).to_have_count(6)
    await expect(options.locator("article")).to_have_count(4)
    best = options.locator("article").first
    await expect(best).to_contain_text("1x NVIDIA H100")
    await expect(best).to_contain_text("simulated")
    await expect(best.locator(".nn-latencies > li").first).to_contain_text("of 150 ms")
    await expect(best.locator(".nn-bar-band")).to_have_count(3)

    keyboard = chat.page.keyboard
    await tab(options, "Balanced").focus()
    for name in ("Best accuracy", "Lowest cost"):
        await keyboard.press("ArrowRight")
        await expect(tab(options, name)).to_be_focused()
        await expect(tab(options, name)).to_have_attribute("aria-selected", "true")
    cheapest = await options.locator("article").first.get_attribute("data-option")
    await options.get_by_role("button", name="Show all 10").click()
    await expect(options.locator("article")).to_have_count(10)

    await tab(options, "Lowest cost").focus()
    await keyboard.press("End")
    await expect(tab(options, "Pareto plot")).to_be_focused()
    points = options.locator("[data-point]")
    assert await points.count() > 30
    await expect(options.locator('[data-point][tabindex="0"]')).to_have_count(1)
    await options.locator('[data-point][tabindex="0"]').focus()
    await keyboard.press("Home")
    await expect(options.locator(f'[data-point="{cheapest}"]')).to_be_focused()
    for _ in range(2):
        await keyboard.press("ArrowRight")
    await expect(points.and_(chat.page.locator(":focus"))).not_to_have_attribute("aria-label", re.compile("^Option"))
    await keyboard.press("Enter")
    picked = await options.locator("article").get_attribute("data-option")
    assert picked != cheapest
    await expect(options.locator(f'[data-point="{picked}"]')).to_have_attribute("aria-pressed", "true")
    await expect(options.locator(f'[data-point="{picked}"]')).to_be_focused()
    label = await options.locator("article").get_attribute("aria-label") or ""
    await expect(options.get_by_role("status")).to_have_text(f"Selected: {label}")

    await options.get_by_role("button", name="Choose").focus()
    await keyboard.press("Enter")
    await chat.asks_to("Approve")
    await expect(chat.page.locator(".nn-files")).to_be_visible()
    order = await order_of_cards(chat)
    await expect(chat.own_words.last).to_have_text(f"Choose {label}")
    for _ in range(2):
        await in_state(options, "over")
        await expect(options.locator(".nn-chosen")).to_have_text(f"Chosen: {label}")
        await expect(options.get_by_role("button", name="Choose")).to_have_count(0)
        await tab(options, "Pareto plot").click()
        await expect(options.locator("article[data-chosen]")).to_have_attribute("data-option", picked or "")
        await chat.page.reload()
        await chat.asks_to("Approve")
        await in_state(options, "over")
    await expect(chat.page.locator(".nn-card")).to_have_count(len(order))
    assert await order_of_cards(chat) == order


async def test_what_nearly_fits_is_planned_again_with_one_click(server: ChatServer, open_page: OpenPage) -> None:
    chat = await open_page(server.url, size=PHONE, theme="dark")
    await expect(chat.page.locator("#starters button").first).to_be_enabled(timeout=PATIENCE_MS)
    await chat.say(ONLY_L4)
    await chat.press("Confirm")
    options = await in_state(card(chat), "open")
    near = options.locator(".nn-near").filter(has_text="Relax E2E to 9.4 s")
    await expect(near).to_contain_text("E2E p95 9.07 s, allowed 7 s")
    await expect(near.locator("[data-fits='missed']")).to_contain_text("missed")

    await tab(options, "Pareto plot").click()
    point = options.locator("[data-point][aria-pressed='false']")
    picked = await point.get_attribute("data-point")
    await point.click()
    await expect(options.locator("[data-point][aria-pressed='true']")).to_have_attribute("data-point", picked or "")
    await expect(options.locator("article")).to_have_attribute("data-option", picked or "")
    too_wide = await chat.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert too_wide <= 0

    await near.get_by_role("button", name="Plan again with E2E p95 9.4 s").click()
    await in_state(card(chat), "over")
    await expect(chat.own_words.last).to_have_text("Plan again with E2E p95 9.4 s")
    await expect(card(chat).get_by_role("button", name="Plan again")).to_have_count(0)
