"""Simulators as people start them: the program in a process of its own, on a free port, ended afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, "-c", "from neuralnav.cli import run; run()", "simulator")
USUAL = ("--port=0", "--disable-uvicorn-access-log")
START_S, END_S = 60.0, 30.0
POLL_S = 0.02
SERVING, READY = re.compile(r"^Serving .* on (http://\S+)$", re.MULTILINE), "Application startup complete"


class SimulatorStartError(Exception):
    """A simulator ends before it serves, or does not serve in time; the message is what it said."""


@dataclass(frozen=True)
class SimulatorProcess:
    """A simulator that serves."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    """What it says, while it runs."""


@contextmanager
def simulator_process(
    arguments: Sequence[str],
    *,
    program: Sequence[str] = PROGRAM,
    environment: Mapping[str, str] | None = None,
    cores: Sequence[int] = (),
) -> Iterator[SimulatorProcess]:
    """A new simulator with ``arguments``, killed afterwards.

    Args:
        arguments: Options besides the port.
        program: What is started.
        environment: Its whole environment; ``None``: this process's.
        cores: The only ones that it may use; none: all.

    Raises:
        SimulatorStartError: it does not serve.
    """
    with tempfile.NamedTemporaryFile(prefix="neuralnav-simulator-") as log:
        command = [*program, *arguments, *USUAL]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)
        try:
            if cores:
                os.sched_setaffinity(process.pid, cores)
            path = Path(log.name)
            yield SimulatorProcess(_address(process, path), process, path)
        finally:
            process.kill()
            process.wait(END_S)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s and process.poll() is None:
        said = log.read_text(errors="replace")
        if READY in said and (found := SERVING.search(said)):
            return found[1]
        time.sleep(POLL_S)
    raise SimulatorStartError(f"The simulator does not serve: {log.read_text(errors='replace')}")
