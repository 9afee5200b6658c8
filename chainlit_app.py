"""The chat: Chainlit's callbacks over the conversation, and the web application that holds it.

``neuralnav serve`` opens it. Chainlit reads its environment when it is imported, so this module is imported only after
:func:`neuralnav.chat.workplace.environment` is in place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import chainlit as cl
from chainlit.server import app as chainlit_app
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp

from graph.application import Application
from neuralnav.chat.access import Door, is_password, names_this_machine
from neuralnav.chat.buttons import CALLBACK
from neuralnav.chat.face import ChatFace
from neuralnav.chat.thread_store import ThreadStore
from neuralnav.settings import LOCAL_USER, Settings

PASSWORD_USER = "admin"  # noqa: S105 - a user's name
GRACE_S = 5.0
AFTER_A_WRONG_PASSWORD_S = 1.0
"""Makes guessing slow."""

STARTERS = (
    "I need a chatbot for 1000 users, low latency is critical",
    "Code completion for 200 developers on H100, at most $8,000 a month",
    "Summarise 5 support tickets a second, as cheap as possible",
    "Questions over our contracts for 300 lawyers, accuracy matters most",
)


@asynccontextmanager
async def open_chat(application: Application) -> AsyncIterator[ASGIApp]:
    """The web application: ``GET /health``, and the chat at ``/``. Running turns end before it is left."""
    face = ChatFace(application.conversations)
    store = ThreadStore(application.database.url)
    _register(face, store, application.settings)
    web = FastAPI(title="NeuralNav", openapi_url=None)
    web.add_api_route("/health", _health, methods=["GET"])
    web.mount("/", chainlit_app)
    try:
        yield Door(web, local_only=application.settings.password is None)
    finally:
        await face.close(GRACE_S)
        await store.close()


async def _health() -> dict[str, str]:
    return {"status": "ok"}


def _register(face: ChatFace, store: ThreadStore, settings: Settings) -> None:
    cl.data_layer(lambda: store)
    cl.on_message(face.on_message)
    cl.on_chat_resume(face.on_resume)
    cl.on_stop(face.on_stop)
    cl.action_callback(CALLBACK)(face.on_press)
    cl.set_starters(_starters)
    if settings.password is None:
        cl.header_auth_callback(_sign_in_here)
    else:
        cl.password_auth_callback(_password_sign_in(settings))


async def _starters(_: cl.User | None) -> list[cl.Starter]:
    return [cl.Starter(label=sentence, message=sentence) for sentence in STARTERS]


async def _sign_in_here(headers: Headers) -> cl.User | None:
    return cl.User(identifier=LOCAL_USER) if names_this_machine(headers) else None


def _password_sign_in(settings: Settings) -> Callable[[str, str], Awaitable[cl.User | None]]:
    async def sign_in(user: str, password: str) -> cl.User | None:
        if is_password(password, settings) and user == PASSWORD_USER:
            return cl.User(identifier=PASSWORD_USER)
        await asyncio.sleep(AFTER_A_WRONG_PASSWORD_S)
        return None

    return sign_in
