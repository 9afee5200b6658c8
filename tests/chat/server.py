"""The chat as a process of its own: started, killed and started again on the same port and home."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

READY_WITHIN_S = 90.0
END_WITHIN_S = 30.0
PROGRAM = [sys.executable, "-c", "from neuralnav.cli import run; run()"]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class ChatServer:
    def __init__(self, directory: Path, **settings: str) -> None:
        self.home = directory / "home"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = directory / "server.log"
        self._directory = directory
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    async def start(self) -> None:
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "PYTHONPATH", "LANG", "TMPDIR")}
        environment = kept | {
            "HOME": str(self._directory),
            "NEURALNAV_HOME": str(self.home),
            "NEURALNAV_PORT": str(self.port),
            "NEURALNAV_DELIVERY": "files",
            "PYTHONUNBUFFERED": "1",
            **self._settings,
        }
        self._log.touch()
        seen = len(self.log)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *PROGRAM, "serve", cwd=self._directory, env=environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(READY_WITHIN_S):
            while "Chat ready on http://" not in self.log[seen:]:
                assert self._process.returncode is None, self.log
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_WITHIN_S):
            return await self._process.wait()
