"""Signing in: the person at this machine without asking, others with the password."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import chainlit as cl
from chainlit.auth import create_jwt, get_token_from_cookies, set_auth_cookie
from chainlit.server import serve
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from neuralnav.chat.access import is_password, names_this_machine
from neuralnav.settings import LOCAL_USER, Settings

PASSWORD_USER = "admin"  # noqa: S105 - a user's name
AFTER_A_WRONG_PASSWORD_S = 1.0
"""Makes guessing slow."""

_CONVERSATION = re.compile(r"/thread/[\w-]{1,100}")


def add_sign_in(web: FastAPI, settings: Settings) -> None:
    """Register with Chainlit how people sign in, before it is mounted in ``web``."""
    if settings.password is None:
        cl.header_auth_callback(_sign_in_here)
        web.add_api_route("/login", _enter, methods=["GET"], response_model=None)
    else:
        cl.password_auth_callback(_by_password(settings))


async def _sign_in_here(headers: Headers) -> cl.User | None:
    return cl.User(identifier=LOCAL_USER) if names_this_machine(headers) else None


async def _enter(request: Request) -> Response:
    """Lead whoever was sent here from a conversation back to it, signed in; Chainlit's own page forgets it.

    A second request shows whether the browser keeps the cookie: without that, the two pages would lead to each other
    for ever.
    """
    wanted = request.query_params.get("to")
    if wanted is None:
        left = urlsplit(request.headers.get("referer", "")).path
        if _CONVERSATION.fullmatch(left):
            response = RedirectResponse(f"/login?to={left}", status_code=303)
            set_auth_cookie(request, response, create_jwt(cl.User(identifier=LOCAL_USER)))
            return response
    elif _CONVERSATION.fullmatch(wanted) and get_token_from_cookies(request.cookies):
        return RedirectResponse(wanted, status_code=303)
    page: Response = await serve(request)
    return page


def _by_password(settings: Settings) -> Callable[[str, str], Awaitable[cl.User | None]]:
    async def sign_in(user: str, password: str) -> cl.User | None:
        if is_password(password, settings) and user == PASSWORD_USER:
            return cl.User(identifier=PASSWORD_USER)
        await asyncio.sleep(AFTER_A_WRONG_PASSWORD_S)
        return None

    return sign_in
