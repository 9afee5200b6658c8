"""Signing in: the person at this machine unasked, others with the password, by a proxy's header, or with OAuth."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

import chainlit as cl
from chainlit.auth import get_token_from_cookies
from chainlit.auth.jwt import decode_jwt
from chainlit.oauth_providers import get_configured_oauth_providers
from jwt import InvalidTokenError
from pydantic import IPvAnyNetwork
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from neuralnav.chat.access import Entry, entry_of, names_this_machine, password_of
from neuralnav.chat.passwords import PASSWORD_USER, Password
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.settings import LOCAL_USER, Settings

AFTER_A_WRONG_PASSWORD_S = 1.0
"""Makes guessing slow."""

MAX_NAME_CHARACTERS = 200
_NAME = re.compile(rf"[^\s\x00-\x1f\x7f]{{1,{MAX_NAME_CHARACTERS}}}")

SignIn = Callable[[Headers], Awaitable[cl.User | None]]


def register_sign_in(settings: Settings) -> None:
    """Register with Chainlit how people sign in.

    Raises:
        InvalidInputError: OAuth is allowed to somebody, and no provider is configured.
        UnavailableError: the password that was made at the first start cannot be read.
    """
    entry = entry_of(settings)
    if entry is Entry.HEADER and settings.user_header:
        cl.header_auth_callback(_by_header(settings.user_header))
        return
    if entry is Entry.HERE:
        cl.header_auth_callback(_sign_in_here)
    elif entry is Entry.PASSWORD:
        cl.password_auth_callback(_by_password(password_of(settings)))
    if settings.allowed_users:
        _check_provider(settings.allowed_users)
        cl.oauth_callback(_by_oauth(settings.allowed_users))


class NamedByProxy:
    """Takes a person's name from a header, and only where a trusted proxy wrote it.

    A session of somebody else's, as it is left in a browser that people share, is no session here.
    """

    def __init__(self, app: ASGIApp, header: str, proxies: Sequence[IPvAnyNetwork]) -> None:
        self._app = app
        self._header = header
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with what of it may be believed."""
        if scope["type"] in ("http", "websocket"):
            headers = MutableHeaders(raw=list(scope["headers"]))
            if not self._is_trusted(scope):
                del headers[self._header]
            name = _named(headers, self._header)
            if name is None or _signed_in(scope) != name:
                del headers["cookie"]
                del headers["authorization"]
            scope = {**scope, "headers": headers.raw}
        await self._app(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in proxy for proxy in self._proxies)


def _signed_in(scope: Scope) -> str | None:
    token = get_token_from_cookies(HTTPConnection(scope).cookies)
    try:
        return str(decode_jwt(token).identifier) if token else None
    except (InvalidTokenError, KeyError):
        return None


def _named(headers: Headers, header: str) -> str | None:
    """The one name that ``header`` gives; ``None``: none, several, or none that can be."""
    names = headers.getlist(header)
    return names[0] if len(names) == 1 and _NAME.fullmatch(names[0]) else None


async def _sign_in_here(headers: Headers) -> cl.User | None:
    return cl.User(identifier=LOCAL_USER) if names_this_machine(headers) else None


def _by_header(header: str) -> SignIn:
    async def sign_in(headers: Headers) -> cl.User | None:
        name = _named(headers, header)
        return cl.User(identifier=name) if name else None

    return sign_in


def _by_password(password: Password) -> Callable[[str, str], Awaitable[cl.User | None]]:
    async def sign_in(user: str, given: str) -> cl.User | None:
        if await asyncio.to_thread(password.matches, given) and user == PASSWORD_USER:
            return cl.User(identifier=PASSWORD_USER)
        await asyncio.sleep(AFTER_A_WRONG_PASSWORD_S)
        return None

    return sign_in


def _by_oauth(allowed: Sequence[str]) -> Callable[..., Awaitable[cl.User | None]]:
    async def sign_in(provider: str, _token: str, _found: dict[str, str], user: cl.User, *_: object) -> cl.User | None:
        if not is_allowed(user.identifier, allowed):
            return None
        return cl.User(identifier=f"{provider}:{user.identifier}", display_name=user.identifier)

    return sign_in


def is_allowed(name: str, allowed: Sequence[str]) -> bool:
    """Whether ``name`` is one of ``allowed``, or of a mail domain that is."""
    known = {entry.casefold() for entry in allowed}
    given = name.casefold()
    _, at, domain = given.rpartition("@")
    return bool(_NAME.fullmatch(name)) and (given in known or (bool(at) and f"@{domain}" in known))


def _check_provider(allowed: Sequence[str]) -> None:
    if not get_configured_oauth_providers():
        raise InvalidInputError(
            "NEURALNAV_ALLOWED_USERS lets people in with OAuth, and no provider is configured.",
            (
                FieldProblem(
                    "NEURALNAV_ALLOWED_USERS",
                    list(allowed),
                    "with the variables of a provider, such as OAUTH_GITHUB_CLIENT_ID and OAUTH_GITHUB_CLIENT_SECRET",
                ),
            ),
        )
