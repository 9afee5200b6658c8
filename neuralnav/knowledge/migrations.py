"""The schema's migrations: numbered, forward only, applied in one transaction under an advisory lock.

They are Alembic revisions whose SQL lies beside them in ``.sql`` files. Alembic is imported only when there is
something to apply: looking costs one query.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import asyncpg

from neuralnav.errors import FieldProblem, InvalidInputError, NeuralNavError, UnavailableError
from neuralnav.knowledge.connections import CONNECT_TIMEOUT_S, Connection, PooledConnection, connect
from neuralnav.resources import resource_dir

if TYPE_CHECKING:
    from sqlalchemy import Connection as SqlConnection

MIGRATION_LOCK = 0x6E6E_6D69_6772
"""Key of the advisory lock under which migrations are applied."""

LOCK_TIMEOUT_S = 60
"""The longest wait for another process that is migrating, and for any other lock."""

_LIMITS = {"lock_timeout": f"{LOCK_TIMEOUT_S}s", "statement_timeout": "300s"}
"""The server gives up a migration that takes too long."""

_GONE_CLIENT_CHECK = {"client_connection_check_interval": "1s"}
"""The server gives up a migration whose process is gone, on systems where it can tell."""

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.py")


@dataclass(frozen=True)
class MigrationStatus:
    """Where a database stands: the revision that it has, and those that it lacks, oldest first."""

    current: str | None
    pending: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be applied."""
        return not self.pending


async def migrate(url: str, directory: Path | None = None) -> list[str]:
    """Apply what is missing, all or nothing; returns the revisions that were applied, oldest first.

    Safe to call twice and from several processes at once: the second one waits, and finds nothing left to do.
    ``directory`` defaults to the migrations that ship with NeuralNav.

    Raises:
        InvalidInputError: the database is newer than this NeuralNav, or refuses a migration.
        UnavailableError: the database cannot be reached, or another process is migrating for too long.
    """
    source = directory or resource_dir("migrations")
    if (await migration_status(url, source)).is_current:
        return []
    return await asyncio.to_thread(_upgrade, url, source)


async def migration_status(url: str, directory: Path | None = None) -> MigrationStatus:
    """Which migrations a database has and which it lacks.

    Raises:
        InvalidInputError: the database is newer than this NeuralNav.
        UnavailableError: the database cannot be reached.
    """
    connection = await connect(url)
    try:
        return await status_of(connection, directory)
    finally:
        await connection.close(timeout=10)


async def status_of(connection: Connection | PooledConnection, directory: Path | None = None) -> MigrationStatus:
    """What :func:`migration_status` tells, over a connection that is there already."""
    known = _revisions(directory or resource_dir("migrations"))
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return MigrationStatus(None, known)
    return _status(await connection.fetchval("SELECT version_num FROM alembic_version"), known)


async def wipe(url: str) -> None:
    """Delete everything in the database, other programs' tables in the schema ``public`` included.

    Raises:
        InvalidInputError: the role may not do that.
        UnavailableError: the database cannot be reached, or someone uses it for longer than the lock timeout.
    """
    connection = await connect(url)
    try:
        await connection.execute(
            f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        )
    except asyncpg.InsufficientPrivilegeError as error:
        raise InvalidInputError(f"The database cannot be emptied: {error}.") from None
    except asyncpg.LockNotAvailableError:
        raise UnavailableError(f"Someone has used the database for more than {LOCK_TIMEOUT_S} s: stop it.") from None
    finally:
        await connection.close(timeout=10)


def run_sql_file(path: Path) -> None:
    """Run the statements of a file in the migration that Alembic is just applying."""
    from alembic import op

    connection = op.get_bind().connection.driver_connection
    if connection is None:
        raise InvalidInputError("Migrations need a connection: there is no offline mode.")
    connection.execute(path.read_text(encoding="utf-8"))


def forward_only() -> NoReturn:
    """Refuse to go back.

    Raises:
        InvalidInputError: always.
    """
    raise InvalidInputError("Migrations go forward only: restore a backup to go back.")


def _revisions(directory: Path) -> tuple[str, ...]:
    names = (_FILE_NAME.fullmatch(path.name) for path in (directory / "versions").iterdir())
    return tuple(sorted(name[1] for name in names if name))


def _status(current: str | None, known: tuple[str, ...]) -> MigrationStatus:
    if current is None:
        return MigrationStatus(None, known)
    if current not in known:
        newest = known[-1] if known else "none"
        raise InvalidInputError(
            f"The database has schema {current}, and this NeuralNav knows only up to {newest}: it was migrated by a "
            "newer one. Update NeuralNav, or use another database. Nothing was changed.",
            (FieldProblem("schema", current, f"at most {newest}"),),
        )
    return MigrationStatus(current, tuple(revision for revision in known if revision > current))


def _upgrade(url: str, directory: Path) -> list[str]:
    import psycopg
    from sqlalchemy.exc import DBAPIError

    try:
        return _apply(url, directory)
    except DBAPIError as error:
        raise _refusal(error.orig or error) from error
    except psycopg.Error as error:
        raise _refusal(error) from error


def _apply(url: str, directory: Path) -> list[str]:
    import psycopg
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S),
        poolclass=NullPool,
    )
    config = Config()
    config.set_main_option("script_location", str(directory).replace("%", "%%"))
    with engine.begin() as connection:
        _set(connection, _LIMITS)
        with suppress(DBAPIError), connection.begin_nested():
            _set(connection, _GONE_CLIENT_CHECK)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return list(_status(before, _revisions(directory)).pending)


def _set(connection: SqlConnection, settings: Mapping[str, str]) -> None:
    from sqlalchemy import text

    for name, value in settings.items():
        connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def _refusal(error: BaseException) -> NeuralNavError:
    import psycopg

    reason = " ".join(str(error).split())
    if isinstance(error, psycopg.OperationalError):
        return UnavailableError(f"The database could not be migrated: {reason}. Nothing was changed; try again.")
    return InvalidInputError(
        f"The database refuses a migration: {reason}. Nothing was changed. NeuralNav needs a database of its own, and "
        "a role that may create tables in it."
    )
