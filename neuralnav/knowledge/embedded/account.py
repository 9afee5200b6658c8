"""Who runs the server: the user of this process, or for root, whom PostgreSQL refuses, ``nobody``."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuralnav.errors import UnavailableError

UNPRIVILEGED = "nobody"
"""The account that stands in for root."""

_DESCRIPTORS = Path("/proc/self/fd")
_INSTEAD = "Run NeuralNav as an ordinary user, or set DATABASE_URL to a PostgreSQL 14 or newer."


@dataclass(frozen=True)
class Account:
    """The operating-system account of the server, and the one of its clients."""

    uid: int
    gid: int
    client: str
    """The user name of this process: the only one whom the server lets in."""
    differs: bool
    """Whether the server runs as someone else than this process."""

    def process_options(self) -> dict[str, Any]:
        """What ``subprocess`` needs to run something as this account."""
        options: dict[str, Any] = {"cwd": "/", "umask": 0o077}
        if self.differs:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def own(self, path: Path) -> None:
        """Give a file or directory to the account."""
        if self.differs:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    @contextmanager
    def directories(self, *paths: Path) -> Iterator[Directories]:
        """Make directories usable for the account, whatever the permissions of the directories above them."""
        if not self.differs:
            yield Directories(tuple(map(str, paths)), ())
            return
        with ExitStack() as opened:
            descriptors = []
            for path in paths:
                descriptors.append(os.open(path, os.O_RDONLY | os.O_DIRECTORY))
                opened.callback(os.close, descriptors[-1])
            yield Directories(tuple(f"{_DESCRIPTORS}/{fd}" for fd in descriptors), tuple(descriptors))


@dataclass(frozen=True)
class Directories:
    """Directories as a child process names them, and the descriptors that it has to inherit for that."""

    names: tuple[str, ...]
    descriptors: tuple[int, ...]


def server_account() -> Account:
    """The account that has to run the server for this process.

    Raises:
        UnavailableError: the system has no account that could.
    """
    try:
        user = pwd.getpwuid(os.geteuid())
        if user.pw_uid:
            return Account(user.pw_uid, os.getegid(), user.pw_name, differs=False)
        stand_in = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise UnavailableError(
            "The embedded PostgreSQL needs an account of the operating system: "
            f"user id {os.geteuid()} has none, or it is root's and there is no {UNPRIVILEGED!r}. {_INSTEAD}"
        ) from None
    if not _DESCRIPTORS.is_dir():
        raise UnavailableError(
            f"PostgreSQL refuses to run as root, and this system has no {_DESCRIPTORS} by which "
            f"{UNPRIVILEGED!r} could run it. {_INSTEAD}"
        )
    return Account(stand_in.pw_uid, stand_in.pw_gid, user.pw_name, differs=True)
