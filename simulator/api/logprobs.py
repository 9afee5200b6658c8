"""Log probabilities in OpenAI's two shapes: plausible numbers that belong to the tokens, since nothing is computed.

Their arrays are lazy (``json_pieces``): those of a long answer would take gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from simulator.tokens.tokenizer import Tokenizer

_MULTIPLIER = 2654435761
"""Knuth's, which spreads consecutive token ids evenly over 32 bits."""


class Logprobs:
    """Log probabilities of tokens, the same for the same token."""

    def __init__(self, tokenizer: Tokenizer, *, as_token_ids: bool) -> None:
        self._tokenizer = tokenizer
        self._as_token_ids = as_token_ids

    def chat(self, ids: Sequence[int], top: int) -> dict[str, Any]:
        """The ``logprobs`` of a chat choice, with ``top`` alternatives a token."""
        return {"content": (self._chat_entry(token, top) for token in ids)}

    def completion(self, ids: Sequence[int], top: int, text_offset: int, *, unknown: int = 0) -> dict[str, Any]:
        """The ``logprobs`` of a completion choice, whose text begins at ``text_offset``.

        The first ``unknown`` tokens have none: nothing stands before the first token of a prompt.
        """
        lengths = (len(self._text(token)) for token in ids[:-1])
        return {
            "text_offset": accumulate(lengths, initial=text_offset) if ids else [],
            "token_logprobs": (None if place < unknown else _logprob(token) for place, token in enumerate(ids)),
            "tokens": (self._text(token) for token in ids),
            "top_logprobs": (
                None if place < unknown else {self._text(one): logprob for one, logprob in self._ranked(token, top)}
                for place, token in enumerate(ids)
            ),
        }

    def _chat_entry(self, token: int, top: int) -> dict[str, Any]:
        entries = [self._entry(one, logprob) for one, logprob in self._ranked(token, top)]
        return entries[0] | {"top_logprobs": entries[:top]}

    def _ranked(self, token: int, count: int) -> Iterator[tuple[int, float]]:
        """``token`` as the likeliest of ``count``, and others after it; itself in any case."""
        logprob = _logprob(token)
        for rank in range(max(count, 1)):
            yield (token + 97 * rank) % self._tokenizer.vocabulary_size, round(logprob - 0.75 * rank, 6)

    def _entry(self, token: int, logprob: float) -> dict[str, Any]:
        spelled = list(self._tokenizer.to_bytes((token,)))
        return {"token": self._text(token), "logprob": logprob, "bytes": spelled}

    def _text(self, token: int) -> str:
        return f"token_id:{token}" if self._as_token_ids else self._tokenizer.decode((token,))


def _logprob(token: int) -> float:
    return round(-(token * _MULTIPLIER % 2**32) / 2**32 / 2 - 0.01, 6)
