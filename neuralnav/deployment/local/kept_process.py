"""A program that ends when this process does, however this process ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from neuralnav.deployment.local import keeper

MISSING = 127
"""Exit code of a program that is not there, as shells have it."""


class KeptProcess:
    """A running program with its keeper, which heads the process group that both are in."""

    def __init__(self, keeper_process: asyncio.subprocess.Process) -> None:
        self._keeper = keeper_process
        self.pid: int | None = None
        """The program's own process id; ``None``: it could not be started."""

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Self:
        """Start ``command`` with its output in ``log``."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            keeper.__file__,
            str(log),
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            cwd=log.parent,
            start_new_session=True,
        )
        kept = cls(process)
        word, _, number = (await kept._report()).partition(" ")
        if word == "pid":
            kept.pid = int(number)
        return kept

    async def wait(self) -> int:
        """The program's exit code; minus the number of the signal that ended it.

        Where the keeper ended without telling, it was killed, and what it kept is killed too.
        """
        word, _, number = (await self._report()).partition(" ")
        if word != "exit" and self.pid is not None:
            self.kill()
        await self._keeper.wait()
        return int(number) if word == "exit" else -signal.SIGKILL if self.pid else MISSING

    async def _report(self) -> str:
        if self._keeper.stdout is None:
            return ""
        return (await self._keeper.stdout.readline()).decode().strip()

    def stop(self) -> None:
        """Ask the program to end."""
        if self._keeper.stdin is not None and not self._keeper.stdin.is_closing():
            self._keeper.stdin.write(b"stop\n")

    def kill(self) -> None:
        """End the program and all that it started, at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._keeper.pid, signal.SIGKILL)
