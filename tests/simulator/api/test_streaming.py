"""Streams: their exact form, slow readers, and clients that go away."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.simulator.api.conftest import Simulator, Start

COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"
HELLO = [{"role": "user", "content": "Hello"}]
LONG = {"prompt": "Hello", "max_tokens": 4000, "ignore_eos": True}


@pytest.fixture(scope="module")
def unhurried(start: Start) -> Iterator[Simulator]:
    """One in real time: an answer of 4,000 tokens takes minutes."""
    with start() as simulator:
        yield simulator


def connect(simulator: Simulator) -> socket.socket:
    address = urlsplit(simulator.url)
    assert address.hostname is not None
    assert address.port is not None
    return socket.create_connection((address.hostname, address.port), timeout=20)


def request(path: str, body: Any) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def hang_up(connection: socket.socket) -> None:
    """End a connection as a process that dies does: with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_events_are_framed_as_the_standard_says_and_end_with_done(simulator: Simulator) -> None:
    answer = simulator.post(CHAT, {"messages": HELLO, "max_tokens": 5, "stream": True})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    *events, done, rest = answer.content.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    documents = [json.loads(event.removeprefix(b"data: ")) for event in events]
    assert len({(document["id"], document["created"], document["model"]) for document in documents}) == 1
    assert {document["object"] for document in documents} == {"chat.completion.chunk"}
    assert documents[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [document["choices"][0]["finish_reason"] for document in documents[:-1]] == [None] * (len(documents) - 1)
    assert "usage" not in documents[-1]


@pytest.mark.parametrize("path", [COMPLETIONS, CHAT])
def test_usage_comes_at_the_end_or_with_every_chunk(simulator: Simulator, path: str) -> None:
    body = {"messages": HELLO, "prompt": "Hello", "max_tokens": 6, "n": 2, "stream": True}
    whole = simulator.post(path, {**body, "stream": False}).json()["usage"]
    for continuous in (False, True):
        options = {"include_usage": True, "continuous_usage_stats": continuous}
        lines = simulator.post(path, {**body, "stream_options": options}).text.split("\n\n")[:-2]
        *chunks, last = [json.loads(line[6:]) for line in lines]
        assert last["choices"] == []
        assert {key: last["usage"][key] for key in ("prompt_tokens", "completion_tokens", "total_tokens")} == {
            key: whole[key] for key in ("prompt_tokens", "completion_tokens", "total_tokens")
        }
        assert all(("usage" in chunk) is continuous for chunk in chunks)
        if continuous:
            assert max(chunk["usage"]["completion_tokens"] for chunk in chunks) == 6


def test_chunks_come_as_the_tokens_do(unhurried: Simulator) -> None:
    times = []
    with httpx.stream("POST", unhurried.url + COMPLETIONS, json={**LONG, "max_tokens": 8, "stream": True}) as answer:
        times = [time.monotonic() for line in answer.iter_lines() if line.startswith("data: {")]
    assert len(times) == 8
    assert times[-1] - times[0] > 0.2


@pytest.mark.parametrize("path", [COMPLETIONS, CHAT])
def test_chunks_say_when_the_schedule_had_their_tokens_where_that_is_asked_for(unhurried: Simulator, path: str) -> None:
    body = {"messages": HELLO, "prompt": "Hello", "max_tokens": 8, "ignore_eos": True, "stream": True}
    begun_s = time.time()
    with httpx.stream("POST", unhurried.url + path, json={**body, "return_schedule": True}) as answer:
        chunks = [(time.time(), json.loads(line[6:])) for line in answer.iter_lines() if line.startswith("data: {")]
    scheduled = [(read_s, chunk["scheduled_s"]) for read_s, chunk in chunks if "scheduled_s" in chunk]
    assert len(scheduled) == 8, "the chunk that opens a message has no token"
    assert [at_s for _, at_s in scheduled] == sorted({at_s for _, at_s in scheduled})
    assert all(begun_s < at_s < read_s < at_s + 30 for read_s, at_s in scheduled)
    assert "scheduled_s" not in unhurried.post(path, body).text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("n", [1, 3])
def test_a_client_that_goes_away_frees_its_place_at_once(unhurried: Simulator, n: int, *, stream: bool) -> None:
    connection = connect(unhurried)
    connection.sendall(request(COMPLETIONS, {**LONG, "n": n, "stream": stream}))
    assert unhurried.settles(lambda: unhurried.metric("vllm:num_requests_running") == n)
    aborted = unhurried.metric('vllm:request_success_total{engine="0",finished_reason="abort"')
    connection.close()
    assert unhurried.settles(unhurried.idle, within_s=5.0)
    assert unhurried.metric('vllm:request_success_total{engine="0",finished_reason="abort"') == aborted + n


def test_a_client_that_goes_away_while_it_waits_leaves_the_queue(start: Start) -> None:
    with start("--max-num-seqs=1") as simulator:
        connections = [connect(simulator) for _ in range(3)]
        for connection in connections:
            connection.sendall(request(CHAT, {"messages": HELLO, "ignore_eos": True, "stream": True}))
        assert simulator.settles(lambda: simulator.metric("vllm:num_requests_waiting{") == 2)
        connections[2].close()
        assert simulator.settles(lambda: simulator.metric("vllm:num_requests_waiting{") == 1, within_s=5.0)
        for connection in connections[:2]:
            hang_up(connection)
        assert simulator.settles(simulator.idle, within_s=5.0)


async def test_a_thousand_abrupt_disconnects_leave_nothing_behind(unhurried: Simulator) -> None:
    address = urlsplit(unhurried.url)

    async def vanish(number: int) -> None:
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        whole = request(COMPLETIONS, {**LONG, "prompt": f"Number {number}", "stream": number % 2 == 0})
        writer.write(whole if number % 5 else whole[:-10])
        await writer.drain()
        await asyncio.sleep(0.01 * (number % 7))
        writer.transport.abort()

    async def wave(first: int) -> None:
        await asyncio.gather(*(vanish(number) for number in range(first, first + 100)))

    await wave(0)
    assert unhurried.settles(unhurried.idle)
    before = unhurried.metric("process_resident_memory_bytes")
    for first in range(100, 1100, 100):
        await wave(first)
    assert unhurried.settles(unhurried.idle)
    assert unhurried.settles(lambda: unhurried.metric("process_open_fds") < 60)
    assert unhurried.metric("process_resident_memory_bytes") - before < 30e6


def test_readers_that_do_not_read_hold_no_growing_memory(simulator: Simulator) -> None:
    stream = {"messages": HELLO, "ignore_eos": True, "stream": True, "logprobs": True, "top_logprobs": 5}
    connections = []
    before, tokens = simulator.metric("process_resident_memory_bytes"), simulator.metric("vllm:generation_tokens_total")
    for _ in range(8):
        connection = connect(simulator)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request(CHAT, stream))
        connections.append(connection)
    assert simulator.settles(lambda: simulator.metric("vllm:generation_tokens_total") > tokens + 8 * 4000)
    assert simulator.metric("process_resident_memory_bytes") - before < 12e6, "unread, the answers have 20 MB"
    for connection in connections:
        hang_up(connection)
    assert simulator.settles(lambda: simulator.metric("process_open_fds") < 60)


def test_a_body_that_never_ends_is_given_up_when_the_client_goes(simulator: Simulator) -> None:
    connection = connect(simulator)
    connection.sendall(b"POST /tokenize HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
    connection.close()
    assert simulator.get("/health").status_code == 200


def test_what_is_in_flight_when_the_time_to_stop_is_over_ends_with_an_error(start: Start) -> None:
    with start() as simulator:
        bodies = [{**LONG, "n": 1, "stream": True}, {**LONG, "n": 3, "stream": True}, {**LONG, "stream": False}]
        connections = [connect(simulator) for _ in bodies]
        for connection, body in zip(connections, bodies, strict=True):
            connection.sendall(request(COMPLETIONS, body))
        assert simulator.settles(lambda: simulator.metric("vllm:num_requests_running") == 5)
        simulator.process.terminate()
        answers = [connection.makefile("rb").read() for connection in connections]
        assert simulator.process.wait(10) == 0
        assert all(b"The engine was closed before the answer was complete." in answer for answer in answers)
        assert all(b"data: [DONE]" in answer for answer in answers[:2])
        assert answers[2].startswith(b"HTTP/1.1 500")
        assert "Traceback" not in simulator.log.read_text()
