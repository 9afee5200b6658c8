"""``serve``: the application, the chat and the web server in one process, opened and closed together."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

import uvicorn

from neuralnav.chat.access import Entry, entry_of, session_key
from neuralnav.chat.passwords import PASSWORD_USER, made_at_the_first_start
from neuralnav.chat.workplace import environment, prepare
from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError
from neuralnav.settings import Settings

GRACE_S = 5
"""How long open connections and running turns may take to end when the server stops."""


def say(line: str) -> None:
    """Write a line of progress to standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve(settings: Settings, *, on_progress: Callable[[str], None] = say) -> None:
    """Serve the chat until SIGINT or SIGTERM; the last line of ``on_progress`` before that says that it is ready.

    Raises:
        InvalidInputError: the address cannot be listened on.
        UnavailableError: the port is in use, or the database cannot be started or reached.
    """
    with listen(settings.host, settings.port) as listener:
        if entry_of(settings) is Entry.PASSWORD and settings.password is None:
            _tell_first_password(made_at_the_first_start(settings), on_progress)
        key = session_key(settings)
        os.environ.update(environment(prepare(settings.home), key))
        logging.getLogger("chainlit").setLevel(logging.ERROR)
        asyncio.run(_Process(settings, listener, on_progress).run())


def _tell_first_password(password: str | None, on_progress: Callable[[str], None]) -> None:
    if password is not None:
        on_progress(f"Sign in as {PASSWORD_USER} with the password {password}")
        on_progress("It is shown this once and kept only as a hash; NEURALNAV_PASSWORD sets another one.")


def address(settings: Settings) -> str:
    """Where a browser finds the chat."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on ``host`` and ``port``, taken before anything slow begins.

    Raises:
        InvalidInputError: ``host`` is no address of this machine, or the port is not for ordinary users.
        UnavailableError: the port is in use.
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from None
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> InvalidInputError | UnavailableError:
    if error.errno == errno.EADDRINUSE:
        return UnavailableError(
            f"Port {port} on {host} is in use by another program. Stop it, or choose another port: "
            f"neuralnav serve --port {port + 1 if port < 65535 else 8000}."
        )
    if error.errno == errno.EACCES:
        return InvalidInputError(
            f"Port {port} is reserved for the system; choose one above 1023.",
            (FieldProblem("port", port, "1024 to 65535"),),
        )
    return InvalidInputError(
        f"This machine cannot listen on {host}: {error.strerror}.",
        (FieldProblem("host", host, "an address of this machine, such as 127.0.0.1"),),
    )


class _Server(uvicorn.Server):
    """Says when it listens, and leaves signals alone: uvicorn's own handling would end in a killed process."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._on_ready()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer until ``should_exit``."""
        await self._serve(sockets)


class _Process:
    """One server from its first step to its last, stopped in order whenever the signal comes."""

    def __init__(self, settings: Settings, listener: socket.socket, on_progress: Callable[[str], None]) -> None:
        self._settings = settings
        self._listener = listener
        self._on_progress = on_progress
        self._server: _Server | None = None

    async def run(self) -> None:
        """Open, serve, close."""
        serving = asyncio.ensure_future(self._open())

        def stop() -> None:
            if self._server is None:
                serving.cancel()
            else:
                self._server.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        with suppress(asyncio.CancelledError):
            await serving

    async def _open(self) -> None:
        self._on_progress("Starting the database ...")
        from graph.application import open_application

        importing = asyncio.create_task(asyncio.to_thread(import_module, "chainlit_app"))
        async with open_application(self._settings, watches=True) as application:
            self._on_progress("Starting the chat ...")
            chat = await importing
            async with chat.open_chat(application) as app:
                config = uvicorn.Config(
                    app,
                    lifespan="off",
                    log_level="warning",
                    access_log=False,
                    server_header=False,
                    proxy_headers=False,
                    timeout_graceful_shutdown=GRACE_S,
                )
                self._server = _Server(config, lambda: self._on_progress(f"Chat ready on {address(self._settings)}"))
                await self._server.serve([self._listener])
