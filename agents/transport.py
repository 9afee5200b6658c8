"""HTTP to the model server with a bound on what one answer may bring."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from agents.failures import LongAnswerError

MAX_ANSWER_BYTES = 2_000_000
"""The longest answer that is read; one of 1,024 tokens, a line of JSON each, takes about a tenth."""


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Reads no response further than :data:`MAX_ANSWER_BYTES`."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response to ``request``; reading on past the bound raises :class:`LongAnswerError`."""
        response = await super().handle_async_request(request)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _BoundedStream(response.stream)
        return response


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for piece in self._stream:
            total += len(piece)
            if total > MAX_ANSWER_BYTES:
                raise LongAnswerError
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
