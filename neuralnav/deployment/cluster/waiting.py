"""Waiting for something in the cluster to change: told by the cluster, and never longer than allowed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass

import httpx

from neuralnav.deployment.cluster.connection import CONNECT_SECONDS, Connection
from neuralnav.errors import NeuralNavError

LOOK_AGAIN_SECONDS = 10.0
"""Between two looks where nothing is told: time alone makes some waits too long."""

POLL_SECONDS = 2.0
"""The same where the cluster does not tell: a watch that is not allowed, or that has ended."""

TOGETHER_SECONDS = 0.2
"""Changes mostly come several at once; one look serves for those that come within this time."""

LONGEST_WATCH_SECONDS = 240


@dataclass(frozen=True)
class Watched:
    """Some objects of one kind."""

    path: str
    """Of their list."""
    selector: str = ""
    """Labels that select them."""
    name: str = ""
    """The one object of this name, where only that is meant."""

    @property
    def query(self) -> dict[str, str]:
        """What selects them in a request."""
        named = f"metadata.name={self.name}" if self.name else ""
        selectors = {"labelSelector": self.selector, "fieldSelector": named}
        return {name: value for name, value in selectors.items() if value}


async def changes(connection: Connection, watched: Iterable[Watched], seconds: float) -> AsyncGenerator[None, None]:
    """Yield at once and then whenever something in ``watched`` may have changed, for ``seconds`` at most.

    Nothing that changes after a look is missed: a version is noted before, and the watch begins there.
    """
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    ends = loop.time() + seconds
    lists = tuple(watched)
    versions = await asyncio.gather(*(_version(connection, each) for each in lists))
    watches = [
        asyncio.create_task(_watch(connection, each, version, changed, ends), name=f"watch {each.path}")
        for each, version in zip(lists, versions, strict=True)
    ]
    try:
        yield
        while (left := ends - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), min(LOOK_AGAIN_SECONDS, left))
                await asyncio.sleep(min(TOGETHER_SECONDS, max(ends - loop.time(), 0)))
            changed.clear()
            yield
    finally:
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)


async def wait_until(
    connection: Connection, watched: Iterable[Watched], done: Callable[[], Awaitable[bool]], seconds: float
) -> bool:
    """Whether ``done`` came true within ``seconds``; asked again whenever something in ``watched`` changes."""
    async with aclosing(changes(connection, watched, seconds)) as told:
        async for _ in told:
            if await done():
                return True
    return False


async def _version(connection: Connection, watched: Watched) -> str | None:
    """The list's version now; ``None`` where it cannot be had, which whoever looks at the objects is told."""
    try:
        listed = await connection.find(watched.path, "watch the deployment", query=watched.query | {"limit": "1"})
    except NeuralNavError:
        return None
    return str(((listed or {}).get("metadata") or {}).get("resourceVersion") or "") or None


async def _watch(
    connection: Connection, watched: Watched, version: str | None, changed: asyncio.Event, ends: float
) -> None:
    """Set ``changed`` with everything that happens after ``version`` or, where the cluster does not tell, from time to
    time."""
    loop = asyncio.get_running_loop()
    while (left := ends - loop.time()) > 0:
        told = version is not None and await _told(connection, watched, version, changed, left)
        await asyncio.sleep(POLL_SECONDS)
        version = await _version(connection, watched) if told else None
        changed.set()


async def _told(connection: Connection, watched: Watched, version: str, changed: asyncio.Event, seconds: float) -> bool:
    """Read one watch to its end; whether there was one."""
    most = max(1, int(min(seconds, LONGEST_WATCH_SECONDS)))
    asked = watched.query | {"watch": "true", "resourceVersion": version, "timeoutSeconds": str(most)}
    timeout = httpx.Timeout(most + CONNECT_SECONDS, connect=CONNECT_SECONDS)
    try:
        async with (
            connection.http("", timeout) as client,
            client.stream("GET", watched.path, params=asked) as response,
        ):
            if response.status_code != httpx.codes.OK:
                return False
            async for line in response.aiter_lines():
                if _is_news(line):
                    changed.set()
    except httpx.TransportError:
        return True
    except NeuralNavError:
        return False
    return True


def _is_news(line: str) -> bool:
    """Whether a line tells of a change, and not of a version that has been forgotten (410)."""
    try:
        return bool(json.loads(line).get("type") in ("ADDED", "MODIFIED", "DELETED"))
    except (ValueError, AttributeError):
        return False
