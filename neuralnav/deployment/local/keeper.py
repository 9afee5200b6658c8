"""Runs one program that must not outlive the supervisor; a script of its own, with nothing but the standard library.

Called as ``keeper.py LOG PROGRAM ARGUMENT...``, at the head of a process group. It writes the program's output to LOG
(and what is older to ``LOG.1``) and reports on standard output: ``pid N``, ``exit CODE``, ``missing``. On standard
input it takes ``stop``: ask the program to end. When standard input ends, as it does however the supervisor ends, the
whole group is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import IO

MOST_LOG_BYTES = 2**20
"""A log that has grown to this is put aside, in place of the one before."""

_DRAIN_S = 1.0
"""How long the output of an ended program is read on, where a process that it left holds the pipe."""


def main(log: str, *command: str) -> None:
    """Run ``command`` to its end, then end what it left."""
    try:
        program = subprocess.Popen(  # noqa: S603 - the supervisor says which, by the deployment's mode
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except FileNotFoundError:
        _report("missing")
        return
    _report(f"pid {program.pid}")
    threading.Thread(target=_obey, args=(program,), daemon=True).start()
    copying = threading.Thread(target=_copy, args=(program.stdout, log), daemon=True)
    copying.start()
    code = program.wait()
    copying.join(_DRAIN_S)
    _report(f"exit {code}")
    os.killpg(0, signal.SIGKILL)


def _report(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _obey(program: subprocess.Popen[bytes]) -> None:
    for line in sys.stdin:
        if line == "stop\n":
            program.terminate()
    os.killpg(0, signal.SIGKILL)


def _copy(output: IO[bytes], path: str) -> None:
    log = open(path, "ab", buffering=0)  # noqa: PTH123, SIM115 - pathlib would double the time to start
    while piece := os.read(output.fileno(), 65_536):
        log.write(piece)
        if log.tell() >= MOST_LOG_BYTES:
            log.close()
            os.replace(path, f"{path}.1")  # noqa: PTH105
            log = open(path, "ab", buffering=0)  # noqa: PTH123, SIM115
    log.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
