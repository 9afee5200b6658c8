"""The client of Prometheus: what passes is tried again, what does not is told by name, secrets are never shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import tenacity
from pydantic import SecretStr

from neuralnav.errors import InvalidInputError, NeuralNavError, UnavailableError
from neuralnav.observability import prometheus
from neuralnav.observability.prometheus import TRIES, PrometheusAccess, PrometheusClient
from tests.neuralnav.observability.conftest import NOON

Respond = Callable[[httpx.Request], httpx.Response]


def vector(*series: tuple[dict[str, str], str], **besides: Any) -> httpx.Response:
    """An answer as Prometheus gives it."""
    result = [{"metric": labels, "value": [NOON.timestamp(), value]} for labels, value in series]
    return httpx.Response(
        200, json={"status": "success", "data": {"resultType": "vector", "result": result}, **besides}
    )


@asynccontextmanager
async def client(respond: Respond, **access: Any) -> AsyncIterator[PrometheusClient]:
    """A client whose requests go to ``respond``."""
    reached = PrometheusAccess("http://metrics:9090/prefix/", **access)
    async with httpx.AsyncClient(
        base_url=reached.url.rstrip("/"),
        headers=reached.headers,
        auth=reached.auth,
        transport=httpx.MockTransport(respond),
    ) as http:
        yield PrometheusClient(reached, http)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other without a pause."""
    monkeypatch.setattr(prometheus, "wait_random_exponential", lambda **_: tenacity.wait_none())


async def test_a_question_is_asked_in_a_form_at_its_time() -> None:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return vector(({"le": "1"}, "3"), ({"le": "1.0"}, "4"), ({"le": "+Inf"}, "NaN"), warnings=["partial answer"])

    async with client(respond, token=SecretStr("t0p")) as reached:
        answer = await reached.ask("up + 1", NOON)
    assert str(asked[0].url) == "http://metrics:9090/prefix/api/v1/query"
    assert dict(httpx.QueryParams(asked[0].content.decode()))["query"] == "up + 1"
    assert f"time={NOON.timestamp():.3f}" in asked[0].content.decode()
    assert asked[0].headers["authorization"] == "Bearer t0p"
    assert answer.by("le") == {"1": 3.0, "1.0": 4.0}
    assert answer.warnings == ("partial answer",)


async def test_name_and_password_are_sent_and_never_shown() -> None:
    access = {"username": "ada", "password": SecretStr("s3cret")}
    async with client(lambda request: httpx.Response(401), **access) as reached:
        assert isinstance(reached.access.auth, httpx.BasicAuth)
        with pytest.raises(InvalidInputError, match="to which we have access; it answers with status 401") as refused:
            await reached.ask("up", NOON)
    assert "s3cret" not in f"{refused.value} {reached.access!r} {refused.value.problems}"


async def test_a_password_in_the_address_is_used_and_never_shown() -> None:
    access = PrometheusAccess("http://ada:s3cret@127.0.0.1:1/prefix?token=s3cret")
    async with PrometheusClient.open(access) as reached:
        assert str(reached.http.base_url) == "http://127.0.0.1:1/prefix/"
        assert isinstance(access.auth, httpx.BasicAuth)
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1/prefix cannot be reached") as failed:
            await reached.ask("up", NOON)
    assert "s3cret" not in f"{failed.value} {access!r} {access}"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_passes_is_tried_again(status: int) -> None:
    answers = [httpx.Response(status), httpx.Response(status), vector(({}, "1"))]
    async with client(lambda request: answers.pop(0)) as reached:
        assert (await reached.ask("up", NOON)).value == 1


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (lost, "cannot be reached: ConnectError"),
        (slow, "does not answer within 10 s"),
        (lambda _: httpx.Response(503), "answers with status 503"),
    ],
)
async def test_tries_end(respond: Respond, words: str) -> None:
    tries: list[httpx.Request] = []

    def counted(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        return respond(request)

    async with client(counted) as reached:
        with pytest.raises(UnavailableError, match=words):
            await reached.ask("up", NOON)
    assert len(tries) == TRIES


REFUSED = {"status": "error", "errorType": "bad_data", "error": "parse error"}


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(400, json=REFUSED), InvalidInputError, "refuses a question: bad_data: parse error"),
        (httpx.Response(302, headers={"location": "/login"}), InvalidInputError, "status 302 and no JSON"),
        (httpx.Response(200, text="<html>"), InvalidInputError, "status 200 and no JSON"),
        (httpx.Response(200, text="[" * 100_000), InvalidInputError, "no JSON"),
        (httpx.Response(200, json=[1]), UnavailableError, "is no Prometheus"),
        (httpx.Response(200, json={"status": "success", "data": {"result": [{}]}}), UnavailableError, "no Prometheus"),
        (vector(({}, "many")), UnavailableError, "is no Prometheus"),
        (
            httpx.Response(200, content=b"x" * (prometheus.MOST_BYTES + 1)),
            UnavailableError,
            "more than 4,000,000 bytes",
        ),
    ],
)
async def test_other_answers_are_told_by_name(answer: httpx.Response, error: type[NeuralNavError], words: str) -> None:
    async with client(lambda request: answer) as reached:
        with pytest.raises(error, match=words):
            await reached.ask("up", NOON)


async def test_the_first_failure_of_many_questions_is_raised_by_itself() -> None:
    async with client(lambda request: httpx.Response(403)) as reached:
        with pytest.raises(InvalidInputError, match="status 403"):
            await reached.ask_all({str(number): "up" for number in range(10)}, NOON)


@pytest.mark.parametrize("url", ["metrics:9090", "ftp://metrics", "http://[::1", "http://metrics:port"])
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="NEURALNAV_PROMETHEUS_URL"):
        async with PrometheusClient.open(PrometheusAccess(url)):
            pass
