"""Why the engine does not take a request, or does not finish one."""

from __future__ import annotations

from neuralnav.errors import UnavailableError


class QueueFullError(UnavailableError):
    """As many requests wait as may; the same request may be taken later."""

    title = "The queue is full"


class EngineStoppedError(UnavailableError):
    """The engine does not run: it has not been started, or it was closed before the answer was complete."""

    title = "The engine is stopped"
