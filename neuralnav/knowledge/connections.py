"""Connections to PostgreSQL: bounded waits, patience while a server restarts, errors that say what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_exponential

from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PooledConnection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

OLDEST_SERVER = 14
"""The oldest major version of PostgreSQL that is supported."""

CONNECT_TIMEOUT_S = 10
"""The longest that one attempt to connect may take."""

COMMAND_TIMEOUT_S = 30
"""The longest that one statement may take."""

ACQUIRE_TIMEOUT_S = 15
"""The longest wait for a free connection of the pool."""

MAX_CONNECTIONS = 10
"""Connections of one process's pool."""

_RESTART_PATIENCE_S = 5
_CLOSE_TIMEOUT_S = 10
_OUTAGES = (
    OSError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
_REFUSALS = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)

Revive = Callable[[], Awaitable[None]]


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the database and the connection to it report into errors that say what to do.

    Raises:
        UnavailableError: the database does not answer, or has no room.
        InvalidInputError: the address or the credentials are wrong, or the database refuses a value.
    """
    try:
        yield
    except _REFUSALS as error:
        raise _wrong_address(error) from None
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
        raise InvalidInputError(f"The database refuses a value: {error}.") from error
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):
            raise InvalidInputError(f"The database cannot hold a value: {error}.") from error
        raise _outage(error) from error
    except _OUTAGES as error:
        raise _outage(error) from error


async def connect(url: str) -> Connection:
    """One connection of its own; waits a few seconds for a server that is just starting.

    Raises:
        UnavailableError: the database does not answer.
        InvalidInputError: the address or the credentials are wrong.
    """
    with explained(), _address_explained():
        return await _connect_patiently(url)


@asynccontextmanager
async def open_pool(url: str, revive: Revive | None = None) -> AsyncIterator[Pool]:
    """A pool that replaces lost connections; ``revive`` starts the server again where it is gone.

    Raises:
        UnavailableError: the database does not answer.
        InvalidInputError: the address or the credentials are wrong, or the server is too old.
    """

    async def connect_again(*arguments: Any, **options: Any) -> Connection:
        return await _connect_patiently(*arguments, revive=revive, **options)

    with explained(), _address_explained():
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=MAX_CONNECTIONS,
            command_timeout=COMMAND_TIMEOUT_S,
            connect=connect_again,
            server_settings={"application_name": "neuralnav"},
        )
    try:
        async with pooled(pool) as connection:
            _check_version(connection.get_server_version().major)
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), _CLOSE_TIMEOUT_S)
        except (TimeoutError, *_OUTAGES):
            pool.terminate()


@asynccontextmanager
async def pooled(pool: Pool) -> AsyncIterator[PooledConnection]:
    """A working connection of the pool for the time being; errors of the connection are explained.

    Raises:
        UnavailableError: no connection became free in time, or the database does not answer.
    """
    with explained():
        connection = await _working_connection(pool)
        try:
            yield connection
        finally:
            await pool.release(connection, timeout=_CLOSE_TIMEOUT_S)


async def _working_connection(pool: Pool) -> PooledConnection:
    """Take connections until one answers: the server may have ended idle ones without their knowing yet."""
    for _ in range(MAX_CONNECTIONS):
        connection = await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        try:
            await connection.execute("SELECT 1")
        except (asyncpg.InterfaceError, *_OUTAGES):
            connection.terminate()
            await pool.release(connection)
        except BaseException:
            await pool.release(connection)
            raise
        else:
            return connection
    return await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)


async def _connect_patiently(*arguments: Any, revive: Revive | None = None, **options: Any) -> Connection:
    attempts = AsyncRetrying(
        stop=stop_after_delay(_RESTART_PATIENCE_S),
        wait=wait_exponential(multiplier=0.05, max=1),
        retry=retry_if_exception_type((OSError, asyncpg.CannotConnectNowError)),
        reraise=True,
    )
    async for attempt in attempts:
        with attempt:
            try:
                return await asyncpg.connect(*arguments, timeout=CONNECT_TIMEOUT_S, **options)
            except OSError:
                if revive:
                    await revive()
                raise
    raise UnavailableError("The database does not answer.")


@contextmanager
def _address_explained() -> Iterator[None]:
    """Turn what is wrong with the text of an address into an error that does not show it: it may hold a password."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        raise _wrong_address(error) from None


def _wrong_address(error: Exception) -> InvalidInputError:
    return InvalidInputError(
        f"The database cannot be used: {error}. Check DATABASE_URL.",
        (FieldProblem("DATABASE_URL", "(not shown)", "postgresql://user:password@host:port/database"),),
    )


def _outage(error: BaseException) -> UnavailableError:
    reason = str(error) or type(error).__name__
    return UnavailableError(
        f"The database does not answer as it should: {reason}. Try again; if DATABASE_URL is set, check that server."
    )


def _check_version(major: int) -> None:
    if major < OLDEST_SERVER:
        raise InvalidInputError(
            f"The database is PostgreSQL {major}; NeuralNav needs {OLDEST_SERVER} or newer.",
            (FieldProblem("DATABASE_URL", f"PostgreSQL {major}", f"PostgreSQL {OLDEST_SERVER} or newer"),),
        )
