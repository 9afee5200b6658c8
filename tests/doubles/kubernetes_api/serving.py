"""HTTP around the API: discovery, watches, logs and proxies, and the trouble that tests ask for.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes (watches, 410),
https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.doubles.kubernetes_api.answering import Request, Target, answer, find_target
from tests.doubles.kubernetes_api.discovery import discovered
from tests.doubles.kubernetes_api.selecting import matches
from tests.doubles.kubernetes_api.status import StatusError, expired, too_many_requests
from tests.doubles.kubernetes_api.store import Happening

if TYPE_CHECKING:
    from tests.doubles.kubernetes_api.api import KubernetesApi

LOGS = "double.test/logs"
PREVIOUS_LOGS = "double.test/previous-logs"
SERVED_BY = "double.test/served-by"
"""Annotations of the double's pods: their logs, and the process on this machine that stands in for them."""

_HOP_BY_HOP = {"host", "authorization", "connection", "transfer-encoding", "content-length", "accept-encoding"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def application(api: KubernetesApi) -> Starlette:
    """The ASGI application of one API."""

    async def handle(http: HttpRequest) -> Response:
        path = http.url.path
        api.requests.append((http.method, f"{path}?{http.url.query}" if http.url.query else path))
        fault, before = api.fault(http.method, path), api.store.version
        try:
            if fault is not None and not fault.afterwards:
                return _trouble(fault)
            response = await _answered(api, http)
        except StatusError as error:
            return _refused(error)
        if api.store.version != before and api.after_change is not None:
            api.after_change()
        return _trouble(fault) if fault is not None else response

    return Starlette(routes=[Route("/{path:path}", handle, methods=METHODS)])


def _trouble(fault: Any) -> Response:
    if fault.code == 0:
        return _Cut()
    if fault.code == 429:
        return _refused(too_many_requests(fault.retry_after))
    return _refused(
        StatusError(fault.code, "ServiceUnavailable", "the server is currently unable to handle the request")
    )


class _Cut(Response):
    """The connection ends in the middle of an answer."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": False})


def _refused(error: StatusError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return Response(json.dumps(error.body), error.code, headers, "application/json")


async def _answered(api: KubernetesApi, http: HttpRequest) -> Response:
    account = api.account(http.headers.get("authorization", ""))
    found = discovered(api, http.url.path)
    if found is not None:
        return Response(json.dumps(found), media_type="application/json")
    if not http.url.path.startswith(("/api/", "/apis/")) or http.url.path.count("/") < 3:
        return PlainTextResponse("404 page not found\n", 404)
    if not any(http.url.path.startswith(f"/apis/{group}/") for group in api.groups) and http.url.path[4] == "s":
        return PlainTextResponse("404 page not found\n", 404)
    target = find_target(api.resources, http.url.path)
    request = Request(
        http.method,
        http.url.path,
        dict(http.query_params),
        await http.body(),
        http.headers.get("content-type", ""),
        http.headers.get("accept", ""),
        account,
    )
    if target.subresource == "proxy":
        return await _proxied(api, target, request, http)
    if target.subresource == "log":
        return _logged(api, target, request)
    if request.query.get("watch") in ("1", "true", "True"):
        account.require(target.action("watch"))
        return StreamingResponse(_watched(api, target, request), media_type="application/json")
    code, document = answer(api, target, request)
    return Response(json.dumps(document), code, media_type="application/json")


def _logged(api: KubernetesApi, target: Target, request: Request) -> Response:
    request.account.require(target.action("get"))
    annotations = api.store.get((target.resource, target.namespace, target.name))["metadata"].get("annotations", {})
    name = PREVIOUS_LOGS if request.query.get("previous") in ("true", "True") else LOGS
    if name == PREVIOUS_LOGS and name not in annotations:
        message = (
            f'previous terminated container "{request.query.get("container", "")}" in pod "{target.name}" not found'
        )
        raise StatusError(400, "BadRequest", message)
    lines = annotations.get(name, "").splitlines(keepends=True)
    return PlainTextResponse("".join(lines[-int(request.query.get("tailLines", len(lines) or 1)) :]))


async def _watched(api: KubernetesApi, target: Target, request: Request) -> AsyncIterator[bytes]:
    """What happens from a version on, until the time is up; ``ERROR`` with a 410 where it has been forgotten."""
    loop, woken = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    seen = int(request.query.get("resourceVersion") or 0)
    ends = loop.time() + float(request.query.get("timeoutSeconds") or 30)
    if seen and seen + 1 < api.store.oldest:
        yield _event("ERROR", expired(api.store.oldest).body)
        return
    if not seen:
        with api.store.lock:
            seen = api.store.version
            present = api.store.all_of(target.resource, target.namespace)
        for document in present:
            if _is_watched(document, request):
                yield _event("ADDED", document)
    api.store.listeners.append(wake)
    try:
        while loop.time() < ends:
            woken.clear()
            with api.store.lock:
                news = [entry for entry in api.store.log if entry.version > seen]
            for entry in news:
                seen = entry.version
                if _concerns(entry, target) and _is_watched(entry.document, request):
                    yield _event(entry.kind, entry.document)
            try:
                await asyncio.wait_for(woken.wait(), min(max(ends - loop.time(), 0.01), 0.5))
            except TimeoutError:
                continue
    finally:
        api.store.listeners.remove(wake)


def _concerns(entry: Happening, target: Target) -> bool:
    resource, namespace, _ = entry.key
    return resource == target.resource and target.namespace in ("", namespace)


def _is_watched(document: dict[str, Any], request: Request) -> bool:
    return matches(document, request.query.get("labelSelector", ""), request.query.get("fieldSelector", ""))


def _event(kind: str, document: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": document}).encode() + b"\n"


async def _proxied(api: KubernetesApi, target: Target, request: Request, http: HttpRequest) -> Response:
    """Forward to the process that stands in for a pod; ``name`` may be ``scheme:name:port``."""
    parts = target.name.split(":")
    name = parts[1] if len(parts) == 3 else parts[0]
    verbs = {"GET": "get", "POST": "create"}
    request.account.require(Target(target.resource, target.namespace, name, "proxy").action(verbs[request.method]))
    pod = api.store.get((target.resource, target.namespace, name))
    url = pod["metadata"].get("annotations", {}).get(SERVED_BY)
    if not url:
        address = pod.get("status", {}).get("podIP", "")
        message = f"error trying to reach service: dial tcp {address}: connect: connection refused"
        raise StatusError(503, "ServiceUnavailable", message)
    client = httpx.AsyncClient(timeout=60, trust_env=False)
    headers = {name: value for name, value in http.headers.items() if name.lower() not in _HOP_BY_HOP}
    forwarded = client.build_request(
        request.method, f"{url}/{target.rest}", headers=headers, content=request.body, params=http.query_params
    )
    try:
        response = await client.send(forwarded, stream=True)
    except httpx.TransportError as error:
        await client.aclose()
        raise StatusError(503, "ServiceUnavailable", f"error trying to reach service: {error}") from None

    async def body() -> AsyncIterator[bytes]:
        try:
            async for part in response.aiter_raw():
                yield part
        finally:
            await response.aclose()
            await client.aclose()

    kept = {name: value for name, value in response.headers.items() if name.lower() not in _HOP_BY_HOP}
    return StreamingResponse(body(), response.status_code, kept)
