"""Text put into Markdown so that it stays text: no structure, markup, link or template comes out of it."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup

SECRET_LIKE = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{16,}|sk-(?:[a-z]{2,6}-)?[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|glpat-[A-Za-z0-9_-]{16,}|AKIA[A-Z0-9]{16})"
)
"""The forms of well-known access tokens."""

MAX_QUOTED_CHARACTERS = 600

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]#|~$])")
_LINE_START = re.compile(r"^(?:[-+=](?=[-+=\s]|$)|\d+(?=[.)](?:\s|$)))")
_COLON = re.compile(r":(?=[A-Za-z/])")
_WEB = re.compile(r"(?i)\bwww\.")
_PLAIN_CODE = re.compile(r"[A-Za-z0-9 ._:/=@+,%_-]{1,300}")


def one_line(text: str) -> str:
    """``text`` on one line, without control and format characters, and without what looks like a token."""
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return SECRET_LIKE.sub("[removed]", re.sub(r" +", " ", shown).strip())


def as_text(value: object) -> Markup:
    """``value`` as Markdown text that renders as its own characters; marked-up text passes unchanged.

    Beyond the punctuation of Markdown it takes away what extensions read: links without brackets,
    mathematics, and ``:word`` directives. A long text is cut.
    """
    if isinstance(value, Markup):
        return value
    line = one_line(str(value))
    if len(line) > MAX_QUOTED_CHARACTERS:
        line = line[:MAX_QUOTED_CHARACTERS].rstrip() + " …"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    line = _COLON.sub("&#58;", line)
    line = _WEB.sub("www&#46;", line)
    line = _LINE_START.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", line)
    return Markup(_escape_punctuation(line))  # noqa: S704


def _escape_punctuation(line: str) -> str:
    """Backslashes before Markdown's punctuation, sparing the ``#`` of the entities made before."""
    entities = re.compile(r"(&#?\w+;)")
    return "".join(
        part if entities.fullmatch(part) else _PUNCTUATION.sub(r"\\\1", part) for part in entities.split(line)
    )


def as_code(value: object) -> Markup:
    """``value`` as a code span; as escaped text if it has characters that could end one."""
    line = one_line(str(value))
    return Markup(f"`{line}`") if _PLAIN_CODE.fullmatch(line) else as_text(line)  # noqa: S704
