"""Answers as they are generated: which tokens of a plan are there, and what text they add."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from simulator.api.metrics import RequestMetrics
from simulator.api.plans import Plan
from simulator.engine.errors import EngineStoppedError
from simulator.engine.generation import Generation, Tokens
from simulator.tokens.decoding import IncrementalDecoder
from simulator.tokens.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event of the engine adds to an answer."""

    text: str
    tokens: Sequence[int]
    finished: bool


class Choice:
    """One answer under way."""

    def __init__(
        self,
        index: int,
        prompt: Sequence[int],
        plan: Plan,
        generation: Generation,
        tokenizer: Tokenizer,
        metrics: RequestMetrics,
    ) -> None:
        self.index = index
        self.prompt = prompt
        self.plan = plan
        self.generation = generation
        self.generated = 0
        """Tokens so far."""
        self.newest_s = 0.0
        """When the schedule had the newest of them, by the event loop's clock."""
        self._decoder = IncrementalDecoder(tokenizer)
        self._shown_chars = 0
        self._tokenizer = tokenizer
        self._metrics = metrics

    @property
    def finished(self) -> bool:
        """Whether every planned token is there."""
        return self.generated >= len(self.plan.tokens)

    @property
    def text(self) -> str:
        """All that the client sees."""
        return self._tokenizer.decode(self.plan.tokens)[: self.plan.visible_chars]

    def take(self, tokens: Tokens) -> Piece:
        """The tokens that an event brought, with their text."""
        ids = self.plan.tokens[tokens.first : tokens.first + tokens.count]
        self.generated += tokens.count
        self.newest_s = tokens.scheduled_s
        text = self._decoder.push(ids)
        if self.finished:
            text += self._decoder.finish()
        if self.plan.visible_chars is not None:
            text = text[: max(self.plan.visible_chars - self._shown_chars, 0)]
        self._shown_chars += len(text)
        return Piece(text, ids, self.finished)

    def cancel(self) -> None:
        """Give its place in the engine back, unless it has ended."""
        if self.generation.finish_reason is None:
            self.generation.cancel()
            self._metrics.aborted()


def cancel_all(choices: Sequence[Choice]) -> None:
    """Cancel those that are not finished."""
    for choice in choices:
        choice.cancel()


async def pieces_of(choices: Sequence[Choice]) -> AsyncGenerator[tuple[Choice, Piece], None]:
    """What comes of each of ``choices``, in the order in which it comes."""
    if len(choices) == 1:
        async for tokens in choices[0].generation:
            yield choices[0], choices[0].take(tokens)
        return
    arrived: asyncio.Queue[tuple[Choice, Tokens] | None] = asyncio.Queue(len(choices))
    pumps = [asyncio.create_task(_pump(choice, arrived)) for choice in choices]
    try:
        for _ in choices:
            while (item := await arrived.get()) is not None:
                choice, tokens = item
                yield choice, choice.take(tokens)
        for pump in pumps:
            pump.result()
    finally:
        for pump in pumps:
            pump.cancel()


async def _pump(choice: Choice, arrived: asyncio.Queue[tuple[Choice, Tokens] | None]) -> None:
    """Hand on what comes of one choice, while there is room; ``None`` says that no more comes."""
    try:
        async for tokens in choice.generation:
            await arrived.put((choice, tokens))
    except EngineStoppedError:
        await arrived.put(None)
        raise
    await arrived.put(None)
