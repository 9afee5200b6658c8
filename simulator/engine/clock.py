"""The engine's time: seconds since its start, ``time_scale`` of them to a second on the wall."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from neuralnav.performance.checks import outside, refuse

SLOWEST, FASTEST = 1e-3, 1e3
"""Bounds of the time scale."""


class Timer(Protocol):
    """A call that is due."""

    def cancel(self) -> None:
        """Forget it."""


class Timers(Protocol):
    """The time on the wall, and calls at given times."""

    def time(self) -> float:
        """Seconds, never falling."""

    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        """Call back at this time or a little earlier or later."""


class LoopTimers:
    """The timers of the running event loop, and the clock under them.

    Loops count in whole milliseconds, so their own time is not asked: asyncio wakes up to one late, uvloop up to half
    a one early or late.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def time(self) -> float:
        """Seconds of the monotonic clock, on which the times of asyncio's loops are based."""
        return time.monotonic()

    def call_at(self, when_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back at about ``when_s``."""
        return self._loop.call_later(max(when_s - time.monotonic(), 0.0), callback)


class Clock:
    """Engine time, which begins as the clock is made.

    Raises:
        InvalidInputError: a time scale out of bounds.
    """

    def __init__(self, timers: Timers, time_scale: float) -> None:
        refuse(*outside("time_scale", time_scale, SLOWEST, FASTEST))
        self._timers = timers
        self._begin_s = timers.time()
        self._time_scale = time_scale

    def engine_s(self) -> float:
        """Engine time now."""
        return (self._timers.time() - self._begin_s) * self._time_scale

    def wall_s(self, engine_s: float) -> float:
        """The time on the wall at an engine time."""
        return self._begin_s + engine_s / self._time_scale

    def late_s(self, engine_s: float) -> float:
        """Seconds on the wall since an engine time; below 0 while it lies ahead."""
        return self._timers.time() - self.wall_s(engine_s)

    def call_at(self, engine_s: float, callback: Callable[[], None]) -> Timer:
        """Call back at about this engine time."""
        return self._timers.call_at(self.wall_s(engine_s), callback)
