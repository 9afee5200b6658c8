"""A real server and a real browser; every page is watched for requests that leave this machine."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from tests.chat.page import ChatPage
from tests.chat.server import ChatServer

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = (1280, 900)
PHONE = (390, 844)
USER_HEADER = "X-Forwarded-User"
"""Where the tests' servers for several people read who asks."""
Theme = Literal["light", "dark"]
OpenPage = Callable[..., Awaitable[ChatPage]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail(
            "These tests drive Chromium, and none is installed. On Debian: apt-get install chromium. "
            "Without it, run the others: pytest -m 'not browser'.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChatServer]:
    server = ChatServer(tmp_path_factory.mktemp("chat"))
    await server.start()
    yield server
    assert await server.stop() == 0


@pytest.fixture
async def mortal_server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    """A server that a test may kill."""
    server = ChatServer(tmp_path)
    await server.start()
    yield server
    await server.stop()


class _Profiles:
    """Browser profiles by their look: one a look is kept, so that the page's scripts are loaded and compiled once."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kept: dict[tuple[object, ...], BrowserContext] = {}
        self._taken: set[BrowserContext] = set()

    async def take(self, size: tuple[int, int], theme: Theme, person: str | None) -> BrowserContext:
        """A profile that nobody has used since it was emptied."""
        look = (size, theme, person)
        kept = self._kept.get(look)
        if kept is not None and kept not in self._taken:
            self._taken.add(kept)
            return kept
        made = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="en-US",
            color_scheme=theme,
            accept_downloads=True,
            extra_http_headers={USER_HEADER: person} if person else None,
        )
        if kept is None:
            self._kept[look] = made
        self._taken.add(made)
        return made

    async def give_back(self, context: BrowserContext) -> None:
        """Close its pages and forget its cookies, and what its pages stored."""
        self._taken.discard(context)
        if context not in self._kept.values():
            await context.close()
            return
        await context.clear_cookies()
        for page in context.pages:
            await page.evaluate("localStorage.clear()")
            await page.close()


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> _Profiles:
    return _Profiles(browser)


@pytest.fixture
async def open_page(profiles: _Profiles) -> AsyncIterator[OpenPage]:
    """Opens pages, each in an empty browser profile unless it is to be beside another one."""
    outside: list[str] = []
    opened: list[Page] = []

    def watch(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
            outside.append(request.url)

    async def open_page(
        url: str,
        *,
        beside: ChatPage | None = None,
        size: tuple[int, int] = DESKTOP,
        theme: Theme = "light",
        person: str | None = None,
    ) -> ChatPage:
        context = beside.page.context if beside else await profiles.take(size, theme, person)
        page = await context.new_page()
        opened.append(page)
        page.on("request", watch)
        await page.goto(url)
        return ChatPage(page)

    yield open_page
    for context in {page.context for page in opened}:
        await profiles.give_back(context)
    assert outside == [], "the page asked another machine for something"
