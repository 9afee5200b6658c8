"""Bodies are bounded in size and time, whoever sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from simulator.api.middleware import BoundedBodies

POST: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": []}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    assert not message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


async def answered(scope: Scope, pieces: Sequence[bytes], *, ends: bool = True) -> tuple[int, bytes]:
    """The status and body that a request in ``pieces`` gets."""
    left = list(pieces)
    sent: list[Message] = []

    async def receive() -> Message:
        if not left:
            await asyncio.sleep(60)
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left) or not ends}

    async def send(message: Message) -> None:
        sent.append(message)

    await BoundedBodies(echo, most_bytes=10, timeout_s=0.05)(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def test_a_body_in_pieces_reaches_the_application_whole() -> None:
    assert await answered(POST, [b"12", b"345", b""]) == (200, b"12345")


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"11")], [(b"content-length", b"9" * 30)]])
async def test_a_body_that_is_too_large_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    status, body = await answered(POST | {"headers": headers}, [b"123456", b"78901"])
    assert (status, json.loads(body)["error"]["type"]) == (413, "Request Entity Too Large")


async def test_a_body_that_does_not_come_is_given_up() -> None:
    status, body = await answered(POST, [b"1"], ends=False)
    assert (status, json.loads(body)["error"]["code"]) == (408, 408)
