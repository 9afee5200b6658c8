"""Homes for embedded servers, and real processes that use them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from neuralnav.knowledge.embedded.layout import Layout
from neuralnav.knowledge.embedded.server import stop_server

USER = """
import asyncio, sys
from pathlib import Path
from neuralnav.knowledge.embedded import ensure_server

async def use(home):
    lease = await ensure_server(home, durable=False)
    print(lease.address.url, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    {ending}

asyncio.run(use(Path(sys.argv[1])))
"""


class UserProcess:
    """A process of its own that uses the embedded server until it is told to leave."""

    def __init__(self, home: Path, ending: str = "await lease.release()") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER.format(ending=ending), str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        """Wait until the server is there."""
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        if not url:
            raise AssertionError(self.process.communicate(timeout=10)[1])
        return url

    def leave(self) -> str:
        """Let the process end by itself; returns what it wrote to stderr."""
        _, errors = self.process.communicate("\n", timeout=30)
        return errors

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        self.process.kill()
        self.process.communicate(timeout=10)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A place for an embedded server, which is stopped in the end whatever the test did."""
    home = tmp_path / "home"
    yield home
    if (home / "postgres").is_dir():
        stop_server(Layout(home / "postgres"))


@pytest.fixture
def user_process(home: Path) -> Iterator[Callable[..., UserProcess]]:
    """Starts processes that use the server of a home; those that are left then leave."""
    started: list[UserProcess] = []

    def start(place: Path = home, **options: str) -> UserProcess:
        started.append(UserProcess(place, **options))
        return started[-1]

    yield start
    for user in started:
        if user.process.poll() is None:
            user.leave()


@pytest.fixture
def postmaster() -> Callable[[Path], int | None]:
    """The process id of the server of a home; ``None`` where none runs."""

    def find(home: Path) -> int | None:
        try:
            pid = int((home / "postgres/data/postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            return None
        return pid

    return find


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Look again until something is so, for ten seconds."""

    def look(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with suppress(FileNotFoundError):
                if condition():
                    return
            time.sleep(0.01)
        raise AssertionError("it did not come true")

    return look
