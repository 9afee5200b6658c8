"""Whatever the documentation points to is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def targets(text: str) -> Iterator[str]:
    """Where the links and images of a page point to."""
    for block in MarkdownIt().enable("table").parse(text):
        for part in block.children or ():
            found = part.attrGet("href") if part.type == "link_open" else part.attrGet("src")
            if part.type in ("link_open", "image"):
                yield str(found)


def anchors(text: str) -> set[str]:
    """The names by which the headings of a page can be linked to."""
    blocks = MarkdownIt().parse(text)
    titles = [after.content for block, after in pairwise(blocks) if block.type == "heading_open"]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path, text: str) -> list[str]:
    """The relative targets of ``text``, as the page ``page``, that are not there."""
    missing = []
    for target in targets(text):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        inside = path.is_relative_to(ROOT) and path.exists()
        if not inside or (parts.fragment and parts.fragment not in anchors(path.read_text(encoding="utf-8"))):
            missing.append(target)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_and_images_exist(page: Path) -> None:
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_a_link_or_image_to_nothing_is_found() -> None:
    text = (
        "| a |\n| --- |\n| [a](none.md) ![b](images/none.png) [c](#not-there) [d](LICENSE) [e](https://example.org) |"
    )
    assert broken(ROOT / "README.md", text) == ["none.md", "images/none.png", "#not-there"]


def test_what_stands_in_a_code_block_is_no_link() -> None:
    assert broken(ROOT / "README.md", "```\n[a](none.md)\n```\n") == []
