"""Calls of the cluster's API: off the event loop, bounded in time, repeated where repeating is harmless."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from kubernetes.client import ApiClient, ApiException
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)
from urllib3.exceptions import HTTPError

from neuralnav.deployment.cluster.answers import Answer, is_untyped, refusal
from neuralnav.deployment.cluster.credentials import Credentials
from neuralnav.errors import UnavailableError

logger = logging.getLogger(__name__)

FIELD_MANAGER = "neuralnav"
CONNECT_SECONDS = 3.0
LOOK_SECONDS = 15.0
CHANGE_SECONDS = 35.0
"""Longest waits for an answer: the cluster's admission webhooks may take 30 s over a change."""

TRIES = 4
TRYING_SECONDS = 12.0
"""After which a call that fails is not tried again."""

LONGEST_PAUSE_SECONDS = 10.0
THREADS = 8
PAGE = 500
MOST_PAGES = 100
METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
BUSY = frozenset({429, 500, 502, 503, 504})

Query = Mapping[str, str]
Document = dict[str, Any]


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    query: Query
    body: Any
    content_type: str
    accept: str


class _AgainError(Exception):
    """A try that failed in a way that the next may not."""

    def __init__(self, answer: Answer | None, error: Exception | None = None) -> None:
        super().__init__(str(error or "busy"))
        self.answer = answer


@dataclass
class Connection:
    """One account's way to one cluster. Everything it sends may be sent twice without doing more than once."""

    credentials: Credentials
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """How it pauses between two tries."""
    manager: str = FIELD_MANAGER
    """Who owns the fields that are applied."""
    _threads: ThreadPoolExecutor = field(init=False, repr=False)
    _client: ApiClient = field(init=False, repr=False)
    _tls: ssl.SSLContext | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="cluster")
        self._client = ApiClient(self.credentials.configuration)

    def close(self) -> None:
        """Give threads and connections back; calls under way end by their timeouts."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()  # type: ignore[no-untyped-call]

    async def find(self, path: str, doing: str, *, query: Query | None = None, accept: str = "") -> Document | None:
        """The object at ``path``, or ``None``.

        Raises:
            UnavailableError: the cluster does not answer.
            NotAllowedError: a right is missing.
        """
        answer = await self._send(_Call("GET", path, query or {}, None, "", accept))
        if answer.status == 404:
            return None
        return _checked(answer, doing).document()

    async def text(self, path: str, doing: str, *, query: Query) -> str:
        """What is at ``path``, as text; errors as of :meth:`find`."""
        answer = _checked(await self._send(_Call("GET", path, query, None, "", "text/plain, */*")), doing)
        return answer.body.decode("utf-8", "replace")

    async def all_of(self, path: str, doing: str, *, query: Query | None = None) -> list[Document]:
        """Every item of the list at ``path``, page by page; errors as of :meth:`find`, and for a list without end."""
        found: list[Document] = []
        asked = dict(query or {}) | {"limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            answer = await self._send(_Call("GET", path, asked, None, "", ""))
            page = _checked(answer, doing).document()
            found += page.get("items") or []
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return found
            asked["continue"] = following
        raise UnavailableError(
            f"The cluster's list is too long to {doing}: more than {PAGE * MOST_PAGES} entries.", lasting=True
        )

    async def apply(self, path: str, document: Document, *, doing: str, dry_run: bool, force: bool = False) -> Document:
        """Server-side apply with strict fields; the object as it is (or would be) then.

        Raises:
            ConflictsError: fields belong to other tools, and ``force`` is not set.
            InvalidInputError: the cluster does not take the object.
        """
        query = {"fieldManager": self.manager, "fieldValidation": "Strict", "force": str(force).lower()}
        if dry_run:
            query["dryRun"] = "All"
        answer = await self._send(_Call("PATCH", path, query, document, "application/apply-patch+yaml", ""))
        return _checked(answer, doing).document()

    async def delete(self, path: str, uid: str, *, doing: str, policy: str) -> None:
        """Begin to delete the object with this uid and no other; that it is gone already is no error."""
        body = {"preconditions": {"uid": uid}, "propagationPolicy": policy}
        answer = await self._send(_Call("DELETE", path, {}, body, "application/json", ""))
        if answer.status != 404:
            _checked(answer, doing)

    async def review(self, attributes: Mapping[str, str]) -> bool:
        """Whether this account may do something; the question is stored nowhere."""
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        body = kind | {"spec": {"resourceAttributes": dict(attributes)}}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer = _checked(await self._send(_Call("POST", path, {}, body, "application/json", "")), "review rights")
        return bool((answer.document().get("status") or {}).get("allowed"))

    @asynccontextmanager
    async def http(self, path: str, timeouts: httpx.Timeout) -> AsyncIterator[httpx.AsyncClient]:
        """A client with this account whose base address is ``path`` of the API."""
        sni = self.credentials.configuration.tls_server_name
        async with httpx.AsyncClient(
            base_url=self.credentials.host + path,
            auth=_SignIn(self, sni),
            verify=await self._tls_context(),
            proxy=self.credentials.proxy,
            timeout=timeouts,
            trust_env=False,
        ) as client:
            yield client

    async def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = await self._off_the_loop(self.credentials.tls)
        return self._tls

    async def _off_the_loop(self, work: Callable[[], Any]) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except ssl.SSLError as error:
            raise UnavailableError(
                f"The certificates of {self.credentials.name} cannot be used: {error.reason}", lasting=True
            ) from None

    async def authorization(self) -> str | None:
        """The ``Authorization`` header as it is now."""
        header: str | None = await self._off_the_loop(self.credentials.authorization)
        return header

    async def _send(self, call: _Call) -> Answer:
        tries = AsyncRetrying(
            retry=retry_if_exception_type(_AgainError),
            stop=stop_after_attempt(TRIES) | stop_after_delay(TRYING_SECONDS),
            wait=_pause,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            answer: Answer = await tries(self._try, call)
        except _AgainError as error:
            if error.answer is not None:
                return error.answer
            raise UnavailableError(
                f"The cluster {self.credentials.name!r} does not answer at {self.credentials.host} ({error}). "
                "Check that it runs, and that the kubeconfig names its address.",
                lasting=True,
            ) from None
        return answer

    async def _try(self, call: _Call) -> Answer:
        answer: Answer = await self._off_the_loop(lambda: self._call(call))
        if answer.status in BUSY and not is_untyped(answer):
            logger.info("The cluster answered %s with %d", call.method, answer.status)
            raise _AgainError(answer)
        return answer

    def _call(self, call: _Call) -> Answer:
        """One request; blocks."""
        headers = {"Accept": call.accept or "application/json"}
        if call.content_type:
            headers["Content-Type"] = call.content_type
        authorization = self.credentials.authorization()
        if authorization:
            headers["Authorization"] = authorization
        try:
            request = self._client.param_serialize(
                call.method, call.path, query_params=list(call.query.items()), header_params=headers, body=call.body
            )
            patience = CHANGE_SECONDS if call.method in ("PATCH", "DELETE") else LOOK_SECONDS
            response = self._client.call_api(*request, _request_timeout=(CONNECT_SECONDS, patience))
            body = response.read()  # type: ignore[no-untyped-call]
            return Answer(response.status, response.headers, body)
        except HTTPError as error:
            raise _AgainError(None, _Named(error)) from None
        except ApiException as error:
            raise UnavailableError(
                f"The cluster {self.credentials.name!r} cannot be trusted: {str(error.reason)[:300]}. "
                "Check the certificate authority in the kubeconfig.",
                lasting=True,
            ) from None


class _Named(Exception):  # noqa: N818
    """An error by its kind alone: its text may hold the request."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)


class _SignIn(httpx.Auth):
    def __init__(self, connection: Connection, server_name: str | None) -> None:
        self._connection = connection
        self._server_name = server_name

    async def async_auth_flow(self, request: httpx.Request) -> Any:
        authorization = await self._connection.authorization()
        if authorization:
            request.headers["Authorization"] = authorization
        if self._server_name:
            request.extensions["sni_hostname"] = self._server_name
        yield request


_backoff = wait_random_exponential(multiplier=0.25, max=4.0)


def _pause(state: RetryCallState) -> float:
    """As long as the API asks for, within bounds; else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.answer.retry_after_s if isinstance(error, _AgainError) and error.answer else None
    return _backoff(state) if asked is None else min(asked, LONGEST_PAUSE_SECONDS)


def _checked(answer: Answer, doing: str) -> Answer:
    if not 200 <= answer.status <= 299:
        raise refusal(answer, doing)
    return answer
