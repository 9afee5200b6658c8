"""Text from tokens as they come."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

from simulator.tokens.tokenizer import Tokenizer


class IncrementalDecoder:
    """Turns a stream of tokens into pieces of text that never split a character.

    The pieces that `push` gives, and then `finish`, are together the tokenizer's ``decode`` of all ids. A character
    whose bytes are spread over several tokens comes with the last of them, so a piece may be empty.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._to_bytes = tokenizer.to_bytes
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, ids: Iterable[int]) -> str:
        """The text that ``ids`` complete.

        Raises:
            InvalidInputError: an id is none of the vocabulary.
        """
        return self._utf8.decode(self._to_bytes(ids))

    def finish(self) -> str:
        """What is left when no more tokens come: U+FFFD for a character that was never completed, else nothing."""
        return self._utf8.decode(b"", final=True)
