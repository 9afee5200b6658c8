"""The process that runs one deployment: started by ``apply``, alone with its directory, and there until told to end.

``python -m neuralnav.deployment.local.supervisor DIRECTORY`` follows ``order.json`` and writes ``state.json``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

import aiohttp
import uvloop
from aiohttp import web

from neuralnav.deployment.local.keeper import MOST_LOG_BYTES
from neuralnav.deployment.local.order import Order
from neuralnav.deployment.local.place import Place
from neuralnav.deployment.local.program import HOST
from neuralnav.deployment.local.proxy import Proxy
from neuralnav.deployment.local.record import Record
from neuralnav.deployment.local.replica import ReplicaEvents
from neuralnav.deployment.local.revision import Revision
from neuralnav.deployment.local.rollout import Rollout
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.knowledge.embedded.locks import POLL_S, try_exclusive
from neuralnav.models.running import MOST_EVENTS, RunEvent

LOCK_PATIENCE_S = 5.0
"""How long the lock is tried for: others hold it for an instant to see whether a supervisor lives."""
ORDER_POLL_S = 0.1
"""How often the order is looked at."""
REPLICA_KEEP_ALIVE_S = 4.0
"""How long idle connections to replicas are kept: less than the 5 s after which vLLM closes them."""
PORTS_TRIED = 200
BACKLOG = 2_048

_log = logging.getLogger("neuralnav.local")


class Supervisor:
    """Follows the orders in one place until one says to end, or the process is asked to."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._events: deque[RunEvent] = deque(maxlen=MOST_EVENTS)
        self._changed = asyncio.Event()
        self._is_ending = False
        self._order: Order | None = None
        self._order_version: object = ()

    async def run(self) -> None:
        """Serve until the end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._end)
        before = self._place.record()
        self._events.extend(before.events if before else ())
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(_session())
            rollout = self._rollout(session)
            runner = Proxy(rollout.serving_replicas, session).runner()
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            listener = self._listener(before.port if before else None)
            await web.SockSite(runner, listener).start()
            port = listener.getsockname()[1]
            while not self._is_ending:
                await self._follow(rollout)
                await self._keep_record(rollout, port)
            stopping = asyncio.create_task(rollout.stop(), name="stop")
            while not stopping.done():
                await self._keep_record(rollout, port)
            await self._keep_record(rollout, port)

    def _end(self) -> None:
        self._is_ending = True
        self._changed.set()

    def _rollout(self, session: aiohttp.ClientSession) -> Rollout:
        events = ReplicaEvents(self._changed.set, self._happened)

        def build(order: Order, gpus: Sequence[str]) -> Revision:
            return Revision(order, self._place, gpus, session, events)

        return Rollout(build, events)

    def _listener(self, before: int | None) -> socket.socket:
        """The port as before where it is free, else the first free one from where the order says.

        Raises:
            UnavailableError: none of them is free.
        """
        order = self._place.order()
        first = order.first_port if order else 0
        candidates = [
            *([before] if before else []),
            *(range(first, min(first + PORTS_TRIED, 65_536)) if first else [0]),
        ]
        for port in candidates:
            try:
                return socket.create_server((HOST, port), backlog=BACKLOG)
            except OSError:
                continue
        raise UnavailableError(f"No port from {first} to {first + PORTS_TRIED - 1} is free on {HOST}.")

    async def _follow(self, rollout: Rollout) -> None:
        version = self._place.order_version()
        if version == self._order_version:
            return
        self._order_version = version
        order = self._place.order()
        if version is None or (order is not None and not order.running):
            self._end()
        elif order is not None and order != self._order:
            self._order = order
            self._changed.set()
            await rollout.follow(order)

    async def _keep_record(self, rollout: Rollout, port: int) -> None:
        """Wait until something changes, or the order is to be looked at again; write what has changed."""
        try:
            async with asyncio.timeout(ORDER_POLL_S):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
        if self._order is None:
            return
        record = Record(
            port=port,
            serial=self._order.serial,
            in_force=rollout.in_force.digest if rollout.in_force else None,
            replicas=rollout.records(),
            events=tuple(self._events),
            stuck=rollout.trouble,
        )
        try:
            self._place.write_record(record)
        except OSError as error:
            _log.warning("The state cannot be written: %s", error)

    def _happened(self, about: str, reason: str, message: str, warning: bool) -> None:  # noqa: FBT001
        event = RunEvent(at=datetime.now(UTC), about=about, reason=reason, message=message, warning=warning)
        self._events.append(event)
        _log.log(logging.WARNING if warning else logging.INFO, "%s %s: %s", about, reason, message)
        self._changed.set()


def main(directory: str) -> int:
    """Run the supervisor of ``directory``; returns at once where there is one already."""
    place = Place(Path(directory))
    log = RotatingFileHandler(place.supervisor_log, maxBytes=MOST_LOG_BYTES, backupCount=1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", handlers=[log])
    if not _take(place):
        _log.warning("Another supervisor has %s.", directory)
        return 0
    uvloop.run(Supervisor(place).run())
    _clean(place)
    return 0


def _clean(place: Place) -> None:
    """Delete the directory where all was to end, unless somebody holds it: whoever waits for the end deletes it."""
    if place.order() is None:
        return
    with suppress(UnavailableError, InvalidInputError), place.held(0):
        order = place.order()
        if order is not None and not order.running:
            place.delete()


def _take(place: Place) -> bool:
    """Take the supervisor's lock, which the kernel drops when this process ends, and say in it who has it."""
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while (descriptor := try_exclusive(place.supervisor_lock)) is None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return True


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=REPLICA_KEEP_ALIVE_S)
    return aiohttp.ClientSession(connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
