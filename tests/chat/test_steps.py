"""What happens meanwhile: steps that can be looked into, a bar for what takes long, stopping, a slow line."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.page import GOLDEN, PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer
from tests.doubles.ollama import Mood, OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers

FIRST, SECOND = "Option 1 meets every target.", "It needs a single GPU and nothing else at all."
GIVES_UP_AFTER_S = 6
"""How long the language model is waited for that begins an answer and never ends it."""


@pytest.fixture(scope="module")
async def slow_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChatServer]:
    answers = ScriptedAnswers(explanations={"why these?": f"{FIRST} {SECOND}"})
    with OllamaDouble(answers, mood=Mood.STALLING) as ollama:
        server = ChatServer(
            tmp_path_factory.mktemp("slow"),
            NEURALNAV_LLM="ollama:test",
            NEURALNAV_OLLAMA_URL=ollama.url,
            NEURALNAV_LLM_TIMEOUT_S=str(GIVES_UP_AFTER_S),
        )
        await server.start()
        yield server
        await server.stop()


async def explaining(server: ChatServer, open_page: OpenPage) -> ChatPage:
    """A page whose turn has begun and will take a while."""
    chat = await (await open_page(server.url)).begin()
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    await chat.say("why these?")
    await expect(chat.last_answer).to_contain_text(FIRST, timeout=PATIENCE_MS)
    return chat


async def test_stopping_ends_the_turn_and_the_conversation_goes_on_where_it_was(
    slow_server: ChatServer, open_page: OpenPage
) -> None:
    chat = await explaining(slow_server, open_page)
    bar = chat.page.get_by_role("progressbar")
    await expect(bar).to_be_visible()
    await chat.press("Stop")
    await chat.shows("Choose")
    await chat.asks_to("Choose 1")
    await expect(bar).to_be_hidden()
    await expect(chat.answers.filter(has_text="Back to where we were")).to_have_count(1)
    await expect(chat.answers.filter(has_text=SECOND)).to_have_count(0)
    await chat.press("Choose 1")
    await chat.asks_to("Approve")
    await expect(chat.answers.filter(has_text="I was interrupted")).to_have_count(0)


async def test_reloading_in_the_middle_of_a_step_loses_nothing_and_says_nothing_twice(
    slow_server: ChatServer, open_page: OpenPage
) -> None:
    chat = await explaining(slow_server, open_page)
    await chat.page.reload()
    await chat.asks_to("Choose 1")
    await expect(chat.own_words).to_have_text([GOLDEN, "Confirm", "why these?"])
    await expect(chat.answers.filter(has_text="Scores out of 100")).to_have_count(1)


async def test_a_step_shows_what_its_tools_were_asked_and_found_as_text(
    server: ChatServer, open_page: OpenPage
) -> None:
    chat = await open_page(server.url)
    await chat.say("A chatbot for 1000 users <script>document.title='taken'</script> ```")
    await chat.asks_to("Confirm")
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    for _ in range(2):
        step = chat.page.locator('[data-step-type="tool"]').filter(has_text="Capacity")
        await step.get_by_role("button").first.click()
        await expect(step.get_by_text("user_count: 1000").first).to_be_visible()
        await expect(step.get_by_text("<script>").first).to_be_visible()
        await expect(step.locator("code").last).to_contain_text("plan_capacity")
        await expect(chat.page).to_have_title("NeuralNav")
        await chat.page.reload()
        await chat.asks_to("Choose 1")


async def test_it_works_with_the_keyboard_alone_over_a_slow_line(server: ChatServer, open_page: OpenPage) -> None:
    chat = await open_page(server.url)
    composer = chat.page.get_by_role("textbox", name="Message")
    await expect(composer).to_be_focused(timeout=PATIENCE_MS)
    await expect(chat.page.locator("#starters button").first).to_be_enabled(timeout=PATIENCE_MS)
    line = await chat.page.context.new_cdp_session(chat.page)
    slow = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
    await line.send("Network.emulateNetworkConditions", slow)
    await chat.page.keyboard.type(GOLDEN)
    await expect(chat.button("Send")).to_be_enabled(timeout=PATIENCE_MS)
    await chat.page.keyboard.press("Enter")
    await chat.asks_to("Confirm")
    await press_by_keyboard(chat, "Confirm")
    await chat.asks_to("Choose 1")
    await press_by_keyboard(chat, "Choose 1")
    await chat.asks_to("Approve")
    assert await chat.page.evaluate(UNNAMED) == []


UNNAMED = """() => [...document.querySelectorAll('button, a, input, select, textarea, [role=button]')]
    .filter((control) => control.offsetParent && !control.innerText.trim() && !control.getAttribute('aria-label')
        && !control.getAttribute('aria-labelledby') && !control.title && !control.labels?.length)
    .map((control) => control.outerHTML.slice(0, 300))"""
"""The controls that a screen reader has no name for."""


async def press_by_keyboard(chat: ChatPage, label: str) -> None:
    """Go back from the composer, control by control, until the button has the focus, and press it."""
    await chat.page.locator("#chat-input").focus()
    for _ in range(60):
        await chat.page.keyboard.press("Shift+Tab")
        if await chat.button(label).evaluate("(button) => button === document.activeElement"):
            await chat.page.keyboard.press("Enter")
            return
    raise AssertionError(f"Shift+Tab never comes to {label}")
