"""What an answer will say, decided before it is generated: its tokens, where it stops, and why."""

from __future__ import annotations

import asyncio
import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from simulator.api.protocol import SamplingRequest
from simulator.tokens.decoding import IncrementalDecoder
from simulator.tokens.prose import Prose
from simulator.tokens.tokenizer import Tokenizer

SIGMA = 0.4963
"""Shape of the lognormal lengths of answers: their p95 is twice their mean, as in the traffic profiles."""
TOKENS_AT_A_TIME = 512
"""Tokens that are searched for stop strings before others get their turn."""


@dataclass(frozen=True)
class Plan:
    """One answer. ``finish_reason`` and ``stop_reason`` are vLLM's."""

    tokens: Sequence[int]
    finish_reason: str
    stop_reason: int | str | None = None
    visible_chars: int | None = None
    """Characters of its text that the client sees; ``None``: all."""


def answer_seed(server_seed: int, request_seed: int | None, prompt: Sequence[int], choice: int) -> int:
    """The number of an answer's text: the same for the same prompt, seed and choice."""
    digest = blake2b(array("q", prompt).tobytes(), digest_size=8)
    digest.update(f"{server_seed} {request_seed} {choice}".encode())
    return int.from_bytes(digest.digest(), "big")


def natural_length(seed: int, mean: int) -> int:
    """Tokens after which an answer ends by itself: lognormal around ``mean``, at least 1."""
    draws = random.Random(f"length {seed}")  # noqa: S311 - repeatable on purpose
    return max(1, round(draws.lognormvariate(math.log(mean) - SIGMA**2 / 2, SIGMA)))


class Planner:
    """Plans answers in prose, or in a text that is given."""

    def __init__(self, tokenizer: Tokenizer, mean_output_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._prose = Prose(tokenizer)
        self._mean = mean_output_tokens

    def text(self, seed: int, tokens: int) -> str:
        """Prose of ``tokens`` tokens."""
        return self._tokenizer.decode(self._prose.write(seed, tokens))

    def length(self, request: SamplingRequest, seed: int, most: int) -> int:
        """Tokens of an answer in prose that nothing stops."""
        if request.ignore_eos:
            return most
        return min(max(natural_length(seed, self._mean), request.min_tokens), most)

    async def prose(self, request: SamplingRequest, seed: int, most: int) -> Plan:
        """An answer of at most ``most`` tokens in prose, which ends where ``request`` says."""
        length = self.length(request, seed, most)
        tokens = self._prose.write(seed, length)
        stopped = await self._stopped(tokens, request)
        return stopped or Plan(tokens, "length" if length == most else "stop")

    def given(self, text: str, most: int) -> Plan:
        """``text`` as an answer, or its beginning when it has more than ``most`` tokens."""
        tokens = self._tokenizer.encode(text)
        return Plan(tokens, "stop") if len(tokens) <= most else Plan(tokens[:most], "length")

    async def _stopped(self, tokens: Sequence[int], request: SamplingRequest) -> Plan | None:
        """The answer up to the first stop string or token after ``min_tokens``, if there is one."""
        stops, stop_ids = request.stop_strings, frozenset(request.stop_token_ids or ())
        if not stops and not stop_ids:
            return None
        decoder, longest = IncrementalDecoder(self._tokenizer), max(map(len, stops), default=1)
        seen, window = 0, ""
        for count, token in enumerate(tokens, start=1):
            if count % TOKENS_AT_A_TIME == 0:
                await asyncio.sleep(0)
            piece = decoder.push((token,))
            window = window[max(len(window) - longest + 1, 0) :] + piece
            seen += len(piece)
            if count > request.min_tokens:
                places = ((stop, _place(stop, window, len(piece))) for stop in stops)
                stop, place = next(((stop, place) for stop, place in places if place >= 0), (None, -1))
                if stop is not None:
                    visible = seen - len(window) + place + len(stop) * request.include_stop_str_in_output
                    return Plan(tokens[:count], "stop", stop, visible)
                if token in stop_ids:
                    return Plan(tokens[:count], "stop", token)
        return None


def _place(stop: str, window: str, new: int) -> int:
    """Where ``stop`` begins in ``window`` if it ends in the last ``new`` characters of it; else -1."""
    return window.find(stop, max(len(window) - new - len(stop) + 1, 0))
