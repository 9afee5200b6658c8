"""Answers that are no streams, sent as they are written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import chain

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulator.api.json_pieces import parts_of
from simulator.api.sse import unless_gone

PART_CHARACTERS = 2**16
"""Documents up to this length are sent at once, with their length; longer ones in parts of about it."""


class WholeDocument(Response):
    """Sends a JSON document of which the next part is only made when the connection has taken the one before.

    So an answer of many tokens with many log probabilities takes no more memory than a part of it, however slowly it is
    read, and others get their turn while it is written. A client that goes away ends it.
    """

    media_type = "application/json"

    def __init__(self, pieces: Iterator[str]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._parts = parts_of(pieces, PART_CHARACTERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Send everything, or as much as the client waits for."""
        first, second = next(self._parts), next(self._parts, None)
        if second is None:
            body = first.encode()
            self.headers["content-length"] = str(len(body))
            await self._start(send)
            await send({"type": "http.response.body", "body": body})
            return
        sent = await unless_gone(receive, self._send_all(send, chain((first, second), self._parts)))
        if sent is not None:
            sent.result()

    async def _send_all(self, send: Send, parts: Iterator[str]) -> None:
        await self._start(send)
        for part in parts:
            await send({"type": "http.response.body", "body": part.encode(), "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _start(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
