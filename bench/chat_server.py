"""The chat in a process of its own, as it is measured."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

READY_WITHIN_S, END_WITHIN_S = 90.0, 30.0
PROGRAM = (sys.executable, "-c", "from neuralnav.cli import run; run()", "serve")


@dataclass(frozen=True)
class ChatProcess:
    """A chat that runs."""

    url: str
    pid: int

    @property
    def mib(self) -> float:
        """The memory that its process holds; simulating is done by others."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@contextmanager
def running_chat() -> Iterator[ChatProcess]:
    """A chat with a database of its own, ended on leaving.

    Raises:
        RuntimeError: it does not get ready.
    """
    with tempfile.TemporaryDirectory(prefix="neuralnav-chat-", ignore_cleanup_errors=True) as home:
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        own = {"HOME": home, "NEURALNAV_HOME": home, "NEURALNAV_PORT": str(port), "NEURALNAV_DELIVERY": "files"}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("NEURALNAV_", "DATABASE_"))}
        process = subprocess.Popen(PROGRAM, cwd=home, env=kept | own, stdout=subprocess.PIPE, text=True)
        late = Timer(READY_WITHIN_S, process.kill)
        late.start()
        try:
            if not any(line.startswith("Chat ready") for line in process.stdout or ()):
                raise RuntimeError(f"The chat did not get ready within {READY_WITHIN_S:g} s.")
            late.cancel()
            yield ChatProcess(url, process.pid)
        finally:
            late.cancel()
            process.terminate()
            process.wait(END_WITHIN_S)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
