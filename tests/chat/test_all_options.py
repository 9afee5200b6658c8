"""All options as a table of a thousand rows; what is supposed and compared as cards: kept, compared, planned with."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, expect

import tests.chat.server
from tests.chat.conftest import PHONE, OpenPage
from tests.chat.page import GOLDEN, PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer

LISTED = 1000
LONG_LISTS = f"""
import neuralnav.planning.presentation as presentation
from neuralnav.models.vocabulary import View
from neuralnav.planning.ranking import order

few = presentation.shown
presentation.shown = lambda ranked, view: (
    order(ranked, view)[:{LISTED}].tolist() if view is View.LOWEST_LATENCY else few(ranked, view)
)
from neuralnav.cli import run
run()
"""
"""The program with a planner that lists many more options in one of its views."""
ONLY_L4 = "I need a chatbot for 1000 users, low latency is critical, only L4 GPUs"
HOSTILE = "<b>big</b> *iron* :x"


@pytest.fixture(scope="module")
async def long_lists(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChatServer]:
    """A server whose plans list a thousand options, estimated by formulas."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tests.chat.server, "PROGRAM", [sys.executable, "-c", LONG_LISTS])
        server = ChatServer(tmp_path_factory.mktemp("long"), NEURALNAV_PLANNING_PATIENCE_S="0")
        await server.start()
        yield server
        assert await server.stop() == 0


def tables(chat: ChatPage) -> Locator:
    return chat.page.locator("section.nn-table-card")


def comparisons(chat: ChatPage) -> Locator:
    return chat.page.locator("section.nn-comparison")


async def opened(card: Locator) -> Locator:
    await expect(card).to_have_attribute("data-state", "open", timeout=PATIENCE_MS)
    return card


async def at_options(server: ChatServer, open_page: OpenPage, need: str, **look: object) -> ChatPage:
    chat = await (await open_page(server.url, **look)).say(need)
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    return chat


def figures(texts: list[str]) -> list[float]:
    """Durations as they are written, in ms."""
    return [float(text.split()[0]) * (1000 if text.endswith(" s") else 1) for text in texts]


async def column(table: Locator, name: str) -> list[str]:
    """What stands in a column of the rows shown."""
    headings = await table.locator("thead > tr > *").all_inner_texts()
    at = next(n for n, heading in enumerate(headings, start=1) if heading.startswith(name))
    return await table.locator(f"tbody tr > *:nth-child({at})").all_inner_texts()


async def test_a_thousand_options_are_sorted_narrowed_paged_compared_and_chosen_with_the_keyboard(
    long_lists: ChatServer, open_page: OpenPage
) -> None:
    chat = await at_options(long_lists, open_page, GOLDEN)
    table = await opened(tables(chat).first)
    await expect(table.locator("table")).to_have_count(0)
    disclosure = table.locator("button[aria-expanded]")
    await disclosure.focus()
    await chat.page.keyboard.press("Enter")
    await expect(disclosure).to_have_attribute("aria-expanded", "true")
    status = table.get_by_role("status")
    await expect(status).to_contain_text("1 to 50 of 1,0")
    await expect(table.locator("tbody tr")).to_have_count(50)
    await expect(table).to_contain_text("options that meet every target")

    await table.get_by_role("button", name="TTFT p95").focus()
    heading = table.get_by_role("columnheader", name="TTFT p95")
    for direction in ("ascending", "descending"):
        await chat.page.keyboard.press("Enter")
        await expect(heading).to_have_attribute("aria-sort", direction)
        shown = figures(await column(table, "TTFT p95"))
        assert shown == sorted(shown, reverse=direction == "descending")
    slowest = shown[0]
    await table.get_by_role("button", name="Next").click()
    await expect(status).to_contain_text("51 to 100")
    assert figures(await column(table, "TTFT p95"))[0] <= slowest

    await table.locator('[data-filter="text"]').fill("qwen h100")
    await table.locator('[data-filter="ttft_p95_ms"]').fill("100")
    await expect(status).to_contain_text("1 to")
    assert all("Qwen" in model for model in await column(table, "Model"))
    assert all("H100" in hardware for hardware in await column(table, "Hardware"))
    assert max(figures(await column(table, "TTFT p95"))) <= 100
    await table.locator('[data-filter="text"]').fill(HOSTILE)
    await expect(status).to_contain_text("None fits these filters")
    await table.locator('[data-filter="ttft_p95_ms"]').fill("soon")
    await expect(table.get_by_role("alert")).to_have_text("a number")
    await table.get_by_role("button", name="Clear filters").click()
    await expect(status).to_contain_text("1 to 50 of 1,0")
    await expect(status).not_to_contain_text("listed")

    names = []
    for row in (0, 1):
        names.append((await column(table, "Model"))[row])
        await table.get_by_role("checkbox").nth(row).press("Space")
    await table.get_by_role("button", name="Compare 2", exact=True).press("Enter")
    compared = await opened(comparisons(chat).first)
    await expect(compared.get_by_role("heading")).to_have_text("Options side by side")
    for name, shown_name in zip(names, await compared.locator("thead th").all_inner_texts(), strict=True):
        assert name.split()[-1] in shown_name
    await expect(table).to_have_attribute("data-state", "over")
    await expect(table.get_by_role("checkbox")).to_have_count(0)
    await expect(table.locator("tbody tr")).to_have_count(50)

    again = await opened(tables(chat).nth(1))
    await again.locator("button[aria-expanded]").click()
    await again.get_by_role("button", name="ITL p95").click()
    unnumbered = again.locator("tbody tr").filter(has_not=chat.page.locator(".nn-badge")).first
    identity = await unnumbered.get_attribute("data-option")
    chosen = await unnumbered.get_by_role("rowheader").inner_text()
    await unnumbered.get_by_role("button").click()
    await chat.asks_to("Approve")
    assert identity
    await expect(chat.own_words.last).to_contain_text(f"Choose {chosen.strip()}")


async def test_a_what_if_is_kept_compared_with_now_and_planned_with(
    long_lists: ChatServer, open_page: OpenPage
) -> None:
    chat = await at_options(long_lists, open_page, ONLY_L4, size=PHONE)
    await chat.say("what if we took A100s?")
    supposed = await opened(comparisons(chat).first)
    await expect(supposed.get_by_role("list", name="Supposed")).to_have_text("GPUs A100-40GB and A100-80GB")
    met = supposed.locator("tbody tr", has_text="Options that meet every target")
    await expect(met).to_contain_text("times as many")
    above = await supposed.bounding_box()
    table = await tables(chat).nth(1).bounding_box()
    assert above
    assert table
    assert above["y"] < table["y"]

    name = supposed.get_by_label("Scenario name")
    await expect(name).to_have_value("GPUs A100-40GB, A100-80GB")
    await name.fill(" ")
    await name.press("Enter")
    await expect(supposed.get_by_role("alert")).to_contain_text("1 to 60 characters")
    await name.fill(HOSTILE)
    await name.press("Enter")
    kept = await opened(comparisons(chat).nth(1))
    await expect(kept).to_contain_text(f"Kept as scenario “{HOSTILE}”")
    await expect(kept.get_by_label("Scenario name")).to_have_count(0)
    await expect(supposed).to_have_attribute("data-state", "over")
    await expect(supposed.get_by_role("button")).to_have_count(0)

    await kept.get_by_role("button", name="Compare with now").click()
    beside = await opened(comparisons(chat).nth(2))
    await expect(beside.locator("thead th")).to_have_text(["Now", HOSTILE])
    await expect(beside.locator("b")).to_have_count(0)

    await chat.page.reload()
    await opened(comparisons(chat).nth(2))
    await expect(comparisons(chat)).to_have_count(3)
    await chat.say("what if we took A100s?")
    last = await opened(comparisons(chat).nth(3))
    await last.get_by_role("button", name="Plan with this").click()
    alone = await opened(comparisons(chat).nth(4))
    await expect(alone.get_by_role("heading")).to_have_text("Scenarios")
    await expect(alone.get_by_role("checkbox", name=HOSTILE)).to_be_checked()
    await expect(chat.own_words.last).to_contain_text("Plan with GPUs A100-40GB and A100-80GB")
    await chat.asks_to("Choose 1")
    sideways = await chat.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0
