"""From a sentence to files on disk, through a server that dies on the way."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.async_api import expect

from tests.chat.conftest import OpenPage
from tests.chat.page import GOLDEN, PATIENCE_MS, ChatPage
from tests.chat.server import ChatServer


async def test_a_sentence_becomes_files_although_the_server_is_killed_on_the_way(
    mortal_server: ChatServer, open_page: OpenPage, tmp_path: Path
) -> None:
    chat = await (await open_page(mortal_server.url)).begin()
    await chat.shows("1,000 users", "9 requests/s at peak", "TTFT 150 ms", "ITL 25 ms", "E2E 7 s")

    await chat.say("TTFT 200 ms")
    await chat.asks_to("Confirm")
    await chat.shows("200 ms")
    await expect(chat.answers.filter(has_text="150 ms → 200 ms")).to_have_count(1)

    await chat.press("Confirm")
    await chat.asks_to("Choose 1")
    await chat.press("Choose 1")
    await expect(chat.own_words.last).to_have_text("Choose 1")
    await mortal_server.kill()
    assert written(mortal_server) == []

    await mortal_server.start()
    chat = await open_page(f"{mortal_server.url}/thread/{await chat.thread()}", beside=chat)
    await choose_if_that_was_lost(chat)
    await chat.shows("Will be done", "nothing has been changed yet")
    said = dict.fromkeys(await chat.own_words.all_inner_texts())
    assert list(said) == [GOLDEN, "TTFT 200 ms", "Confirm", "Choose 1"], "nothing is asked twice"
    assert written(mortal_server) == []

    await chat.press("Approve")
    await chat.asks_to("Status")
    await expect(chat.answers.filter(has_text="changed nothing outside that directory")).to_have_count(1)
    await expect(chat.button("Approve")).to_have_count(0)
    [directory] = written(mortal_server)
    on_disk = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert "inferenceservice.yaml" in on_disk
    assert await downloaded(chat) == on_disk

    await mortal_server.kill()
    await mortal_server.start()
    chat = await open_page(f"{mortal_server.url}/thread/{await chat.thread()}", beside=chat)
    await chat.asks_to("Status")
    assert await downloaded(chat) == on_disk
    await chat.press("Status")
    await chat.shows("The deployment is in place")
    await expect(chat.answers.filter(has_text="is as approved")).to_have_count(1)
    await expect(chat.button("Download all (zip)")).to_have_count(1)


async def test_what_is_in_place_is_retired_only_after_approval(server: ChatServer, open_page: OpenPage) -> None:
    chat = await (await open_page(server.url)).begin("Summarise 5 support tickets a second, as cheap as possible")
    before = set(written(server))
    await chat.press("Confirm")
    await chat.press("Choose 1")
    await chat.press("Approve")
    await chat.asks_to("Retire")
    await expect(chat.button("Roll back")).to_have_count(0)
    [directory] = set(written(server)) - before
    await chat.press("Retire")
    await chat.shows("Will be removed", "nothing has been changed yet")
    await chat.press("Reject")
    await chat.asks_to("Retire")
    assert directory in written(server)
    await chat.press("Retire")
    await chat.press("Approve")
    await chat.shows("is retired")
    assert directory not in written(server)


async def test_an_open_page_finds_a_server_again_that_was_killed(
    mortal_server: ChatServer, open_page: OpenPage
) -> None:
    chat = await (await open_page(mortal_server.url)).begin()
    await mortal_server.kill()
    await expect(chat.page.locator("#session-error")).to_be_visible(timeout=PATIENCE_MS)
    await mortal_server.start()
    await expect(chat.page.locator("#session-error")).to_be_hidden(timeout=PATIENCE_MS)
    await chat.asks_to("Confirm")
    await chat.press("Confirm")
    await chat.asks_to("Choose 1")


async def choose_if_that_was_lost(chat: ChatPage) -> None:
    either = chat.button("Approve").or_(chat.button("Choose 1"))
    await expect(either).to_have_count(1, timeout=PATIENCE_MS)
    if await chat.button("Choose 1").count():
        await chat.press("Choose 1")
    await chat.asks_to("Approve")


def written(server: ChatServer) -> list[Path]:
    manifests = server.home / "manifests"
    return sorted(manifests.iterdir()) if manifests.is_dir() else []


async def downloaded(chat: ChatPage) -> dict[str, bytes]:
    async with chat.page.expect_download() as started:
        await chat.button("Download all (zip)").click()
    archive = zipfile.ZipFile(await (await started.value).path())
    return {Path(name).name: archive.read(name) for name in archive.namelist()}
