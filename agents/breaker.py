"""A circuit breaker: what failed again and again is left alone for a while, then tried with one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class BreakerState(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    """They do."""
    OPEN = "open"
    """None does."""
    HALF_OPEN = "half_open"
    """The next one does, to see whether things are well again."""


class BreakerOpenError(Exception):
    """The call was not made, since the ones before it failed."""


class CircuitBreaker:
    """Opens after ``failures`` failed calls in a row, and lets one call probe after each ``pause_s``.

    ``clock`` gives monotonic seconds. For one event loop: nothing here is awaited, so no lock is needed.
    """

    def __init__(
        self, *, failures: int = 3, pause_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Whether the next call goes through."""
        if self._failures < self._limit:
            return BreakerState.CLOSED
        if self._probing or self._clock() < self._open_until:
            return BreakerState.OPEN
        return BreakerState.HALF_OPEN

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One call: an exception that leaves the block is a failure, a cancelled call counts as nothing.

        Raises:
            BreakerOpenError: the breaker is open.
        """
        state = self.state
        if state is BreakerState.OPEN:
            raise BreakerOpenError
        probe = state is BreakerState.HALF_OPEN
        self._probing = self._probing or probe
        try:
            yield
        except Exception:
            self._failed(probe=probe)
            raise
        else:
            self._failures = 0
        finally:
            if probe:
                self._probing = False

    def _failed(self, *, probe: bool) -> None:
        began_before_it_opened = self._failures >= self._limit and not probe
        if began_before_it_opened:
            return
        self._failures = min(self._failures + 1, self._limit)
        if self._failures == self._limit:
            self._open_until = self._clock() + self._pause_s
