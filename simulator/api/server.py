"""The web server around the application."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
import sys
import time
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI

from neuralnav.errors import FieldProblem, InvalidInputError
from simulator.api.options import ServerOptions

KEEP_ALIVE_S = 5
"""How long an idle connection is kept: vLLM's default."""
CLOSING_S = 1
"""How long connections get to close once the engine is stopped."""
BACKLOG = 2048
"""Connections that the system keeps until they are accepted."""
MOST_CONNECTIONS = 16_384
"""Connections that are served at a time; more get status 503."""


def serve(app: FastAPI, options: ServerOptions) -> None:
    """Serve until SIGINT or SIGTERM, then let requests in flight finish for a while.

    Raises:
        InvalidInputError: the address and port cannot be had.
    """
    signal.signal(signal.SIGTERM, _end)
    time.sleep(options.faults.start_delay_s)
    config = uvicorn.Config(
        app,
        loop="asyncio" if sys.platform == "win32" else "uvloop",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=math.ceil(options.shutdown_timeout_s) + CLOSING_S,
        access_log=options.access_log,
        ssl_certfile=options.ssl_certfile,
        ssl_keyfile=options.ssl_keyfile,
        server_header=False,
    )
    with _listening(options.host, options.port) as listener:
        port = listener.getsockname()[1]
        scheme = "http" if options.ssl_certfile is None else "https"
        host = f"[{options.host}]" if ":" in options.host else options.host
        sys.stderr.write(f"Serving {', '.join(options.served_model_names)} on {scheme}://{host}:{port}\n")
        sys.stderr.flush()
        _Server(config, app, options.shutdown_timeout_s).run([listener])


class _Server(uvicorn.Server):
    """Stops the engine when the time to finish is over, so that every request in flight still gets its answer."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, timeout_s: float) -> None:
        super().__init__(config)
        self._app = app
        self._timeout_s = timeout_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for requests in flight, then end them."""
        stopping = asyncio.create_task(self._stop_engine())
        await super().shutdown(sockets)
        stopping.cancel()

    async def _stop_engine(self) -> None:
        await asyncio.sleep(self._timeout_s)
        await self._app.state.stop_engine()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        problem = FieldProblem("--port", port, "a port that is free at an address of this machine")
        raise InvalidInputError(f"Cannot listen on {host}:{port}: {error.strerror or error}.", (problem,)) from None


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Asked to stop before or after serving: there is nothing left to do."""
    sys.exit(0)
