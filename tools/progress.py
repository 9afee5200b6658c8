"""Word of how far a long piece of work is, from a tool to whoever called it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Report = Callable[[str], None]

EVERY_S = 0.5
"""Reports come at most this often."""

_report: ContextVar[Report | None] = ContextVar("report", default=None)


@contextmanager
def reported_to(report: Report) -> Iterator[None]:
    """Tools that are called meanwhile tell ``report`` how far they are."""
    token = _report.set(report)
    try:
        yield
    finally:
        _report.reset(token)


class Reporter:
    """Tells the caller of a tool how far it is, now and then."""

    def __init__(self) -> None:
        self._report = _report.get()
        self._last = 0.0

    def say(self, words: str) -> None:
        """Report, unless that was done a moment ago or nobody listens."""
        now = time.monotonic()
        if self._report is not None and now - self._last >= EVERY_S:
            self._last = now
            self._report(words)
