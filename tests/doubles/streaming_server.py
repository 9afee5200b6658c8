"""A stand-in for vLLM's OpenAI-compatible server, for load generators: it streams answers at a pace that is set.

``python -m tests.doubles.streaming_server 8011`` serves until it is interrupted; ``tests/data/benchmarks/README.md``
tells which files were written against it. Each answer has as many tokens as were asked for, one an event, the last
with its ``finish_reason`` as vLLM has it, and ends with the token counts; prompts are counted as one token for four
characters.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
TTFT_S, ITL_S = 0.05, 0.005
TOKENS_OF_NO_REQUEST = 16
CHARACTERS_A_TOKEN = 4


class Handler(BaseHTTPRequestHandler):
    """One connection; ``/v1/completions`` and ``/v1/chat/completions``, streamed or not."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self._send_json({"object": "list", "data": [{"id": MODEL, "object": "model", "root": MODEL}]})
        elif self.path == "/health":
            self._send_json({})
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path not in {"/v1/completions", "/v1/chat/completions"}:
            self.send_error(404)
            return
        chat = self.path.endswith("chat/completions")
        time.sleep(TTFT_S)
        if body.get("stream"):
            self._stream(_events(body, chat=chat))
        else:
            time.sleep(ITL_S * (_output_tokens(body) - 1))
            self._send_json(
                _answer(body, "token " * _output_tokens(body), chat=chat, ends=True) | {"usage": _usage(body)}
            )

    def log_message(self, *arguments: Any) -> None:
        """Silent."""

    def _send_json(self, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, events: Iterator[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            content = f"data: {event}\n\n".encode()
            self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def _events(body: dict[str, Any], *, chat: bool) -> Iterator[str]:
    tokens = _output_tokens(body)
    for number in range(tokens):
        if number:
            time.sleep(ITL_S)
        yield json.dumps(_answer(body, "token ", chat=chat, ends=number == tokens - 1))
    if (body.get("stream_options") or {}).get("include_usage"):
        yield json.dumps(_answer(body, "", chat=chat) | {"choices": [], "usage": _usage(body)})
    yield "[DONE]"


def _answer(body: dict[str, Any], text: str, *, chat: bool, ends: bool = False) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "finish_reason": "length" if ends else None}
    if not chat:
        choice["text"] = text
    elif body.get("stream"):
        choice["delta"] = {"role": "assistant", "content": text}
    else:
        choice["message"] = {"role": "assistant", "content": text}
    kind = ("chat.completion.chunk" if body.get("stream") else "chat.completion") if chat else "text_completion"
    return {"id": "answer", "object": kind, "created": 0, "model": body.get("model", MODEL), "choices": [choice]}


def _output_tokens(body: dict[str, Any]) -> int:
    return int(body.get("max_completion_tokens") or body.get("max_tokens") or TOKENS_OF_NO_REQUEST)


def _usage(body: dict[str, Any]) -> dict[str, int]:
    said = body.get("prompt") or "".join(str(message.get("content")) for message in body.get("messages", []))
    prompt = max(len(said) // CHARACTERS_A_TOKEN, 1)
    output = _output_tokens(body)
    return {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
