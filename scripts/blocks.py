"""Blocks of a page that a script writes, between two marks."""

from __future__ import annotations

import re


def with_block(page: str, name: str, text: str) -> str:
    """``page`` with ``text`` between ``<!-- name: begin -->`` and ``<!-- name: end -->``.

    Raises:
        ValueError: the page has no such marks, or several.
    """
    block = re.compile(rf"(<!-- {re.escape(name)}: begin -->\n).*?(<!-- {re.escape(name)}: end -->)", re.DOTALL)
    written, count = block.subn(lambda match: match[1] + text + match[2], page)
    if count != 1:
        raise ValueError(f"expected one pair of marks for {name!r}, found {count}")
    return written
