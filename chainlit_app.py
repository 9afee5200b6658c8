"""The chat: Chainlit's callbacks over the conversation, and the web application that holds it.

``neuralnav serve`` opens it. Chainlit reads its environment when it is imported, so this module is imported only after
:func:`neuralnav.chat.workplace.environment` is in place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import chainlit as cl
from chainlit.server import app as chainlit_app
from chainlit.server import sio
from fastapi import FastAPI
from starlette.types import ASGIApp

from graph.application import Application
from neuralnav.chat import buttons, moments
from neuralnav.chat.access import Door
from neuralnav.chat.face import ChatFace
from neuralnav.chat.sign_in import add_sign_in
from neuralnav.chat.thread_store import ThreadStore

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
    store = ThreadStore(application.database.pool)
    face = ChatFace(application.conversations, store, application.reference.use_cases)
    _register(face, store)
    web = FastAPI(title="NeuralNav", openapi_url=None)
    web.add_api_route("/health", _health, methods=["GET"])
    add_sign_in(web, application.settings)
    web.mount("/", chainlit_app)
    try:
        yield Door(web, local_only=application.settings.password is None)
    finally:
        await face.close(GRACE_S)
        await store.close()


async def _health() -> dict[str, str]:
    return {"status": "ok"}


def _register(face: ChatFace, store: ThreadStore) -> None:
    sio.eio.max_http_buffer_size = MAX_MESSAGE_BYTES
    cl.data_layer(lambda: store)
    cl.on_message(face.on_message)
    cl.on_chat_resume(face.on_resume)
    cl.on_stop(face.on_stop)
    cl.action_callback(buttons.CALLBACK)(face.on_press)
    cl.action_callback(moments.CALLBACK)(face.on_way_back)
    cl.set_starters(_starters)


async def _starters(_: cl.User | None) -> list[cl.Starter]:
    return [cl.Starter(label=label, message=words or label) for label, words in STARTERS.items()]
