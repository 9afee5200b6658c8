"""Cuts a text that comes in pieces into whole sentences."""

from __future__ import annotations

import re

MAX_SENTENCE_CHARACTERS = 500

_END = re.compile(
    r"(?:(?<!e\.g)(?<!i\.e)(?<!approx)(?<! vs)(?<! incl)(?<! ca)(?P<stop>[.!?]+[\"')\]”’]*)(?=\s)|\n)\s*", re.IGNORECASE
)


class SentenceCutter:
    """Collects pieces of text; what ends without a stop (a heading, a broken-off answer) is no sentence."""

    def __init__(self) -> None:
        self._text = ""
        self._overlong = False

    def add(self, piece: str) -> list[str]:
        """The sentences that ``piece`` completes; one longer than ``MAX_SENTENCE_CHARACTERS`` is left out."""
        self._text += piece
        sentences: list[str] = []
        position = 0
        for end in _END.finditer(self._text):
            sentence = self._text[position : end.end()].strip()
            position = end.end()
            if end["stop"] and not self._overlong and 0 < len(sentence) <= MAX_SENTENCE_CHARACTERS:
                sentences.append(sentence)
            self._overlong = False
        self._text = self._text[position:]
        if len(self._text) > MAX_SENTENCE_CHARACTERS:
            self._overlong = True
            self._text = self._text[-1:]
        return sentences
