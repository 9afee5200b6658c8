"""A Python that has imported the program: every run is a process of its own, forked from it, that starts at once.

A run behaves as ``python -c CODE ARGUMENT...`` does: with arguments, environment, standard streams and exit code of
its own. What only a new interpreter can take (``PYTHON...``, ``LC_...``, ``NUMBA_...``) needs ``subprocess``.
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

ROOT = Path(__file__).resolve().parents[1]
MESSAGE_BYTES = 200_000
OF_A_NEW_INTERPRETER = ("PYTHON", "LC_", "LANG", "NUMBA_")
"""How environment variables begin that are read once, when an interpreter starts or compiles."""


class WarmPython:
    """The process that waits with ``modules`` imported; a context manager that ends it."""

    def __init__(self, *modules: str) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno()), *modules],
                cwd=ROOT,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
                pass_fds=[theirs.fileno()],
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait(timeout=30)

    def run(
        self, code: str, arguments: Sequence[str], environment: Mapping[str, str], *, given: str = "", timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Run ``code`` with ``arguments``, in ``environment`` and nothing else, and ``given`` as standard input.

        Raises:
            subprocess.TimeoutExpired: it did not end in ``timeout_s``, and was killed.
        """
        asked = {"code": code, "arguments": list(arguments), "environment": dict(environment), "cwd": str(Path.cwd())}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            readable, writable = os.pipe()
            try:
                _send(self._socket, asked, (readable, out.fileno(), err.fileno()))
            finally:
                os.close(readable)
            threading.Thread(target=_feed, args=(writable, given), daemon=True).start()
            code_of_end = self._ended(timeout_s, arguments)
            return subprocess.CompletedProcess(list(arguments), code_of_end, _text(out), _text(err))

    def _ended(self, timeout_s: float, arguments: Sequence[str]) -> int:
        self._socket.settimeout(60)
        process = _receive(self._socket)["process"]
        self._socket.settimeout(timeout_s)
        try:
            return int(_receive(self._socket)["code"])
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            self._socket.settimeout(60)
            _receive(self._socket)
            raise subprocess.TimeoutExpired(list(arguments), timeout_s) from None


def _feed(writable: int, given: str) -> None:
    try:
        with os.fdopen(writable, "w", encoding="utf-8") as stream:
            stream.write(given)
    except BrokenPipeError:
        return


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8")


def _send(connection: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    connection.sendmsg([json.dumps(message).encode()], rights)


def _receive(connection: socket.socket) -> dict[str, Any]:
    data = connection.recv(MESSAGE_BYTES)
    if not data:
        raise ConnectionError("the warm Python ended")
    message: dict[str, Any] = json.loads(data)
    return message


def _wait_for_runs(connection: socket.socket) -> dict[str, Any]:
    """Fork for every run that is asked for; returns in the processes that are to run, and never in this one."""
    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, MESSAGE_BYTES, 3)
        if not data:
            sys.exit()
        process = os.fork()
        if process == 0:
            connection.close()
            return _become(json.loads(data), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _send(connection, {"process": process})
        _send(connection, {"code": os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])})


def _become(asked: dict[str, Any], descriptors: Sequence[int]) -> dict[str, Any]:
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["-c", *asked["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(place, mode, encoding="utf-8", closefd=False) for place, mode in enumerate("rww")
    )
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    return asked


def main() -> None:
    """Import the modules named on the command line, wait, and run what is asked for in the processes forked."""
    descriptor, *modules = sys.argv[1:]
    for module in modules:
        importlib.import_module(module)
    assert threading.active_count() == 1, "a process with threads cannot be forked safely"
    gc.collect()
    gc.freeze()
    asked = _wait_for_runs(socket.socket(fileno=int(descriptor)))
    exec(compile(asked["code"], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as ``python -c`` does


if __name__ == "__main__":
    main()
