"""A clock that goes on when it is told to."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

SWITCHES = 5
"""Turns of the event loop in which readers see what they were woken for."""


class SimulatedTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class SimulatedTimers:
    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s
        self.made = count()
        self.calls: list[tuple[float, int, SimulatedTimer]] = []

    def time(self) -> float:
        return self.now_s

    def call_at(self, when_s: float, callback: Callable[[], None]) -> SimulatedTimer:
        timer = SimulatedTimer(callback)
        heapq.heappush(self.calls, (when_s, next(self.made), timer))
        return timer

    @property
    def pending(self) -> int:
        return sum(not timer.cancelled for _, _, timer in self.calls)

    async def run_until(self, until_s: float) -> None:
        """Call what is due by then, each at its time, and let the readers read."""
        while self.calls and self.calls[0][0] <= until_s:
            when_s, _, timer = heapq.heappop(self.calls)
            if not timer.cancelled:
                self.now_s = max(self.now_s, when_s)
                timer.callback()
                await readers()
        self.now_s = until_s

    async def be_late(self, seconds: float) -> None:
        """Let time pass in which nothing is called; then call what is due."""
        self.now_s += seconds
        await self.run_until(self.now_s)


async def readers() -> None:
    for _ in range(SWITCHES):
        await asyncio.sleep(0)
