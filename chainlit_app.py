"""The chat: Chainlit's callbacks over the conversation, and the web application that holds it.

``neuralnav serve`` opens it. Chainlit reads its environment when it is imported, so this module is imported only after
:func:`neuralnav.chat.workplace.environment` is in place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import chainlit as cl
from chainlit.server import app as chainlit_app
from chainlit.server import sio
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graph.application import Application
from neuralnav.chat import buttons, moments
from neuralnav.chat.access import Door, Entry, entry_of
from neuralnav.chat.face import ChatFace
from neuralnav.chat.live_routes import add_live
from neuralnav.chat.rights import add_rights
from neuralnav.chat.sign_in import NamedByProxy, register_sign_in
from neuralnav.chat.thread_store import ThreadStore
from neuralnav.settings import Settings

GRACE_S = 5.0
"""How long running turns may take to end when the chat is closed."""

MAX_MESSAGE_BYTES = 8_000_000
"""A longer message would end the connection without a word; a shorter one that is too long is answered."""

STARTERS = {
    "I need a chatbot for 1000 users, low latency is critical": "",
    "Code completion for 200 developers on H100, at most $8,000 a month": "",
    "Summarise 5 support tickets a second, as cheap as possible": "",
    "Demo: a help desk's chat assistant": (
        "We run a telco help desk. 1,200 agents need a chat assistant, nobody likes waiting. We have L40S and H100 "
        "nodes, 6k a month at most."
    ),
    "Demo: questions over contracts": (
        "300 lawyers ask questions over our contracts. Accuracy matters most, an answer may take 20 seconds, and the "
        "model must be open source. At most $20,000 a month."
    ),
    "Demo: a translation agency": (
        "Translation for 400 people in our agency, as cheap as possible. Only L4, A10G and L40S, at most $3,000 a "
        "month."
    ),
}
"""What a new conversation can begin with: label to the words that are said, where they are not the label's own."""


@asynccontextmanager
async def open_chat(application: Application) -> AsyncIterator[ASGIApp]:
    """The web application: ``GET /health``, and the chat at ``/``. Running turns end before it is left."""
    settings = application.settings
    store = ThreadStore(application.database.pool, application.conversations.forget)
    face = ChatFace(application.conversations, store, application.reference.use_cases)
    _register(face, store)
    web = FastAPI(title="NeuralNav", openapi_url=None)
    web.add_api_route("/health", _health, methods=["GET"])
    register_sign_in(settings)
    add_rights(web, store)
    add_live(web, application)
    web.mount("/", chainlit_app)
    try:
        yield Door(_behind_proxies(web, settings), local_only=entry_of(settings) is Entry.HERE)
    finally:
        await face.close(GRACE_S)
        await store.close()


async def _health() -> dict[str, str]:
    return {"status": "ok"}


def _behind_proxies(web: ASGIApp, settings: Settings) -> ASGIApp:
    """``web`` as trusted proxies forward to it: with the scheme that people used, and who they are."""
    proxies = [str(proxy) for proxy in settings.trusted_proxies]
    forwarded = cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, web), trusted_hosts=proxies))
    if settings.user_header is None:
        return forwarded
    return NamedByProxy(forwarded, settings.user_header, settings.trusted_proxies)


def _register(face: ChatFace, store: ThreadStore) -> None:
    sio.eio.max_http_buffer_size = MAX_MESSAGE_BYTES
    cl.data_layer(lambda: store)
    cl.on_message(face.on_message)
    cl.on_chat_resume(face.on_resume)
    cl.on_stop(face.on_stop)
    cl.action_callback(buttons.CALLBACK)(face.on_press)
    cl.action_callback(moments.CALLBACK)(face.on_way_back)
    cl.set_starters(_starters)
    cl.on_shared_thread_view(_only_shared)


async def _only_shared(*_: object) -> bool:
    """Chainlit offers to share where this is registered; what may be read is settled in ``neuralnav.chat.rights``."""
    return False


async def _starters(_: cl.User | None) -> list[cl.Starter]:
    return [cl.Starter(label=label, message=words or label) for label, words in STARTERS.items()]
