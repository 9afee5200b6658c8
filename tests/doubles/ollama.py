"""A stand-in for Ollama's `/api/chat`, which cannot run here.

Copies what Ollama was seen to do: newline-delimited JSON chunks ending in one with `done: true`; HTTP 404 with an
`error` field for an unknown model; HTTP 500 when the runner dies; a stream that just stops when it is killed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], str]


@dataclass
class OllamaDouble:
    """`answer` makes the content from the request; `mood` says how it goes wrong."""

    answer: Answer
    mood: str = "well"
    requests: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> OllamaDouble:
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                double.requests.append(body)
                double.reply(self, body)

            def log_message(self, *arguments: Any) -> None:
                """Silent."""

        self.stopping = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def reply(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        if self.mood == "unknown model":
            return _send(handler, 404, [{"error": f"model '{body['model']}' not found"}])
        if self.mood == "broken":
            return _send(handler, 500, [{"error": "llama runner process has terminated"}])
        if self.mood == "slow":
            self.stopping.wait(10)
        content = "Sorry, I would rather talk about cats." if self.mood == "garbage" else self.answer(body)
        if self.mood == "cut":
            return _send(handler, 200, [_chunk(body, content[: len(content) // 2], done=False)])
        return _send(handler, 200, [_chunk(body, content, done=False), _chunk(body, "", done=True)])


def _chunk(body: dict[str, Any], content: str, *, done: bool) -> dict[str, Any]:
    chunk = {
        "model": body["model"],
        "created_at": "2026-11-01T12:00:00.000000Z",
        "message": {"role": "assistant", "content": content},
        "done": done,
    }
    return chunk | ({"done_reason": "stop", "total_duration": 1, "eval_count": 1} if done else {})


def _send(handler: BaseHTTPRequestHandler, status: int, lines: list[dict[str, Any]]) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/x-ndjson")
    handler.end_headers()
    try:
        for line in lines:
            handler.wfile.write(json.dumps(line).encode() + b"\n")
    except OSError:
        return
