"""Locks of conversations that are waited for by somebody who gives up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import psycopg
import pytest

from graph.locks import ThreadLocks
from neuralnav.knowledge.database import Database
from neuralnav.settings import Settings


@pytest.fixture(scope="module")
async def database(lasting: Settings) -> AsyncIterator[Database]:
    async with Database.open(lasting, prepare=False) as database:
        yield database


@pytest.fixture
async def locks(database: Database) -> AsyncIterator[ThreadLocks]:
    async with aclosing(ThreadLocks(database.url)) as locks:
        yield locks


class Gate:
    """Lets answers of the database through only when told."""

    def __init__(self, locks: ThreadLocks, monkeypatch: pytest.MonkeyPatch, question: str) -> None:
        self._real = locks._answer
        self._question = question
        self.answered = asyncio.Event()
        self.open = asyncio.Event()
        monkeypatch.setattr(locks, "_answer", self._late)

    async def _late(self, question: str, key: int, connection: psycopg.AsyncConnection) -> bool:
        answer = await self._real(question, key, connection)
        if self._question in question:
            self.answered.set()
            await self.open.wait()
        return answer


async def held(locks: ThreadLocks, thread: str) -> None:
    async with locks.hold(thread):
        pass


async def can_be_entered(database: Database, thread: str) -> bool:
    """Whether another process gets the lock."""
    async with aclosing(ThreadLocks(database.url)) as others:
        try:
            async with asyncio.timeout(2.0):
                await held(others, thread)
        except TimeoutError:
            return False
    return True


@pytest.mark.parametrize("question", ["pg_try_advisory_lock", "pg_advisory_unlock"])
async def test_a_lock_that_somebody_gave_up_on_is_free_again(
    database: Database, locks: ThreadLocks, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    gate = Gate(locks, monkeypatch, question)
    turn = asyncio.create_task(held(locks, "left"))
    await gate.answered.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    gate.open.set()
    assert await can_be_entered(database, "left")
    await held(locks, "left")


async def test_giving_up_takes_nothing_from_who_holds_the_lock_next(
    database: Database, locks: ThreadLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(locks, monkeypatch, "pg_try_advisory_lock")
    left = asyncio.create_task(held(locks, "shared"))
    await gate.answered.wait()
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    gate.open.set()
    async with locks.hold("shared"):
        await asyncio.gather(*(task for task in locks._tasks))
        async with aclosing(ThreadLocks(database.url)) as others:
            key = asyncio.create_task(held(others, "shared"))
            done, _ = await asyncio.wait([key], timeout=0.2)
            assert not done
            key.cancel()
            await asyncio.gather(key, return_exceptions=True)
    assert await can_be_entered(database, "shared")


async def test_a_connection_that_is_lost_is_opened_again(database: Database, locks: ThreadLocks) -> None:
    async with locks.hold("lost"):
        assert locks._connection
        await locks._connection.close()
    async with locks.hold("lost"):
        pass
    assert await can_be_entered(database, "lost")
