"""Who OAuth lets in, and whose word for a name is taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from ipaddress import IPv4Network

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from neuralnav.chat.workplace import environment, prepare


@pytest.fixture(scope="session", autouse=True)
def _chainlit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Chainlit writes where it is imported, so that is not this directory."""
    kept = dict(os.environ)
    os.environ.update(environment(prepare(tmp_path_factory.mktemp("home")), "k" * 64))
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("ada", True),
        ("ADA", True),
        ("grace@Example.com", True),
        ("grace@evil.com", False),
        ("grace@sub.example.com", False),
        ("example.com", False),
        ("@example.com ", False),
        ("", False),
    ],
)
def test_oauth_lets_in_names_and_mail_domains_that_are_listed(name: str, *, allowed: bool) -> None:
    from neuralnav.chat.sign_in import is_allowed

    assert is_allowed(name, ("ada", "@example.com")) is allowed


@pytest.mark.parametrize(
    ("peer", "names", "heard"),
    [
        ("10.0.0.7", ["ada"], "ada"),
        ("10.0.1.7", ["ada"], ""),
        ("10.0.0.7", ["ada", "eve"], "ada,eve"),
    ],
)
async def test_only_a_trusted_proxy_is_heard(peer: str, names: list[str], heard: str) -> None:
    from neuralnav.chat.sign_in import NamedByProxy

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        said = ",".join(request.headers.getlist("x-user"))
        await PlainTextResponse(f"{said}|{request.headers.get('cookie', '')}")(scope, receive, send)

    behind = NamedByProxy(page, "X-User", [IPv4Network("10.0.0.0/24")])
    transport = httpx.ASGITransport(behind, client=(peer, 1))
    headers = [*(("X-User", name) for name in names), ("Cookie", "access_token=forged")]
    async with httpx.AsyncClient(transport=transport, base_url="http://chat") as client:
        assert (await client.get("/", headers=headers)).text == f"{heard}|"
