"""Server-sent events, and what happens when a client goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulator.api.errors import ApiError
from simulator.api.json_pieces import as_json

Answer = TypeVar("Answer")

DONE = b"data: [DONE]\n\n"
CLIENT_CLOSED_REQUEST = 499
"""nginx's status for it; nobody reads it."""


def event(document: Any) -> bytes:
    """``document`` as one event."""
    return f"data: {as_json(document)}\n\n".encode()


class EventStream(Response):
    """Sends events as they come. A client that goes away ends the stream at once, also while no event comes.

    The next event is asked for only when the connection has taken the last one, so a slow reader holds nothing but
    what its own connection buffers. ``on_end`` is called however the stream ends, even before it has begun.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None], on_end: Callable[[], None]) -> None:
        super().__init__(headers={"cache-control": "no-cache"})
        del self.headers["content-length"]
        self._events = events
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Send everything, or as much as the client waits for."""
        try:
            sent = await unless_gone(receive, self._send_all(send))
        finally:
            self._on_end()
        if sent is not None:
            sent.result()

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._events) as events:
            async for piece in events:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def disconnected(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def while_connected(receive: Receive, work: Coroutine[Any, Any, Answer]) -> Answer:
    """The result of ``work``, which is cancelled as soon as the client goes away.

    Raises:
        ApiError: it went away; nobody will see the answer.
    """
    done = await unless_gone(receive, work)
    if done is None:
        raise ApiError("Client disconnected", status=CLIENT_CLOSED_REQUEST)
    return done.result()


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer] | None:
    """The finished task of ``work``, or ``None`` when the client went away before; nothing is left running."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(disconnected(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return working if working.done() else None
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.wait((working, leaving))
