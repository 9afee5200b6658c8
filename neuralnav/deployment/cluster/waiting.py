"""Waiting for something in the cluster to change: told by the cluster, and never longer than allowed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import httpx

from neuralnav.deployment.cluster.answers import NotAllowedError
from neuralnav.deployment.cluster.connection import CONNECT_SECONDS, Connection
from neuralnav.errors import InvalidInputError

POLL_SECONDS = 2.0
"""Between two looks where the cluster does not tell: a watch that is not allowed, or that ended at once."""

LONGEST_WATCH_SECONDS = 240


async def changes(
    connection: Connection, path: str, seconds: float, *, query: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """Yield at once and then whenever something in the list at ``path`` has changed, for ``seconds`` at most."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    yield
    while (left := ends - loop.time()) > 0:
        if not await _changed(connection, path, left, query or {}):
            await asyncio.sleep(min(POLL_SECONDS, max(ends - loop.time(), 0)))
        yield


async def wait_until(connection: Connection, path: str, done: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Whether ``done`` came true within ``seconds``; asked again whenever the list at ``path`` changes."""
    async for _ in changes(connection, path, seconds):
        if await done():
            return True
    return False


async def _changed(connection: Connection, path: str, seconds: float, query: Mapping[str, str]) -> bool:
    """Whether a watch reported something; it ends by itself, and begins with what has changed by now."""
    allowed = max(1, int(min(seconds, LONGEST_WATCH_SECONDS)))
    try:
        listed = await connection.find(path, "watch the deployment", query=dict(query) | {"limit": "1"})
    except (NotAllowedError, InvalidInputError):
        return False
    version = str(((listed or {}).get("metadata") or {}).get("resourceVersion", ""))
    asked = dict(query) | {"watch": "true", "resourceVersion": version, "timeoutSeconds": str(allowed)}
    timeout = httpx.Timeout(seconds + CONNECT_SECONDS, connect=CONNECT_SECONDS)
    try:
        async with (
            asyncio.timeout(seconds),
            connection.http("", timeout) as client,
            client.stream("GET", path, params=asked) as response,
        ):
            async for line in response.aiter_lines():
                if response.status_code == httpx.codes.OK and _is_news(line):
                    return True
    except TimeoutError:
        return True
    except httpx.TransportError:
        return False
    return False


def _is_news(line: str) -> bool:
    """Whether a line tells of a change, and not of a version that has been forgotten (410)."""
    try:
        return bool(json.loads(line).get("type") in ("ADDED", "MODIFIED", "DELETED"))
    except (ValueError, AttributeError):
        return False
