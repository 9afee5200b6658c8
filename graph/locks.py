"""One turn of a conversation at a time, across tasks and processes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import psycopg
from psycopg import AsyncConnection

ASK_AGAIN_S = 0.05
CONNECT_TIMEOUT_S = 10
ANSWER_WITHIN_S = 10.0

Answer = TypeVar("Answer")


class ThreadLocks:
    """Locks by thread id: within this process by asyncio, between processes by PostgreSQL's advisory locks.

    All advisory locks are held by one connection of their own, so that waiting turns cannot use up a pool. If that
    connection is lost, so are its locks; the next turn opens another. PostgreSQL counts how often a connection took a
    lock, so each grant is given back once, also where nobody waits for it any more.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection | None = None
        self._asking = asyncio.Lock()
        self._local: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def hold(self, thread: str) -> AsyncIterator[None]:
        """Hold ``thread``; waits for whoever has it, for as long as the caller's timeout allows.

        Raises:
            psycopg.OperationalError: the database does not answer.
        """
        key = int.from_bytes(hashlib.sha256(thread.encode()).digest()[:8], signed=True)
        local = self._local.setdefault(thread, asyncio.Lock())
        async with local:
            while (holder := await self._take(key)) is None:  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(ASK_AGAIN_S)
            try:
                yield
            finally:
                await asyncio.shield(self._start(self._unlock(key, holder)))

    async def aclose(self) -> None:
        """Give up the connection, and with it every lock."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._disconnect()

    async def _take(self, key: int) -> AsyncConnection | None:
        """The connection that got the lock; what is granted to somebody who was cancelled is given back."""
        asking = self._start(self._lock(key))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            self._start(self._give_back(key, asking))
            raise

    async def _give_back(self, key: int, asking: asyncio.Task[AsyncConnection | None]) -> None:
        with suppress(psycopg.OperationalError):
            if (holder := await asking) is not None:
                await self._unlock(key, holder)

    async def _lock(self, key: int) -> AsyncConnection | None:
        """The connection that got the lock; ``None``: another process has it."""
        async with self._asking:
            try:
                return await self._try_lock(key)
            except psycopg.OperationalError:
                return await self._try_lock(key)

    async def _try_lock(self, key: int) -> AsyncConnection | None:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
            )
        granted = await self._answer("SELECT pg_try_advisory_lock(%s)", key, self._connection)
        return self._connection if granted else None

    async def _unlock(self, key: int, holder: AsyncConnection) -> None:
        """Give back what ``holder`` was granted; a connection that is lost took its locks along."""
        async with self._asking:
            if holder is self._connection:
                with suppress(psycopg.OperationalError):
                    await self._answer("SELECT pg_advisory_unlock(%s)", key, holder)

    async def _answer(self, question: str, key: int, connection: AsyncConnection) -> bool:
        """What the database says to ``question``; a connection that fails is closed, so that no lock stays on it."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                cursor = await connection.execute(question, (key,))
                row = await cursor.fetchone()
        except TimeoutError:
            await self._disconnect()
            raise psycopg.OperationalError("the database did not answer in time") from None
        except psycopg.OperationalError:
            await self._disconnect()
            raise
        return bool(row and row[0])

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _start(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """``work`` as a task that goes on when whoever waits for it is cancelled."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()
