"""The one port of a deployment: each request goes to the ready replica with the fewest in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from neuralnav.deployment.local.program import HOST
from neuralnav.deployment.local.replica import Replica
from neuralnav.models.running import ReplicaPhase

MOST_BODY_BYTES = 16 * 2**20
"""Largest body of a request: what the simulator takes."""
BODY_TIMEOUT_S = 60.0
MOST_IN_FLIGHT = 4_096
"""Requests that are handed on at a time; more get status 503."""
FORWARD_TIMEOUT = aiohttp.ClientTimeout(total=3_600, sock_connect=5)
"""The longest that an answer may take, and a replica's port may take to accept."""
SHUTDOWN_S = 1.0
"""How long connections get to close once nothing is in flight."""
KEEP_ALIVE_S = 75.0
"""How long an idle client's connection is kept."""

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that hold for one connection (RFC 9110, section 7.6.1)."""


class Proxy:
    """Hands requests on to ``replicas()``, streams the answers, and gives a place back as soon as a client leaves."""

    def __init__(self, replicas: Callable[[], Sequence[Replica]], session: aiohttp.ClientSession) -> None:
        self._replicas = replicas
        self._session = session
        self._turns = 0

    def runner(self) -> web.AppRunner:
        """The web server; it cancels the handling of requests whose client has gone, and passes bodies as they are."""
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_route("*", "/{path:.*}", self._forward)
        return web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,
            handler_cancellation=True,
            auto_decompress=False,
            keepalive_timeout=KEEP_ALIVE_S,
            shutdown_timeout=SHUTDOWN_S,
        )

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response() if self._ready() else _unavailable("No replica is ready.")

    async def _metrics(self, _request: web.Request) -> web.Response:
        places = ", ".join(f"{replica.url}/metrics" for replica in self._ready())
        return _error(404, "NotFoundError", f"Each replica has metrics of its own: {places or 'none is ready'}.")

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _error(413, "Request Entity Too Large", f"The body is larger than {MOST_BODY_BYTES} bytes.")
        except TimeoutError:
            return _error(408, "Request Timeout", f"The body did not arrive within {BODY_TIMEOUT_S:g} s.")
        if sum(replica.outstanding for replica in self._replicas()) >= MOST_IN_FLIGHT:
            return _unavailable(f"{MOST_IN_FLIGHT} requests are in flight.")
        return await self._forward_whole(request, body)

    async def _forward_whole(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Try the ready replicas until one accepts the connection: what none has read can safely be sent again."""
        refused: set[Replica] = set()
        while replica := self._idlest(refused):
            try:
                with replica.serving_one():
                    return await self._exchange(request, body, replica)
            except aiohttp.ClientConnectorError:
                refused.add(replica)
            except (aiohttp.ClientError, TimeoutError) as error:
                return _error(502, "Bad Gateway", f"{replica.name} ended the exchange: {type(error).__name__}.")
        return _unavailable("No replica is ready.")

    async def _exchange(self, request: web.Request, body: bytes, replica: Replica) -> web.StreamResponse:
        async with self._session.request(
            request.method,
            _target(request, replica),
            headers=_end_to_end(request.headers),
            data=body or None,
            timeout=FORWARD_TIMEOUT,
            allow_redirects=False,
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=_end_to_end(answer.headers))
            try:
                await response.prepare(request)
                while piece := await answer.content.readany():
                    await response.write(piece)
                await response.write_eof()
            except aiohttp.ClientConnectionResetError:
                answer.close()
            except (aiohttp.ClientError, TimeoutError):
                if request.transport is not None:
                    request.transport.abort()
            return response

    def _ready(self) -> list[Replica]:
        return [replica for replica in self._replicas() if replica.phase is ReplicaPhase.READY]

    def _idlest(self, besides: set[Replica]) -> Replica | None:
        """The replica with the fewest requests in flight; those that are alike take turns."""
        candidates = [replica for replica in self._ready() if replica not in besides]
        if not candidates:
            return None
        self._turns += 1
        fewest = min(replica.outstanding for replica in candidates)
        alike = [replica for replica in candidates if replica.outstanding == fewest]
        return alike[self._turns % len(alike)]


def _target(request: web.Request, replica: Replica) -> URL:
    """Put together part by part, so that no path can name another host."""
    asked = request.rel_url
    path, query = asked.raw_path, asked.raw_query_string
    return URL.build(scheme="http", host=HOST, port=replica.port, path=path, query_string=query, encoded=True)


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    kept = CIMultiDict(headers)
    named = {name.strip().lower() for name in kept.get("connection", "").split(",")}
    for name in [*HOP_BY_HOP, *named, "host"]:
        kept.popall(name, None)
    return kept


def _unavailable(message: str) -> web.Response:
    return _error(503, "Service Unavailable", f"{message} Try again shortly.", {"Retry-After": "1"})


def _error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error as vLLM and OpenAI shape it."""
    error = {"message": message, "type": kind, "param": None, "code": status}
    return web.json_response({"error": error}, status=status, headers=headers)
