"""One turn of a conversation at a time, across tasks and processes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from weakref import WeakValueDictionary

import psycopg
from psycopg import AsyncConnection

ASK_AGAIN_S = 0.05
CONNECT_TIMEOUT_S = 10


class ThreadLocks:
    """Locks by thread id: within this process by asyncio, between processes by PostgreSQL's advisory locks.

    All advisory locks are held by one connection of their own, so that waiting turns cannot use up a pool. If that
    connection is lost, so are its locks; the next turn opens another.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection | None = None
        self._asking = asyncio.Lock()
        self._local: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, thread: str) -> AsyncIterator[None]:
        """Hold ``thread``; waits for whoever has it, for as long as the caller's timeout allows."""
        key = int.from_bytes(hashlib.sha256(thread.encode()).digest()[:8], signed=True)
        local = self._local.setdefault(thread, asyncio.Lock())
        async with local:
            while not await self._ask("SELECT pg_try_advisory_lock(%s)", key):  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(ASK_AGAIN_S)
            try:
                yield
            finally:
                with suppress(psycopg.OperationalError):  # a connection that is lost took its locks along
                    await self._ask("SELECT pg_advisory_unlock(%s)", key)

    async def aclose(self) -> None:
        """Give up the connection, and with it every lock."""
        if self._connection is not None:
            await self._connection.close()

    async def _ask(self, question: str, key: int) -> bool:
        async with self._asking:
            try:
                return await self._answer(question, key)
            except psycopg.OperationalError:
                self._connection = None
                return await self._answer(question, key)

    async def _answer(self, question: str, key: int) -> bool:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
            )
        cursor = await self._connection.execute(question, (key,))
        row = await cursor.fetchone()
        return bool(row and row[0])
