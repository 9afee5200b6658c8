"""One replica: a process that is started, watched, and started again where it ends."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

import aiohttp

from neuralnav.deployment.local.explanations import (
    NOT_ANSWERING,
    NOT_READY,
    NOT_STARTED,
    explain_end,
    explain_not_ready,
    reason_of,
)
from neuralnav.deployment.local.kept_process import KeptProcess
from neuralnav.deployment.local.order import Order
from neuralnav.deployment.local.place import Place
from neuralnav.deployment.local.program import HOST, engine_command, engine_environment
from neuralnav.deployment.local.record import ReplicaRecord
from neuralnav.models.running import MOST_LOG_LINES, ReplicaPhase

MOST_FAILED_STARTS = 2
"""Starts in a row that may fail before it is given up: the second shows that the first was no accident."""
MOST_ENDS = 5
"""Times that a replica which had been ready may end within ``ENDS_WINDOW_S`` before it is given up."""
ENDS_WINDOW_S = 600.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0

START_POLL_S = 0.05
HEALTH_PERIOD_S = 10.0
HEALTH_TIMEOUT = aiohttp.ClientTimeout(total=10.0)
FAILURES_UNTIL_UNREADY = 3
FAILURES_UNTIL_RESTART = 6
"""As the readiness and liveness probes on a cluster have it."""


class _Life(Enum):
    """How one life of the process ended."""

    STOPPED = "stopped"
    NEVER_READY = "never ready"
    WAS_READY = "was ready"


@dataclass(frozen=True)
class ReplicaEvents:
    """Whom a replica tells: ``changed`` after every change, ``happened(about, reason, message, warning)``."""

    changed: Callable[[], None]
    happened: Callable[[str, str, str, bool], None]


class Replica:
    """One replica of an order; :meth:`run` is its life, which only :meth:`stop` or repeated failure ends."""

    def __init__(
        self,
        name: str,
        order: Order,
        place: Place,
        gpus: tuple[str, ...],
        session: aiohttp.ClientSession,
        events: ReplicaEvents,
    ) -> None:
        self.name = name
        self.phase = ReplicaPhase.STARTING
        self.port: int | None = None
        self.has_given_up = False
        self.outstanding = 0
        self.idle = asyncio.Event()
        """Set while no request is in flight."""
        self.idle.set()
        self._order = order
        self._place = place
        self._gpus = gpus
        self._session = session
        self._events = events
        self._process: KeptProcess | None = None
        self._stopping = asyncio.Event()
        self._kill_after_s = 0.0
        self._restarts = 0
        self._failed_starts = 0
        self._ends: deque[float] = deque(maxlen=MOST_ENDS)
        self._reason: str | None = None
        self._message: str | None = None

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://{HOST}:{self.port}"

    @property
    def trouble(self) -> str | None:
        """Why it was given up, and what to do; ``None``: it was not."""
        return f"{self.name} was given up. {self._message}" if self.has_given_up else None

    @contextmanager
    def serving_one(self) -> Iterator[None]:
        """Counts a request as in flight meanwhile."""
        self.outstanding += 1
        self.idle.clear()
        try:
            yield
        finally:
            self.outstanding -= 1
            if not self.outstanding:
                self.idle.set()

    def record(self, *, serves: bool = False) -> ReplicaRecord:
        """What there is to tell of it."""
        failed = self.phase is ReplicaPhase.FAILED
        return ReplicaRecord(
            name=self.name,
            phase=self.phase,
            restarts=self._restarts,
            reason=self._reason,
            message=self._message,
            log_tail=self._place.log_tail(self.name, MOST_LOG_LINES) if failed else (),
            pid=self._process.pid if self._process else None,
            port=self.port,
            serves=serves,
        )

    async def run(self) -> None:
        """Keep a process going until it is stopped or given up."""
        self.has_given_up = False
        self._failed_starts = 0
        self._ends.clear()
        while not self._stopping.is_set():
            life = await self._live()
            if life is _Life.STOPPED:
                return
            self.has_given_up = self._counts_as_hopeless(life)
            self._become(ReplicaPhase.FAILED)
            self._tell("GivenUp" if self.has_given_up else "Ended", self._message or "", warning=True)
            if self.has_given_up:
                return
            self._restarts += 1
            await self._unless_stopped(self._pause_s())

    def stop(self, kill_after_s: float) -> None:
        """Let :meth:`run` end: the process is asked to, and killed where it has not within ``kill_after_s``."""
        self._kill_after_s = kill_after_s
        self._stopping.set()

    def _counts_as_hopeless(self, life: _Life) -> bool:
        if life is _Life.NEVER_READY:
            self._failed_starts += 1
            return self._failed_starts >= MOST_FAILED_STARTS
        self._failed_starts = 0
        now = time.monotonic()
        self._ends.append(now)
        return len(self._ends) == MOST_ENDS and now - self._ends[0] < ENDS_WINDOW_S

    def _pause_s(self) -> float:
        failures = max(self._failed_starts, len(self._ends), 1)
        return min(FIRST_PAUSE_S * 2.0 ** (failures - 1), LONGEST_PAUSE_S)

    async def _live(self) -> _Life:
        """One process from its start to its end."""
        spec = self._order.document.spec
        self.port = _free_port()
        self._become(ReplicaPhase.STARTING)
        environment = engine_environment(spec, self._order.variables, owner=str(self._place.directory), gpus=self._gpus)
        log = self._place.log(self.name)
        try:
            process = await KeptProcess.start(engine_command(spec, self.port), environment, log)
        except OSError as error:
            self._reason = NOT_STARTED
            self._message = f"The system could not start it: {error.strerror or error}."
            return _Life.NEVER_READY
        self._process = process
        self._events.changed()
        ended = asyncio.create_task(process.wait())
        try:
            was_ready = await self._await_ready(ended, spec.start_seconds)
            if was_ready:
                await self._watch(ended)
            code = await self._end(process, ended)
        finally:
            self._process = None
        if self._stopping.is_set():
            return _Life.STOPPED
        self._reason = self._reason or reason_of(code)
        lines = self._place.log_tail(self.name, MOST_LOG_LINES)
        late = explain_not_ready(spec, lines) if self._reason == NOT_READY else None
        self._message = late or explain_end(code, lines, spec)
        return _Life.WAS_READY if was_ready else _Life.NEVER_READY

    async def _await_ready(self, ended: asyncio.Task[int], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not ended.done() and not self._stopping.is_set():
            if await self._is_healthy():
                self._become(ReplicaPhase.READY)
                self._tell("Ready", f"{self.name} answers at {self.url}.")
                return True
            if time.monotonic() >= deadline:
                self._reason = NOT_READY
                return False
            await self._unless(ended, START_POLL_S)
        return False

    async def _watch(self, ended: asyncio.Task[int]) -> None:
        """Return once the process has ended or must be ended."""
        failures = 0
        while not ended.done() and not self._stopping.is_set():
            await self._unless(ended, HEALTH_PERIOD_S)
            if ended.done() or self._stopping.is_set():
                return
            failures = 0 if await self._is_healthy() else failures + 1
            if failures == FAILURES_UNTIL_UNREADY:
                self._become(ReplicaPhase.STARTING)
                self._tell(NOT_ANSWERING, f"{self.name} does not answer /health.", warning=True)
            elif failures >= FAILURES_UNTIL_RESTART:
                self._reason = NOT_ANSWERING
                return
            elif failures == 0 and self.phase is ReplicaPhase.STARTING:
                self._become(ReplicaPhase.READY)

    async def _end(self, process: KeptProcess, ended: asyncio.Task[int]) -> int:
        """The exit code, once the process has ended: by itself, because it was asked to, or killed."""
        if not ended.done() and self._stopping.is_set():
            self._become(ReplicaPhase.STOPPING)
            process.stop()
            await asyncio.wait({ended}, timeout=self._kill_after_s)
        if not ended.done():
            process.kill()
        return await ended

    async def _is_healthy(self) -> bool:
        try:
            async with self._session.get(f"{self.url}/health", timeout=HEALTH_TIMEOUT) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _unless(self, ended: asyncio.Task[int], seconds: float) -> None:
        """Wait, but no longer than until the process ends or is to be stopped."""
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({ended, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def _unless_stopped(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _become(self, phase: ReplicaPhase) -> None:
        self.phase = phase
        if phase in (ReplicaPhase.STARTING, ReplicaPhase.READY):
            self._reason = self._message = None
        self._events.changed()

    def _tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        self._events.happened(f"Process/{self.name}", reason, message, warning)


def _free_port() -> int:
    """A port of the loopback address that is free now."""
    with socket.socket() as candidate:
        candidate.bind((HOST, 0))
        port: int = candidate.getsockname()[1]
        return port
