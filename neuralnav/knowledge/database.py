"""The knowledge base, open: its server, its pool, its schema and its seeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from neuralnav.knowledge.benchmark_seeds import seed_benchmarks
from neuralnav.knowledge.connections import Pool, open_pool, pooled
from neuralnav.knowledge.migrations import migrate, status_of
from neuralnav.knowledge.seeding import seed
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.settings import Settings


@dataclass(frozen=True)
class Database:
    """An open database: a pool of asyncpg connections, and the address for programs with pools of their own."""

    pool: Pool
    url: str = field(repr=False)
    """For asyncpg, psycopg and libpq alike; may hold a password."""

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, prepare: bool = True) -> AsyncIterator[Self]:
        """Open the database of ``DATABASE_URL`` or, where that is unset, the embedded one under ``settings.home``.

        ``prepare`` applies the migrations and seeds that are missing. On leaving, the pool is closed and the embedded
        server, where nobody else uses it, is stopped.

        Raises:
            UnavailableError: the server cannot be started or reached.
            InvalidInputError: the database is too old, belongs to a newer NeuralNav, or cannot be migrated.
        """
        async with AsyncExitStack() as stack:
            url, revive = settings.database_url.get_secret_value() if settings.database_url else "", None
            if not url:
                from neuralnav.knowledge.embedded import ensure_server

                lease = await stack.enter_async_context(await ensure_server(settings.home))
                url, revive = lease.address.url, lease.revive
            database = cls(await stack.enter_async_context(open_pool(url, revive)), url)
            if prepare:
                await database.prepare()
            yield database

    async def wake(self) -> None:
        """Wait until the server answers; an embedded one that is gone is started again.

        Raises:
            UnavailableError: it does not come back.
        """
        async with pooled(self.pool) as connection:
            await connection.execute("SELECT 1")

    async def prepare(self) -> None:
        """Apply the migrations and seeds that are missing.

        Raises:
            UnavailableError: the server cannot be reached.
            InvalidInputError: the database belongs to a newer NeuralNav, or cannot be migrated.
        """
        async with pooled(self.pool) as connection:
            status = await status_of(connection)
        if not status.is_current:
            await migrate(self.url)
        await seed(self.pool, await asyncio.to_thread(read_seeds))
        await seed_benchmarks(self.pool)
