"""Where the embedded server is reached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SERVER_PORT = 5432
"""Only a part of the socket's name: the server listens on no network port."""

SERVER_USER = "neuralnav"
"""The database role that owns everything."""

SERVER_DATABASE = "neuralnav"
"""The database that a new server starts with."""


@dataclass(frozen=True)
class ServerAddress:
    """A running server: the directory of its unix socket, and who connects to what."""

    socket_directory: Path
    port: int = SERVER_PORT
    user: str = SERVER_USER
    database: str = SERVER_DATABASE

    @property
    def socket(self) -> Path:
        """The unix socket itself."""
        return self.socket_directory / f".s.PGSQL.{self.port}"

    @property
    def url(self) -> str:
        """The address as a URL that asyncpg, psycopg and libpq accept."""
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        """The URL of another database of the same server."""
        host = quote(str(self.socket_directory), safe="")
        return f"postgresql://{quote(self.user)}@/{quote(database, safe='')}?host={host}&port={self.port}"
