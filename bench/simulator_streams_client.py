"""Clients that read many streams of a simulator and note how late each token comes; as light as they can be.

    python -m bench.simulator_streams_client URL STREAMS

prints JSON. Each connection asks again as soon as its answer is complete.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import cast
from urllib.parse import urlsplit
from urllib.request import urlopen

import uvloop

PROMPT_TOKENS, ANSWER_TOKENS = 64, (100, 300)
WARM_UP_S, MEASURED_S = 5.0, 8.0
METRICS_TIMEOUT_S = 20.0
SCHEDULED, DONE = b'"scheduled_s":', b"data: [DONE]"


@dataclass
class Seen:
    """What was seen while it was measured."""

    lags_ms: list[float] = field(default_factory=list)
    """From the scheduled time of a chunk's newest token to the chunk's arrival at its client."""
    server_lag_ms: float = 0.0
    """The 95th percentile of the server's own ``neuralnav_simulator_lag_seconds`` at the end."""
    tokens_per_s: float = 0.0
    tokens_a_chunk: float = 0.0
    """More than 1 where the server has too much to do and late tokens come together."""
    server_share: float = 0.0
    """Of one core."""
    client_share: float = 0.0


class Client(asyncio.Protocol):
    """One connection: a stream after the other."""

    def __init__(self, number: int, lags_ms: list[float]) -> None:
        self._draws = random.Random(number)
        self._lags_ms = lags_ms
        self._rest = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first answer."""
        self._transport = cast(asyncio.WriteTransport, transport)
        self._ask(self._transport)

    def data_received(self, data: bytes) -> None:
        """Note how late each chunk is, and go on when the answer is complete."""
        now_s = time.time()
        *chunks, self._rest = (self._rest + data).split(b"\n\n")
        for chunk in chunks:
            at = chunk.find(SCHEDULED)
            if at >= 0:
                scheduled_s = float(chunk[at + len(SCHEDULED) :].rstrip(b"}"))
                self._lags_ms.append(1000 * (now_s - scheduled_s))
            elif chunk.endswith(DONE) and self._transport is not None:
                self._ask(self._transport)

    def _ask(self, transport: asyncio.WriteTransport) -> None:
        body = {
            "prompt": [self._draws.randrange(1000) for _ in range(PROMPT_TOKENS)],
            "max_tokens": self._draws.randint(*ANSWER_TOKENS),
            "ignore_eos": True,
            "stream": True,
            "return_schedule": True,
        }
        content = json.dumps(body).encode()
        head = f"host: x\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        transport.write(b"POST /v1/completions HTTP/1.1\r\n" + head.encode() + content)


async def read_streams(url: str, streams: int) -> Seen:
    """What so many connections see in ``MEASURED_S`` seconds, after a while."""
    lags_ms: list[float] = []
    address, loop = urlsplit(url), asyncio.get_running_loop()
    connections = [
        await loop.create_connection(partial(Client, number, lags_ms), address.hostname or "", address.port or 0)
        for number in range(streams)
    ]
    await asyncio.sleep(WARM_UP_S)
    before, begun_s, cpu_s = await asyncio.to_thread(_metrics, url), time.monotonic(), time.process_time()
    lags_ms.clear()
    await asyncio.sleep(MEASURED_S)
    after, seconds = await asyncio.to_thread(_metrics, url), time.monotonic() - begun_s
    tokens = after["vllm:generation_tokens_total"] - before["vllm:generation_tokens_total"]
    seen = Seen(
        lags_ms=[round(lag, 3) for lag in lags_ms],
        server_lag_ms=1000 * after['neuralnav_simulator_lag_seconds{quantile="0.95"}'],
        tokens_per_s=tokens / seconds,
        tokens_a_chunk=tokens / max(len(lags_ms), 1),
        server_share=(after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]) / seconds,
        client_share=(time.process_time() - cpu_s) / seconds,
    )
    for transport, _ in connections:
        transport.abort()
    if not lags_ms:
        raise RuntimeError(f"{url} streamed nothing to {streams} clients in {seconds:.0f} s")
    return seen


def _metrics(url: str) -> dict[str, float]:
    """Each series by its name, and by its labels where it is not vLLM's."""
    with urlopen(f"{url}/metrics", timeout=METRICS_TIMEOUT_S) as answer:
        text = answer.read().decode()
    lines = re.findall(r"^([a-z][^ ]*) (\S+)$", text, re.MULTILINE)
    return {name.partition("{")[0] if name.startswith("vllm:") else name: float(value) for name, value in lines}


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(read_streams(sys.argv[1], int(sys.argv[2]))))))
