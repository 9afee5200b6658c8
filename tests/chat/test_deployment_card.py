"""From the approval's card to a deployment that really runs and is looked at, tried, changed and ended on its own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Response, expect

from neuralnav.deployment.local.place import Place
from neuralnav.deployment.local.starting import end_supervisor
from tests.chat.conftest import OpenPage
from tests.chat.page import PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer

DEPLOYED_WITHIN_MS = 90_000
"""Starting and trying real requests takes seconds on an idle machine, and up to a minute of a turn on a busy one."""

HOSTILE = "<img src=x onerror=alert(1)> **no** :word"


@pytest.fixture(scope="module")
async def running_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChatServer]:
    """A server that runs what is approved on this machine; a test that deploys retires."""
    server = ChatServer(tmp_path_factory.mktemp("running"), NEURALNAV_DELIVERY="run")
    await server.start()
    yield server
    ended = await server.stop()
    left = [Place(order.parent) for order in (server.home / "local").glob("*/order.json")]
    for place in left:
        end_supervisor(place)
    assert (ended, left) == (0, [])


def approvals(chat: ChatPage) -> Locator:
    return chat.page.locator(".nn-approval")


async def opened(card: Locator, timeout_ms: float = PATIENCE_MS) -> Locator:
    await expect(card).to_have_attribute("data-state", "open", timeout=timeout_ms)
    return card


async def test_a_deployment_is_approved_looked_at_tried_changed_and_ended(
    running_server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(running_server.url)).begin()
    await chat.press("Confirm")
    await chat.press("Choose 1")
    approval = await opened(approvals(chat).last)
    await expect(approval).to_contain_text(re.compile(r"Wherethis machine.*, as neuralnav/"))
    await expect(approval.locator(".nn-effect")).to_contain_text("LocalDeployment/")
    await expect(approval).to_contain_text("Calibration")
    await expect(approval.get_by_role("button", name="Approve", exact=True)).not_to_be_focused()

    await approval.get_by_label("Reason for rejecting").fill(HOSTILE)
    await approval.get_by_label("Reason for rejecting").press("Enter")
    await chat.asks_to("Choose 1")
    await expect(chat.own_words.last).to_contain_text(f"Reject: {HOSTILE}")
    await expect(chat.page.locator("img[src='x']")).to_have_count(0)
    await expect(approval).to_have_attribute("data-state", "over")
    await expect(approval.get_by_role("button")).to_have_count(0)

    await chat.press("Choose 1")
    await (await opened(approvals(chat).last)).get_by_role("button", name="Approve", exact=True).dblclick()
    card = await opened(chat.page.locator(".nn-deployment").last, DEPLOYED_WITHIN_MS)
    await expect(chat.own_words.get_by_text("Approve", exact=True)).to_have_count(1)
    await expect(card.locator(".nn-standing")).to_have_text("1 of 1 replica ready", timeout=PATIENCE_MS)
    await expect(card.locator(".nn-endpoint code").first).to_have_text(re.compile(r"^http://127\.0\.0\.1:\d+/v1$"))

    trial = card.get_by_role("form", name="Test prompt")
    await trial.get_by_label("Test prompt").fill(HOSTILE)
    await trial.get_by_label("Test prompt").press("ControlOrMeta+Enter")
    await expect(trial.get_by_role("status")).to_contain_text(
        re.compile(r"TTFT .* ITL .* 128 tokens"), timeout=PATIENCE_MS
    )
    await expect(trial.get_by_role("log")).to_contain_text(re.compile(r"\w+ \w+ \w+"))
    ttft = card.get_by_role("img", name=re.compile(r"^TTFT p95: [\d.]+ m?s, target 150 ms"))
    await expect(ttft).to_be_visible(timeout=PATIENCE_MS)
    await expect(card.get_by_role("img", name=re.compile(r"^Throughput: [\d.]+ requests.s"))).to_be_visible()
    words = await chat.own_words.count()

    looked = await next_look(chat, card)
    assert looked.status == 200
    unsigned = "(url) => fetch(url, { credentials: 'omit' }).then((response) => response.status)"
    assert await chat.page.evaluate(unsigned, looked.url) == 401

    await card.get_by_label("Replicas wanted").fill("2")
    await card.get_by_role("button", name="Scale").click()
    change = await opened(approvals(chat).last)
    await expect(change).to_contain_text("Instead of")
    await expect(chat.own_words).to_have_count(words + 1)
    files = chat.page.locator(".nn-files").nth(await chat.page.locator(".nn-files").count() - 1)
    await expect(files.locator("ins").first).to_contain_text("+ ")
    await files.get_by_role("tab", name="README.md").click()
    await change.get_by_role("button", name="Reject").click()

    card = await opened(chat.page.locator(".nn-deployment").last)
    await expect(files).to_have_attribute("data-state", "over")
    await expect(files.get_by_role("tab", name="README.md")).to_have_attribute("aria-selected", "true")
    await card.get_by_role("button", name="Retire").click()
    end = await opened(approvals(chat).last)
    await expect(end.locator(".nn-effect")).to_contain_text("Removed")
    await end.get_by_role("button", name="Approve", exact=True).click()
    await chat.shows("is retired")
    await expect(chat.page.locator(".nn-deployment[data-state='open']")).to_have_count(0)


async def next_look(chat: ChatPage, card: Locator) -> Response:
    """What the server answers when the card asks it next how the deployment is."""
    await card.scroll_into_view_if_needed()
    async with chat.page.expect_response(re.compile(r"/api/v1/deployments/.*/live$"), timeout=PATIENCE_MS) as looked:
        pass
    return await looked.value
