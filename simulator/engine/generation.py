"""One answer that is being generated, for the one who reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

from simulator.engine.clock import Clock
from simulator.engine.errors import EngineStoppedError
from simulator.engine.sequences import GeneratedSequence, Phase
from simulator.engine.stats import Lag

MOST_AT_ONCE = 256
"""Tokens that a reader gets at a time, however many are unread: what is made of them stays small."""
FinishReason = Literal["length", "abort"]
"""vLLM's words: all tokens are there, or it was cancelled before."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Output tokens that became available since the last ones that were read."""

    first: int
    """Index of the first of them in the answer."""
    count: int
    """More than 1 where the reader, or the engine, was late: what is unread takes no memory."""
    scheduled_s: float
    """When the schedule had the newest token that there is: these, or one that is read next."""


class Generation:
    """An asynchronous iterator over the tokens of one answer; times are those of the event loop's clock, in seconds.

    It ends after the last token, or once it was cancelled. Who stops reading before the end cancels it.
    """

    def __init__(
        self,
        sequence: GeneratedSequence,
        clock: Clock,
        lag: Lag,
        cancel: Callable[[GeneratedSequence], None],
        watch: Callable[[Generation, float], None] | None = None,
    ) -> None:
        self._sequence = sequence
        self._clock = clock
        self._lag = lag
        self._cancel = cancel
        self._watch = watch
        self._read = 0
        self._waiter: asyncio.Future[float] | None = None
        self._stopped = False

    @property
    def arrival_s(self) -> float:
        """When it was submitted."""
        return self._clock.wall_s(self._sequence.arrival_s)

    @property
    def admitted_s(self) -> float | None:
        """When it first left the queue; ``None`` before."""
        return self._wall_s(self._sequence.admitted_s)

    @property
    def first_token_s(self) -> float | None:
        """When the schedule had its first token; ``None`` before."""
        return self._wall_s(self._sequence.first_token_s)

    @property
    def finish_s(self) -> float | None:
        """When the schedule had its last token; ``None`` before, and if it was cancelled."""
        return self._wall_s(self._sequence.finish_s)

    @property
    def cached_tokens(self) -> int:
        """Prompt tokens that the prefix cache held when it was admitted."""
        return self._sequence.cached_tokens

    @property
    def preemptions(self) -> int:
        """How often it lost its blocks to others and was computed anew."""
        return self._sequence.preemptions

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why it has ended; ``None`` before."""
        if self._sequence.phase is not Phase.ENDED:
            return None
        return "abort" if self._sequence.finish_s is None else "length"

    def cancel(self) -> None:
        """Give its place and its blocks back at once; nothing once it has ended."""
        if self._sequence.phase is not Phase.ENDED:
            self._cancel(self._sequence)

    def token_came(self) -> None:
        """The schedule has one more of its tokens."""
        self.wake()
        if self._watch is not None:
            self._watch(self, self._clock.wall_s(self._sequence.token_s))

    def wake(self) -> None:
        """Let the reader see what there is to read."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(self._sequence.token_s)

    def stop(self) -> None:
        """The engine is closed: there will be no more tokens."""
        self._stopped = True
        self.wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Tokens:
        """The tokens that are there and have not been read; waits for one where there is none.

        Raises:
            EngineStoppedError: the engine was closed before the last one.
            RuntimeError: somebody else waits for them.
        """
        sequence = self._sequence
        while sequence.tokens == self._read:
            if self._stopped:
                raise EngineStoppedError("The engine was closed before the answer was complete.")
            if sequence.phase is Phase.ENDED:
                raise StopAsyncIteration
            await self._next_wake()
        first, self._read = self._read, min(sequence.tokens, self._read + MOST_AT_ONCE)
        return Tokens(first, self._read - first, self._clock.wall_s(sequence.token_s))

    async def _next_wake(self) -> None:
        if self._waiter is not None:
            raise RuntimeError("a generation has one reader")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            token_s = await self._waiter
        finally:
            self._waiter = None
        if self._sequence.tokens > self._read:
            self._lag.add(self._clock.late_s(token_s))

    def _wall_s(self, engine_s: float | None) -> float | None:
        return None if engine_s is None else self._clock.wall_s(engine_s)
