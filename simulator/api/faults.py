"""Faults on demand, off by default: what watches a model server can be tested with them."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from enum import StrEnum

from simulator.api.errors import ApiError

CRASH_EXIT_CODE = 1


@dataclass(frozen=True)
class Faults:
    """What goes wrong; the defaults are that nothing does."""

    start_delay_s: float = 0.0
    """Seconds before the port opens, as if weights were loading."""
    crash_after: int | None = None
    """Completion requests that are taken before the next one ends the process, with everything in flight."""
    error_rate: float = 0.0
    """Share of completion requests that are answered with status 500."""
    hang_rate: float = 0.0
    """Share of completion requests that are never answered."""
    slow_tokens: float = 1.0
    """How many times longer every step of the engine takes."""


NO_FAULTS = Faults()


class Fault(StrEnum):
    """What happens to one request."""

    ERROR = "error"
    HANG = "hang"


class FaultInjector:
    """Decides for each completion request, in the order in which they come; the same seed decides the same."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._draws = random.Random(f"faults {seed}")  # noqa: S311 - repeatable on purpose
        self._taken = 0

    def next_fault(self) -> Fault | None:
        """What happens to the next request, or ``None``; ends the process when its time has come."""
        faults = self._faults
        if faults.crash_after is not None and self._taken >= faults.crash_after:
            sys.stderr.write(f"Fault: the process ends after {self._taken} requests.\n")
            sys.stderr.flush()
            os._exit(CRASH_EXIT_CODE)
        self._taken += 1
        drawn = self._draws.random()
        if drawn < faults.error_rate:
            return Fault.ERROR
        return Fault.HANG if drawn < faults.error_rate + faults.hang_rate else None


def injected_error() -> ApiError:
    """What a request with the fault ``ERROR`` is answered with: vLLM's words for an engine that failed."""
    return ApiError(
        "EngineCore encountered an issue. See stack trace (above) for the root cause.", "InternalServerError", 500
    )
