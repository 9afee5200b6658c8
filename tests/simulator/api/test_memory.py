"""However much is asked for, and however it is read or given up, the server holds little and keeps nothing."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from simulator.api.application import create_app
from simulator.api.options import ServerOptions
from simulator.api.served_model import ServedModel
from tests.simulator.api.conftest import Simulator, Start
from tests.simulator.api.test_streaming import connect, hang_up, request
from tests.simulator.engine.engines import engine_of

COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"
HELLO = [{"role": "user", "content": "Hello"}]
LARGE = {"n": 4, "max_tokens": 2000, "ignore_eos": True}
"""With 20 log probabilities a token, 12 MB of JSON."""
MIB = 2**20


@pytest.fixture(scope="module")
def roomy(start: Start) -> Iterator[Simulator]:
    """One with a long context, in a great hurry."""
    with start("--time-scale=1000", "--max-model-len=16384") as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, {"messages": HELLO, "logprobs": True, "top_logprobs": 20}),
        (COMPLETIONS, {"prompt": "word " * 1000, "logprobs": 20, "echo": True}),
        (COMPLETIONS, {"prompt": "word " * 3000, "logprobs": 20, "echo": True, "stream": True, "max_tokens": 1}),
    ],
)
def test_an_answer_of_many_megabytes_is_whole_and_is_never_held_as_a_whole(
    roomy: Simulator, path: str, body: dict[str, Any]
) -> None:
    assert roomy.post(path, LARGE | body | {"max_tokens": 1, "n": 1}).status_code == 200
    before = roomy.peak_bytes()
    answer = roomy.post(path, LARGE | body)
    assert len(answer.content) > 4 * MIB, "as objects ten times as much"
    assert roomy.peak_bytes() - before < 12 * MIB
    if "stream" not in body:
        entries = [choice["logprobs"] for choice in answer.json()["choices"]]
        prompt_tokens = answer.json()["usage"]["prompt_tokens"] if "echo" in body else 0
        assert {len(entry.get("content") or entry["tokens"]) for entry in entries} == {2000 + prompt_tokens}


def test_large_answers_that_nobody_reads_are_not_written(roomy: Simulator) -> None:
    body = LARGE | {"messages": HELLO, "logprobs": True, "top_logprobs": 20}
    before, finished = roomy.peak_bytes(), roomy.metric("vllm:request_success_total")
    connections = [connect(roomy) for _ in range(8)]
    for connection in connections:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request(CHAT, body))
    assert roomy.settles(lambda: roomy.metric("vllm:request_success_total") == finished + 32)
    assert roomy.get("/health").status_code == 200
    assert roomy.peak_bytes() - before < 30 * MIB, "as a whole, the answers have 100 MB"
    for connection in connections:
        hang_up(connection)
    assert roomy.settles(lambda: roomy.metric("process_open_fds") < 40)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_more_tokens_than_a_request_may_have_are_refused(roomy: Simulator, field: str, *, stream: bool) -> None:
    body = {"messages": HELLO, "n": 1024, field: 10_000, "ignore_eos": True, "stream": stream}
    answer = roomy.post(CHAT, body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["param"], error["code"]) == ("BadRequestError", field, 400)
    assert "at most 2097152 tokens together" in error["message"]
    assert f"(parameter={field}, value=2100000)" in error["message"]
    assert roomy.idle()


def test_a_large_allowance_that_answers_do_not_use_is_taken(roomy: Simulator) -> None:
    body = {"messages": HELLO, "n": 256, "max_tokens": 16_000, "stream": True}
    assert "[DONE]" in roomy.post(CHAT, body).text


async def test_clients_that_vanish_leave_no_task_behind() -> None:
    model = ServedModel("m", 4096, 1000, {})
    app = create_app(engine_of(), model, ServerOptions(("m",)))
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        serving = asyncio.create_task(server.serve([listener]))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def is_idle() -> bool:
                return idle((await client.get("/metrics")).text)

            async def keeps_nothing() -> bool:
                return asyncio.all_tasks() == tasks

            async def has_started() -> bool:
                return server.started

            await comes_true(has_started)
            await client.get("/health")
            tasks = asyncio.all_tasks()
            for number in range(60):
                body = {"prompt": "Hello", "max_tokens": 50, "n": 1 + number % 3, "stream": number % 2 == 0}
                await vanish(port, json.dumps(body).encode(), after_answer=number % 4 == 0)
            await comes_true(is_idle)
            await comes_true(keeps_nothing)
        server.should_exit = True
        await serving


async def comes_true(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("within ten seconds it did not")


async def vanish(port: int, content: bytes, *, after_answer: bool) -> None:
    """Ask and go away, some once the answer has begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(content)}"
    )
    writer.write(f"{head}\r\n\r\n".encode() + content)
    await writer.drain()
    if after_answer:
        await reader.readline()
    writer.transport.abort()


def idle(exposition: str) -> bool:
    lines = [line for line in exposition.splitlines() if line.startswith("vllm:num_requests_running{")]
    return [line.rpartition(" ")[2] for line in lines] == ["0.0"]
