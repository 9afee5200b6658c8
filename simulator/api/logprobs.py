"""Log probabilities in OpenAI's two shapes: plausible numbers that belong to the tokens, since nothing is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        content = []
        for token in ids:
            ranked = list(self._ranked(token, max(top, 1)))
            entries = [self._entry(one, logprob) for one, logprob in ranked]
            content.append(entries[0] | {"top_logprobs": entries[:top]})
        return {"content": content}

    def completion(self, ids: Sequence[int], top: int, text_offset: int, *, unknown: int = 0) -> dict[str, Any]:
        """The ``logprobs`` of a completion choice, whose text begins at ``text_offset``.

        The first ``unknown`` tokens have none: nothing stands before the first token of a prompt.
        """
        tokens = [self._text(token) for token in ids]
        offsets = [text_offset]
        for token in tokens[:-1]:
            offsets.append(offsets[-1] + len(token))
        ranked = [dict(self._ranked(token, max(top, 1))) for token in ids]
        return {
            "text_offset": offsets[: len(tokens)],
            "token_logprobs": [None if i < unknown else ranked[i][token] for i, token in enumerate(ids)],
            "tokens": tokens,
            "top_logprobs": [
                None if place < unknown else {self._text(one): logprob for one, logprob in ranks.items()}
                for place, ranks in enumerate(ranked)
            ],
        }

    def _ranked(self, token: int, count: int) -> Iterator[tuple[int, float]]:
        """``token`` as the likeliest of ``count``, and others after it."""
        logprob = -(token * _MULTIPLIER % 2**32) / 2**32 / 2 - 0.01
        for rank in range(count):
            yield (token + 97 * rank) % self._tokenizer.vocabulary_size, round(logprob - 0.75 * rank, 6)

    def _entry(self, token: int, logprob: float) -> dict[str, Any]:
        spelled = list(self._tokenizer.to_bytes((token,)))
        return {"token": self._text(token), "logprob": logprob, "bytes": spelled}

    def _text(self, token: int) -> str:
        return f"token_id:{token}" if self._as_token_ids else self._tokenizer.decode((token,))
