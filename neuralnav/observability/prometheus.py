"""A Prometheus server, asked over its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import httpx
from pydantic import SecretStr
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError

SETTING = "NEURALNAV_PROMETHEUS_URL"
MOST_BYTES = 4_000_000
MOST_SERIES = 10_000
MOST_WARNINGS = 20
AT_ONCE = 4
"""Questions that are asked side by side."""

TRIES = 3
_ADDRESS = "an address such as http://prometheus:9090"


@dataclass(frozen=True)
class PrometheusAccess:
    """Where a Prometheus is, and how it is asked; secrets are never shown."""

    url: str = field(repr=False)
    """Without ``/api/v1``; a name and password in it are used as such."""
    username: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    """Sent as a bearer token, in place of name and password."""
    timeout_s: float = 10.0
    """The longest that one try of one question may take."""
    verify: bool | str = True
    """Whether certificates are checked, or the file of the authority that signs them."""

    @property
    def headers(self) -> dict[str, str]:
        """What every request says of itself."""
        token = self.token.get_secret_value() if self.token else None
        return {"accept": "application/json", "accept-encoding": "identity"} | (
            {"authorization": f"Bearer {token}"} if token else {}
        )

    @property
    def address(self) -> httpx.URL:
        """The address without anything secret.

        Raises:
            InvalidInputError: it is none.
        """
        try:
            parts = httpx.URL(self.url.rstrip("/"))
        except httpx.InvalidURL as error:
            raise _not_usable(self, _ADDRESS) from error
        if parts.scheme not in ("http", "https") or not parts.host:
            raise _not_usable(self, _ADDRESS)
        return parts.copy_with(userinfo=b"", query=None, fragment=None)

    @property
    def auth(self) -> httpx.BasicAuth | None:
        """Name and password, where there is no token."""
        if self.token:
            return None
        if self.username is not None:
            return httpx.BasicAuth(self.username, self.password.get_secret_value() if self.password else "")
        parts = httpx.URL(self.url)
        return httpx.BasicAuth(parts.username, parts.password) if parts.userinfo else None

    def __str__(self) -> str:
        return _host(self.url)


@dataclass(frozen=True)
class Series:
    """One series of an answer: its labels and its value, a number."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Answer:
    """What Prometheus made of a question; series whose value is no number are left out."""

    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        """The value of the only series; ``None``: there is none."""
        return self.series[0].value if self.series else None

    def by(self, label: str) -> dict[str, float]:
        """Values by a label's value; a series without the label counts as one with an empty one."""
        found: dict[str, float] = {}
        for one in self.series:
            name = one.labels.get(label, "")
            found[name] = found.get(name, 0.0) + one.value
        return found


class _PassingError(Exception):
    """What may pass: the server is not reached, is overloaded, or failed."""


@dataclass
class PrometheusClient:
    """Asks one Prometheus server. Made by :meth:`open`."""

    access: PrometheusAccess
    http: httpx.AsyncClient
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @classmethod
    @asynccontextmanager
    async def open(cls, access: PrometheusAccess) -> AsyncIterator[PrometheusClient]:
        """A client with connections of its own, which are closed in the end.

        Raises:
            InvalidInputError: the address is none.
        """
        try:
            http = httpx.AsyncClient(
                base_url=access.address,
                headers=access.headers,
                auth=access.auth,
                timeout=access.timeout_s,
                verify=access.verify,
                limits=httpx.Limits(max_connections=AT_ONCE),
            )
        except OSError as error:
            raise _not_usable(access, f"certificates that can be read: {error}") from error
        async with http:
            yield cls(access, http)

    async def ask(self, question: str, at: datetime) -> Answer:
        """The answer to a PromQL expression at one moment; asked again, a few times, where it may help.

        Raises:
            UnavailableError: it is not reached in time, fails, or answers with something else than Prometheus does.
            InvalidInputError: it refuses the question or our access.
        """
        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.3, max=2.0),
            retry=retry_if_exception_type(_PassingError),
            reraise=True,
        )
        try:
            async with self._turns:
                document: Any = await retrying(self._asked_once, question, at)
        except _PassingError as error:
            raise UnavailableError(f"Prometheus at {self.access} {error} ({TRIES} tries).") from error
        return _read(document, self.access)

    async def ask_all(self, questions: Mapping[str, str], at: datetime) -> dict[str, Answer]:
        """The answers to several, by the same names.

        Raises:
            UnavailableError, InvalidInputError: the first that :meth:`ask` raises.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {name: group.create_task(self.ask(question, at)) for name, question in questions.items()}
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return {name: task.result() for name, task in tasks.items()}

    async def _asked_once(self, question: str, at: datetime) -> Any:
        form = {"query": question, "time": f"{at.timestamp():.3f}", "timeout": f"{self.access.timeout_s:g}s"}
        try:
            async with (
                asyncio.timeout(self.access.timeout_s),
                self.http.stream("POST", "/api/v1/query", data=form) as response,
            ):
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise UnavailableError(
                            f"Prometheus at {self.access} answers with more than {MOST_BYTES:,} bytes."
                        )
        except (TimeoutError, httpx.TimeoutException):
            raise _PassingError(f"does not answer within {self.access.timeout_s:g} s") from None
        except httpx.HTTPError as error:
            raise _PassingError(f"cannot be reached: {type(error).__name__}") from None
        return _document(response, bytes(body), self.access)


def _document(response: httpx.Response, body: bytes, access: PrometheusAccess) -> Any:
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise _PassingError(f"answers with status {status}")
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise _not_usable(access, f"an address to which we have access; it answers with status {status}")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _not_usable(access, f"the address of a Prometheus; it answers with status {status} and no JSON") from None
    if isinstance(document, dict) and document.get("status") == "error":
        said = f"{document.get('errorType', '')}: {document.get('error', '')}"[:300]
        raise InvalidInputError(f"Prometheus at {access} refuses a question: {said}.")
    return document


def _read(document: Any, access: PrometheusAccess) -> Answer:
    """An instant vector, which is what every question of ours is answered with."""
    try:
        result = document["data"]["result"][:MOST_SERIES]
        found = [Series(MappingProxyType(dict(one["metric"])), float(one["value"][1])) for one in result]
        warnings = tuple(str(warning)[:300] for warning in document.get("warnings", ())[:MOST_WARNINGS])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise UnavailableError(f"What answers at {access} is no Prometheus: its answer has another form.") from None
    return Answer(tuple(one for one in found if math.isfinite(one.value)), warnings)


def _not_usable(access: PrometheusAccess, allowed: str) -> InvalidInputError:
    problem = FieldProblem(SETTING, _host(access.url), allowed)
    return InvalidInputError(f"Prometheus cannot be asked: {problem}.", (problem,))


def _host(url: str) -> str:
    """An address, good or not, without what may be secret in it: the part from the host on."""
    return url.rpartition("@")[2].partition("?")[0][:200]
