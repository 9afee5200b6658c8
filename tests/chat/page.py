"""The chat's page as a person uses it: write, press, read. Every wait is for something visible."""

from __future__ import annotations

import re
from typing import Self

from playwright.async_api import Locator, Page, expect

PATIENCE_MS = 20_000
GOLDEN = "I need a chatbot for 1000 users, low latency is critical"


class ChatPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)

    @property
    def answers(self) -> Locator:
        return self.page.locator('[data-step-type="assistant_message"]')

    @property
    def last_answer(self) -> Locator:
        return self.answers.last

    @property
    def own_words(self) -> Locator:
        return self.page.locator('[data-step-type="user_message"]')

    async def thread(self) -> str:
        """The conversation's id, once the page has its address."""
        await self.page.wait_for_url(re.compile(r"/thread/[\w-]+$"))
        return self.page.url.rpartition("/")[2]

    def button(self, label: str) -> Locator:
        return self.page.get_by_role("button", name=label, exact=True)

    async def begin(self, sentence: str = GOLDEN) -> Self:
        """Choose the starter that says ``sentence``, and wait for the specification."""
        starter = self.page.locator("#starters").get_by_role("button", name=sentence, exact=True)
        await expect(starter).to_be_enabled(timeout=PATIENCE_MS)
        await starter.click()
        await self.asks_to("Confirm")
        await self.thread()
        return self

    async def say(self, text: str) -> Self:
        composer = self.page.locator("#chat-input")
        await composer.click()
        await composer.fill(text)
        submit = self.page.locator("#chat-submit")
        await expect(submit).to_be_enabled(timeout=PATIENCE_MS)
        await submit.click()
        return self

    async def press(self, label: str) -> Self:
        await expect(self.button(label)).to_be_enabled(timeout=PATIENCE_MS)
        await self.button(label).click()
        return self

    async def asks_to(self, label: str) -> Self:
        """Wait until a button can be pressed, once and no more often."""
        await expect(self.button(label)).to_have_count(1, timeout=PATIENCE_MS)
        await expect(self.button(label)).to_be_enabled(timeout=PATIENCE_MS)
        return self

    async def shows(self, *texts: str) -> Self:
        """Wait until the last answer holds every one of ``texts``."""
        for text in texts:
            await expect(self.last_answer).to_contain_text(text, timeout=PATIENCE_MS)
        return self
