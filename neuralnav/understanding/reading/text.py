"""Text as people type it, made regular without changing what it says."""

from __future__ import annotations

import re
import unicodedata

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.intent import MAX_TEXT_CHARACTERS

_OPAQUE_FORMS = ("<super>", "<sub>", "<circle>", "<fraction>")
"""Compatibility forms whose plain spelling would change a number: ``10²`` is not ``102``."""

_FOLDED_MARKS = str.maketrans(
    {
        "‘": "'", "’": "'", "‛": "'", "′": "'", "`": "'", "´": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
        "×": "x", "⁄": "/", "∕": "/", "≈": "~", "∼": "~", "≤": "<", "≥": ">", "，": ",", "。": ".",
    }
)  # fmt: skip


_TERMINAL_CODES = re.compile(r"\x1b(?:\[[0-?]{0,20}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|[@-Z\\^_])")
"""Orders to a terminal: colours, cursor moves, titles."""


def normalise(text: str) -> str:
    """``text`` in Unicode form NFKC, without control and invisible characters (line breaks and tabs stay).

    Raises:
        InvalidInputError: it is longer than ``MAX_TEXT_CHARACTERS``.
    """
    _check_length(text)
    text = _TERMINAL_CODES.sub("", text)
    if text.isascii():
        return "".join(c for c in text if (c >= " " and c != "\x7f") or c in "\n\t")
    pieces: list[str] = []
    run: list[str] = []
    for character in text:
        if unicodedata.category(character).startswith("C") and character not in "\n\t":
            continue
        if unicodedata.decomposition(character).startswith(_OPAQUE_FORMS):
            pieces += [unicodedata.normalize("NFKC", "".join(run)), character]
            run = []
        else:
            run.append(character)
    regular = "".join([*pieces, unicodedata.normalize("NFKC", "".join(run))])
    _check_length(regular)
    return regular


def fold(text: str) -> str:
    """``text`` in lower case with plain quotes, dashes, letters and digits, character for character."""
    if text.isascii():
        return text.lower().translate(_FOLDED_MARKS)
    return "".join(map(_fold_character, text.translate(_FOLDED_MARKS)))


def _fold_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    lower = character.lower()
    base = unicodedata.normalize("NFD", lower)[:1]
    if base.isascii() and base.isalpha():
        return base
    return lower if len(lower) == 1 else character


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InvalidInputError(
            f"The text has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,} can be read. "
            "Please say it in fewer words.",
            (FieldProblem("text", f"{len(text)} characters", f"at most {MAX_TEXT_CHARACTERS} characters"),),
        )
