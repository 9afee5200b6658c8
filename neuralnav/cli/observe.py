"""``neuralnav observe``: looks after deployments until it is stopped."""

from __future__ import annotations

import asyncio
import signal
import sys

from graph.application import open_application
from graph.watching import watched_over
from neuralnav.settings import get_settings

STOPPED_BY = (signal.SIGINT, signal.SIGTERM)


def run() -> int:
    """Watch until SIGINT or SIGTERM; 1: it ended by itself, and the log says why."""
    return asyncio.run(_observe())


async def _observe() -> int:
    stopped = asyncio.Event()
    for number in STOPPED_BY:
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with open_application(get_settings()) as application:
        every_s = application.settings.observe_every_s
        sys.stderr.write(f"Looking after deployments every {every_s:g} s. Stop with Ctrl-C.\n")
        async with watched_over(application.watcher, application.conversations) as watching:
            stopping = asyncio.create_task(stopped.wait())
            await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            return 1 if watching.done() else 0
