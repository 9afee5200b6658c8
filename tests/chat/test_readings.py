"""What a reply may have meant is offered as buttons; what a language model says is shown as it comes, and once."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.server import ChatServer
from tests.doubles.ollama import Mood, OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers

FIRST, SECOND = "Option 1 meets every target.", "It needs a single GPU and nothing else at all."


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
    assert all("2" in label for label in labels)

    await chat.press(labels[0])
    await expect(chat.own_words.last).to_have_text(labels[0])
    await expect(offered).to_have_count(0)
    await chat.asks_to("Cancel")


async def test_an_explanation_is_shown_as_it_comes_and_replaced_by_the_whole_answer(
    tmp_path: Path, open_page: OpenPage
) -> None:
    answers = ScriptedAnswers(explanations={"why these?": f"{FIRST} {SECOND}"})
    with OllamaDouble(answers, mood=Mood.STALLING) as ollama:
        llm = {"NEURALNAV_LLM": "ollama:test", "NEURALNAV_OLLAMA_URL": ollama.url, "NEURALNAV_LLM_TIMEOUT_S": "2"}
        server = ChatServer(tmp_path, **llm)
        await server.start()
        chat = await (await open_page(server.url)).begin()
        await chat.press("Confirm")
        await chat.asks_to("Choose 1")
        await chat.say("why these?")
        await expect(chat.last_answer).to_have_text(re.compile(f"^{re.escape(FIRST)}"))
        await chat.asks_to("Choose 1")
        told = chat.answers.filter(has_text=FIRST)
        await expect(told).to_have_count(1)
        await expect(told).to_contain_text("Scores out of 100")
        await server.stop()
