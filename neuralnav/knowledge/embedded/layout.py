"""The files of the embedded server under ``home/postgres``."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded.account import Account
from neuralnav.knowledge.embedded.address import ServerAddress

_SOCKET_PATH_BYTES = 103
"""The longest socket path that every system takes (macOS: 103, Linux: 107)."""

_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./@+-]+")
_LOG_TAIL_BYTES = 8192
_LOG_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Layout:
    """Every path that belongs to one embedded server; see the package's description."""

    root: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.root / "data"

    @property
    def partial(self) -> Path:
        """A data directory in the making."""
        return self.root / "data.partial"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.root / "server.log"

    @property
    def start_lock(self) -> Path:
        """Held while someone looks, creates, starts or stops."""
        return self.root / "start.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the server and all its processes."""
        return self.root / "server.lock"

    @property
    def users_lock(self) -> Path:
        """Held by every process that uses the server."""
        return self.root / "users.lock"

    def prepare(self) -> None:
        """Create the directory, for its owner alone.

        Raises:
            UnavailableError: something else is in its place, or it belongs to another user.
            OSError: it cannot be created.
        """
        self.root.parent.mkdir(parents=True, exist_ok=True)
        self.root.mkdir(mode=0o700, exist_ok=True)
        found = self.root.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise UnavailableError(
                f"{self.root} must be a directory of user id {os.geteuid()}, who runs NeuralNav; it belongs "
                f"to user id {found.st_uid}. Run NeuralNav as that user, or set NEURALNAV_HOME to another "
                "directory."
            )
        self.root.chmod(0o700)

    def address(self) -> ServerAddress:
        """Where the server that was started last is reached."""
        try:
            recorded = (self.root / "socket").read_text()
        except FileNotFoundError:
            recorded = ""
        return ServerAddress(Path(recorded or self.root / "run"))

    def choose_socket_directory(self, account: Account) -> ServerAddress:
        """Find and record a directory for the account alone whose path is short enough for a socket."""
        preferred = ServerAddress(self.root / "run")
        if _fits(preferred):
            preferred.socket_directory.mkdir(mode=0o700, exist_ok=True)
            account.own(preferred.socket_directory)
            return self._record(preferred)
        recorded = self.address()
        if recorded != preferred and _is_private(recorded.socket_directory, account):
            return recorded
        for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes a private directory in it
            candidate = ServerAddress(Path(tempfile.mkdtemp(prefix="neuralnav-", dir=parent)))
            if _fits(candidate):
                account.own(candidate.socket_directory)
                return self._record(candidate)
            candidate.socket_directory.rmdir()
        raise UnavailableError(
            f"No path for a unix socket is short enough: neither under {self.root} nor under "
            f"{tempfile.gettempdir()}. Set NEURALNAV_HOME or TMPDIR to a shorter path of plain letters."
        )

    def drop_socket_directory(self) -> None:
        """Remove an empty stand-in directory outside of ``home``, and the note of it."""
        address = self.address()
        if address.socket_directory.parent != self.root:
            with suppress(OSError):
                address.socket_directory.rmdir()
                (self.root / "socket").unlink()

    def rotate_log(self) -> None:
        """Set a long log aside, in place of the one set aside before."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > _LOG_MAX_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))

    def log_tail(self, lines: int = 10) -> str:
        """The last lines of the server's log, for an error message."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except FileNotFoundError:
            text = ""
        return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"

    def _record(self, address: ServerAddress) -> ServerAddress:
        note = self.root / "socket.new"
        note.write_text(str(address.socket_directory))
        note.replace(self.root / "socket")
        return address


def _fits(address: ServerAddress) -> bool:
    path = str(address.socket)
    return len(os.fsencode(path)) <= _SOCKET_PATH_BYTES and bool(_PLAIN_PATH.fullmatch(path))


def _is_private(directory: Path, account: Account) -> bool:
    try:
        found = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and stat.S_IMODE(found.st_mode) == 0o700
