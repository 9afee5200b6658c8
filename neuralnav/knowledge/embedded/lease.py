"""Using the embedded server: it runs while anyone does, and ends with the last one."""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded import locks
from neuralnav.knowledge.embedded.account import server_account
from neuralnav.knowledge.embedded.address import ServerAddress
from neuralnav.knowledge.embedded.binaries import find_binaries, runnable_by
from neuralnav.knowledge.embedded.cluster import create_data_directory, has_data_directory, space_hint
from neuralnav.knowledge.embedded.layout import Layout
from neuralnav.knowledge.embedded.server import ensure_running, stop_server

PATIENCE_S = 180.0
"""The longest wait for another process that is creating, starting or stopping the server."""

_LEAVING_PATIENCE_S = 10.0


@dataclass(eq=False)
class ServerLease:
    """One use of the running server; an async context manager that releases it."""

    address: ServerAddress
    _layout: Layout
    _durable: bool
    _users_lock: int | None
    _process: int = field(default_factory=os.getpid)

    async def revive(self) -> None:
        """Start the server again at the same address where it was killed; else do nothing.

        Raises:
            UnavailableError: it does not start.
        """
        await asyncio.to_thread(_revive, self._layout, durable=self._durable)

    async def release(self) -> None:
        """End this use, and the server if nobody else uses it. Releasing twice does nothing.

        Raises:
            UnavailableError: the server did not stop in time.
        """
        await asyncio.to_thread(self.release_now)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.release()

    def release_now(self) -> None:
        """What :meth:`release` does, for where no event loop runs; blocks."""
        descriptor, self._users_lock = self._users_lock, None
        atexit.unregister(self.release_now)
        if descriptor is None:
            return
        if os.getpid() != self._process:
            os.close(descriptor)
            return
        locks.release(descriptor)
        with suppress(locks.LockTimeoutError), locks.exclusive(self._layout.start_lock, _LEAVING_PATIENCE_S):
            alone = locks.try_exclusive(self._layout.users_lock)
            if alone is not None:
                try:
                    stop_server(self._layout)
                finally:
                    locks.release(alone)


async def ensure_server(home: Path, *, durable: bool = True, patience_s: float = PATIENCE_S) -> ServerLease:
    """Use the server of ``home``: create it where there is none, start it where it does not run.

    ``durable=False`` makes a server that this call starts faster by not waiting for the disk; a crash of the
    machine can then destroy its data, so it is for tests only. ``patience_s`` bounds the wait for another
    process that is just starting or stopping the server.

    Raises:
        UnavailableError: it cannot be created, started or reached; says why and what to do.
    """
    loop = asyncio.get_running_loop()
    acquiring = loop.run_in_executor(None, lambda: _acquire(_layout_of(home), durable=durable, patience_s=patience_s))
    try:
        return await asyncio.shield(acquiring)
    except asyncio.CancelledError:
        acquiring.add_done_callback(_release_unwanted)
        raise


def _release_unwanted(acquired: asyncio.Future[ServerLease]) -> None:
    if not acquired.cancelled() and acquired.exception() is None:
        Thread(target=acquired.result().release_now, name="neuralnav-postgres-release").start()


def _layout_of(home: Path) -> Layout:
    return Layout(home.expanduser().absolute() / "postgres")


def _acquire(layout: Layout, *, durable: bool, patience_s: float) -> ServerLease:
    with _explained(layout):
        layout.prepare()
        with locks.exclusive(layout.start_lock, patience_s) as start_lock:
            users_lock = locks.try_shared(layout.users_lock)
            if users_lock is None:
                raise UnavailableError(f"Another program keeps {layout.users_lock} locked: end it.")
            try:
                address = _attach(layout, start_lock, durable=durable)
            except BaseException:
                locks.release(users_lock)
                raise
    lease = ServerLease(address, layout, durable, users_lock)
    atexit.register(lease.release_now)
    return lease


def _revive(layout: Layout, *, durable: bool) -> None:
    with _explained(layout), locks.exclusive(layout.start_lock, PATIENCE_S) as start_lock:
        _attach(layout, start_lock, durable=durable)


def _attach(layout: Layout, start_lock: int, *, durable: bool) -> ServerAddress:
    account = server_account()
    binaries = runnable_by(account, find_binaries())
    if not has_data_directory(layout):
        create_data_directory(layout, account, binaries, start_lock, durable=durable)
    return ensure_running(layout, account, binaries, durable=durable)


@contextmanager
def _explained(layout: Layout) -> Iterator[None]:
    """Turn what the operating system refuses into an error that names the directory."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The embedded PostgreSQL cannot be run in {layout.root}: {error}.{space_hint(layout.root)} Set "
            "NEURALNAV_HOME to another directory, or DATABASE_URL to a PostgreSQL 14 or newer."
        ) from error
