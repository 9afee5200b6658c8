"""A Python that has imported the program: every run is a process of its own, forked from it, that starts at once.

A run behaves as ``python -c CODE ARGUMENT...`` does: with arguments, environment, standard streams and exit code of
its own. What only a new interpreter reads (``PYTHON...`` and ``LC_...`` of the environment) needs ``subprocess``.
"""

from __future__ import annotations

import array
import atexit
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
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn, Self

ROOT = Path(__file__).resolve().parents[1]
MESSAGE_BYTES = 200_000
PROGRAM = (
    "graph.application",
    "neuralnav.cli.app",
    "neuralnav.cli.chat",
    "neuralnav.cli.eval",
    "neuralnav.cli.manifests",
    "neuralnav.cli.schema",
    "neuralnav.cli.side_by_side",
    "neuralnav.cli.templates",
    "neuralnav.cli.whatif",
    "numpy.ma",
    "tests.read_once",
)
"""What most runs of the program import, and what they work out when they first read a text.

What brings numba is left out, which reads its settings once.
"""


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


def _serve(connection: socket.socket, set_by_imports: Mapping[str, str]) -> NoReturn:
    """Fork for every run that is asked for, one after the other."""
    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, MESSAGE_BYTES, 3)
        if not data:
            sys.exit()
        process = os.fork()
        if process == 0:
            connection.close()
            _run(json.loads(data), descriptors, set_by_imports)
        for descriptor in descriptors:
            os.close(descriptor)
        _send(connection, {"process": process})
        _send(connection, {"code": os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])})


def _run(asked: dict[str, Any], descriptors: Sequence[int], set_by_imports: Mapping[str, str]) -> NoReturn:
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(set_by_imports | asked["environment"])
    sys.argv = ["-c", *asked["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(place, mode, encoding="utf-8", closefd=False) for place, mode in enumerate("rww")
    )
    code = _code_of(asked["code"])
    # What an interpreter does at its end, but for taking apart all that was imported, which takes a while.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _code_of(program: str) -> int:
    """The exit code that ``program`` ends with."""
    try:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - whatever it is, the run ends with it
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    """Import the modules named on the command line, and run what is asked for in processes forked."""
    descriptor, *modules = sys.argv[1:]
    before = dict(os.environ)
    for module in modules:
        importlib.import_module(module)
    set_by_imports = {name: value for name, value in os.environ.items() if before.get(name) != value}
    assert threading.active_count() == 1, "a process with threads cannot be forked safely"
    gc.collect()
    gc.freeze()
    _serve(socket.socket(fileno=int(descriptor)), set_by_imports)


if __name__ == "__main__":
    main()
