"""Differences between two texts as a card shows them: lines with a sign, and gaps between them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from neuralnav.deployment.markdown import one_line

MOST_LINES = 400
"""Of one difference."""
MOST_CHARACTERS = 400
"""Of one line."""
MOST_INDENT = 40
CONTEXT = 3
"""Unchanged lines around a change."""

GAP = "…"
"""The sign of lines that are left out; their text is empty."""

SignedLine = tuple[str, str]
"""``+``, ``-``, a space or :data:`GAP`, and the text."""


def difference(before: str, after: str) -> list[SignedLine]:
    """What changes from ``before`` to ``after``; empty: nothing does."""
    return signed(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT))


def signed(unified: Iterable[str]) -> list[SignedLine]:
    """The lines of a unified diff, without its head, control characters and what looks like a token."""
    found: list[SignedLine] = []
    for number, line in enumerate(unified):
        if number < 2 and line.startswith(("---", "+++")):
            continue
        if len(found) == MOST_LINES:
            return [*found, (GAP, "")]
        if not line.startswith("@@"):
            found.append((line[:1] or " ", _text(line[1:])))
        elif found:
            found.append((GAP, ""))
    return found


def _text(line: str) -> str:
    indent = " " * min(len(line) - len(line.lstrip(" ")), MOST_INDENT)
    words = one_line(line)
    return f"{indent}{words if len(words) <= MOST_CHARACTERS else f'{words[: MOST_CHARACTERS - 1]}…'}"
