"""Who may reach the chat: addresses that it may listen on, the key of its sessions, and a check of each request."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neuralnav.chat.kept_files import read_kept, write_once
from neuralnav.chat.passwords import Password, chosen, kept
from neuralnav.errors import UnavailableError
from neuralnav.settings import Settings

SECRET_FILE = "chat-secret"  # noqa: S105 - the file's name
MIN_SECRET_CHARACTERS = 32
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, without a port) can only mean this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Entry(StrEnum):
    """How people get in, besides OAuth."""

    HERE = "here"
    """Whoever is at this machine, without being asked."""
    PASSWORD = "password"  # noqa: S105 - a way in
    HEADER = "header"
    """Whom a proxy names that signed them in."""
    NONE = "none"
    """Nobody: OAuth is the only way."""


def entry_of(settings: Settings) -> Entry:
    """How people get in."""
    if settings.user_header:
        return Entry.HEADER
    if settings.password is not None:
        return Entry.PASSWORD
    if settings.allowed_users:
        return Entry.NONE
    return Entry.HERE if is_loopback(settings.host) else Entry.PASSWORD


def password_of(settings: Settings) -> Password:
    """The password that people give, where that is how they get in.

    Raises:
        UnavailableError: the one that was made at the first start cannot be read.
    """
    return kept(settings) if settings.password is None else chosen(settings.password.get_secret_value())


def session_key(settings: Settings) -> str:
    """The key that signs session cookies. It changes with the password, so that a new password ends old sessions.

    Raises:
        UnavailableError: the key cannot be kept under ``settings.home``.
    """
    secret = settings.auth_secret.get_secret_value() if settings.auth_secret else _kept_secret(settings.home)
    seal = password_of(settings).seal if entry_of(settings) is Entry.PASSWORD else ""
    return hmac.new(secret.encode(), seal.encode(), "sha256").hexdigest()


def _kept_secret(home: Path) -> str:
    path = home / SECRET_FILE
    if not path.exists():
        write_once(path, secrets.token_urlsafe(48))
    secret = read_kept(path)
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise UnavailableError(f"{path} holds no usable key. Delete it, and a new one is made.")
    return secret


def names_this_machine(headers: Mapping[str, str]) -> bool:
    """Whether a request was addressed to this machine: a page that rebinds its own name to 127.0.0.1 was not."""
    return is_loopback(_host_name(headers.get("host", "")))


def _host_name(host: str) -> str:
    if not _HOST.fullmatch(host):
        return ""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class Door:
    """Turns away requests that another site makes in a person's name, and tells browsers to load nothing from outside.

    ``local_only``: nobody signs in with a password, so that only requests addressed to this machine may pass.
    """

    def __init__(self, app: ASGIApp, *, local_only: bool) -> None:
        self._app = app
        self._local_only = local_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers)
        if refusal is None:
            await self._app(scope, receive, _guarded(send, headers["host"]))
        elif scope["type"] == "http":
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[:120]})

    def _refusal(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if not _host_name(host):
            return "This request names no host."
        if self._local_only and not names_this_machine(headers):
            return (
                "Without a password the chat answers only on this machine. Open it on http://127.0.0.1, "
                "or set NEURALNAV_PASSWORD."
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "This request comes from another site."
        return None


def _guarded(send: Send, host: str) -> Send:
    policy = (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; "
        f"connect-src 'self' ws://{host} wss://{host}; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["content-security-policy"] = policy
            headers["x-content-type-options"] = "nosniff"
            headers["referrer-policy"] = "same-origin"
        await send(message)

    return guarded
