"""The one place that opens the checkpointer: LangGraph's Postgres saver on a shared, bounded pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from neuralnav.errors import UnavailableError

CheckpointPool = AsyncConnectionPool[AsyncConnection[DictRow]]

_SETUP_LOCK = 0x6E65_7572_616C
"""Advisory lock under which the saver makes its tables, so that two processes do not make them at once."""

ASK_AGAIN_S = 0.05

ANSWER_WITHIN_S = 30.0
"""How long one thing that is asked of the stored conversations may take."""


@asynccontextmanager
async def open_checkpoints(url: str, max_connections: int = 8) -> AsyncIterator[CheckpointPool]:
    """A pool for checkpoint savers, with their tables made.

    Raises:
        UnavailableError: the database does not answer in time.
    """
    pool: CheckpointPool = AsyncConnectionPool(
        url,
        min_size=1,
        max_size=max_connections,
        timeout=10,
        open=False,
        check=AsyncConnectionPool.check_connection,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row, "connect_timeout": 10},
    )
    try:
        await pool.open(wait=True, timeout=15)
        async with pool.connection() as lock:
            await _lock_patiently(lock)
            try:
                await saver(pool).setup()
            finally:
                await lock.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,))
    except (PoolTimeout, psycopg.OperationalError) as error:
        await pool.close()
        raise UnavailableError(f"The database for conversations does not answer: {type(error).__name__}.") from None
    try:
        yield pool
    finally:
        await pool.close()


async def _lock_patiently(connection: AsyncConnection[DictRow]) -> None:
    """Take the lock of the setup by asking again and again.

    A statement that waits would be waited for in turn: the saver makes indexes concurrently, after every other
    statement has ended, and PostgreSQL does not see that circle.
    """
    async with in_time():
        while True:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS taken", (_SETUP_LOCK,))
            row = await cursor.fetchone()
            if row and row["taken"]:
                return
            await asyncio.sleep(ASK_AGAIN_S)


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Bound how long what is asked of the database inside may take.

    Raises:
        UnavailableError: it took longer.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            yield
    except TimeoutError:
        raise UnavailableError(
            f"The database for conversations did not answer within {ANSWER_WITHIN_S:g} s. Nothing is lost: try again."
        ) from None


def saver(pool: CheckpointPool) -> AsyncPostgresSaver:
    """A saver for one run: a saver takes one lock around each of its cursors, so runs must not share one."""
    return AsyncPostgresSaver(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=()))
