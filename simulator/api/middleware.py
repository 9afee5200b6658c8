"""What happens to requests before they reach an endpoint: keys, and bounds of what is read."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.api.error_responses import error_response
from simulator.api.errors import ApiError

MOST_BODY_BYTES = 16 * 2**20
"""Largest body of a request: a prompt of a million tokens is a third of it."""
BODY_TIMEOUT_S = 60.0
"""The longest that a body may take to arrive."""


class Authentication:
    """Asks for ``Authorization: Bearer KEY`` under ``/v1``, and nowhere else, as vLLM does."""

    def __init__(self, app: ASGIApp, keys: Sequence[str]) -> None:
        self._app = app
        self._keys = [key.encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, or hand on."""
        guarded = scope["type"] == "http" and scope["method"] != "OPTIONS" and scope["path"].startswith("/v1")
        if guarded and not self._knows(Headers(scope=scope).get("authorization", "")):
            await JSONResponse({"error": "Unauthorized"}, 401)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _knows(self, header: str) -> bool:
        scheme, _, key = header.partition(" ")
        offered = key.encode("latin-1", "replace")
        matches = [hmac.compare_digest(offered, known) for known in self._keys]
        return scheme.lower() == "bearer" and any(matches)


class BoundedBodies:
    """Reads each body to its end before an endpoint sees it, unless it is too large or takes too long."""

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BODY_BYTES, timeout_s: float = BODY_TIMEOUT_S) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 or 408, or hand on with the whole body."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await self._body(Headers(scope=scope), receive)
        except TimeoutError:
            error = ApiError(f"The body did not arrive within {self._timeout_s:g} s.", "Request Timeout", 408)
            await error_response(error, {"connection": "close"})(scope, receive, send)
        except ApiError as error:
            await error_response(error, {"connection": "close"})(scope, receive, send)
        else:
            await self._app(scope, _with_body(body, receive), send)

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        declared = headers.get("content-length", "")
        if declared.isdecimal() and len(declared) < 20 and int(declared) > self._most_bytes:
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._most_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> ApiError:
        return ApiError(f"The body is larger than {self._most_bytes} bytes.", "Request Entity Too Large", 413)


def _with_body(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives ``body`` first."""
    left = [body]

    async def replayed() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replayed
