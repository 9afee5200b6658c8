"""The code blocks of a page that say which file they belong to, and how they are applied to a copy of the code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

_INFO = re.compile(r'(?P<language>\w+) title="(?P<path>[^"]+)"')


class DoesNotApplyError(Exception):
    """A block that cannot be applied: which one it is, to which file, and why."""


@dataclass(frozen=True)
class Block:
    """A file to create, or an edit of one."""

    line: int
    """Where it begins in the page, from 1."""
    path: str
    text: str
    is_edit: bool

    def apply(self, root: Path) -> None:
        """Create or edit the file under ``root``.

        Raises:
            DoesNotApplyError: the file is there already, is missing, or holds what is to be edited not exactly once.
        """
        target = root / self.path
        if self.is_edit != target.is_file():
            raise self._misfit("the file is missing" if self.is_edit else "the file is there already")
        if not self.is_edit:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.text, encoding="utf-8")
            return
        text = "\n" + target.read_text(encoding="utf-8")
        for hunk in re.split(r"^@@.*\n", self.text, flags=re.MULTILINE):
            before, after = _lines(hunk, "-"), _lines(hunk, "+")
            if (count := text.count(before)) != 1:
                raise self._misfit(f"these lines are there {count} times:{before}")
            text = text.replace(before, after)
        target.write_text(text[1:], encoding="utf-8")

    def _misfit(self, why: str) -> DoesNotApplyError:
        return DoesNotApplyError(f"the block at line {self.line} does not apply to {self.path}: {why}")


def blocks(page: str) -> list[Block]:
    """The blocks of ``page`` that have a title, in order."""
    found = []
    for token in MarkdownIt().parse(page):
        named = _INFO.fullmatch(token.info.strip()) if token.type == "fence" else None
        if named is not None and token.map is not None:
            found.append(Block(token.map[0] + 1, named["path"], token.content, named["language"] == "diff"))
    return found


def _lines(hunk: str, side: str) -> str:
    """The lines of ``hunk`` that are on ``side`` (``-`` before, ``+`` after), between line breaks."""
    kept = [line[1:] for line in hunk.splitlines() if not line or line[0] in (side, " ")]
    return "\n" + "".join(f"{line}\n" for line in kept)
