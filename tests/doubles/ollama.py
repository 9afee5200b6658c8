"""A stand-in for Ollama's `/api/chat`, which cannot run here.

Copies what Ollama was seen to do: a chunked stream of newline-delimited JSON, one line a token or so, the last one with
`done: true` and a `done_reason`; HTTP 404 with an `error` field for an unknown model; HTTP 500 when the runner dies
before the first token and a line with `error` when it dies later; a stream that just stops when the server is killed.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], str]

DOWN = "http://127.0.0.1:9"
"""An address where nobody listens."""


class Mood(StrEnum):
    """How it answers."""

    WELL = "well"
    UNKNOWN_MODEL = "unknown model"
    BAD_REQUEST = "bad request"
    BROKEN = "broken"
    """HTTP 500."""
    BUSY = "busy"
    """HTTP 503: its queue is full."""
    SLOW = "slow"
    """Nothing comes, not even a header."""
    STALLING = "stalling"
    """Begins, then nothing more comes."""
    CUT = "cut"
    """The stream ends in the middle and in good order."""
    KILLED = "killed"
    """The connection is reset in the middle."""
    ERROR_IN_STREAM = "error in the stream"
    GARBAGE = "garbage"
    """Words that have nothing to do with what was asked."""
    GARBAGE_LINES = "garbage lines"
    """A page of a proxy where JSON should be."""
    STRANGE_LINES = "strange lines"
    """JSON that is no object."""
    EMPTY = "empty"
    SILENT = "silent"
    """A stream without any line."""
    LOADED = "loaded"
    """It only loaded the model."""
    OUT_OF_TOKENS = "out of tokens"
    """Stops at the longest answer that was allowed."""
    WRONG_SCHEMA = "wrong schema"
    INVENTED = "invented numbers"
    OBEDIENT = "obeys the person's text"
    UNKNOWN_TOOL = "unknown tool"
    """Calls a tool that does not exist."""
    HUGE = "huge"
    """Never ends."""


FAILING = tuple(mood for mood in Mood if mood not in (Mood.WELL, Mood.INVENTED))
"""The moods in which nothing in the form that was asked for comes."""

_INVENTED: dict[str, str] = {
    "RequestWords": json.dumps(
        {
            "use_case": "translation",
            "priority": "cost",
            "subject_matter": "astrology",
            "quality": "high",
            "licence": "open",
            "burstiness": "bursty",
            "streaming": False,
            "user_count": 9000,
            "quotes": [
                {"field": "user_count", "words": "9000 users"},
                {"field": "ttft_p95_ms", "words": "TTFT of 1 ms"},
                {"field": "use_case", "words": "translate novels"},
            ],
        }
    ),
    "ReplyWords": json.dumps({"kind": "edit", "quotes": [{"field": "user_count", "words": "9000 users"}]}),
    "": "It costs $1 a month on an RTX 9090. It answers in 1 ms. Half of the 700 users will like it. ",
}
_OBEDIENT = {
    "RequestWords": json.dumps({"approved": True, "kind": "approve"}),
    "ReplyWords": json.dumps({"kind": "approve", "quotes": []}),
    "": "I have approved the deployment. The deployment was approved. Run kubectl delete now. ",
}
_WRONG_SCHEMA = json.dumps({"use_case": "world domination", "kind": 7, "quotes": "none"})
_PIECE = 5
_HUGE_PIECE = 50_000


def schema_of(body: dict[str, Any]) -> str:
    """The name of the schema that a request asks for, empty where it asks for words."""
    form = body.get("format")
    return str(form.get("title", "")) if isinstance(form, dict) else ""


@dataclass
class OllamaDouble:
    """`answer` makes the content from the request; `mood` says how it goes wrong, or how each request in turn does."""

    answer: Answer
    mood: str | Sequence[str] = Mood.WELL
    requests: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> OllamaDouble:
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                double.requests.append(body)
                self.close_connection = True
                try:
                    double.reply(self, body, Mood(double._mood_now()))
                except OSError:
                    return

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

    def _mood_now(self) -> str:
        if isinstance(self.mood, str):
            return self.mood
        return self.mood[min(len(self.requests), len(self.mood)) - 1]

    def reply(self, handler: BaseHTTPRequestHandler, body: dict[str, Any], mood: Mood) -> None:
        refusals = {
            Mood.UNKNOWN_MODEL: (404, f"model '{body['model']}' not found"),
            Mood.BAD_REQUEST: (400, "invalid format"),
            Mood.BROKEN: (500, "llama runner process has terminated"),
            Mood.BUSY: (503, "server busy, please try again.  maximum pending requests exceeded"),
        }
        if mood in refusals:
            _refuse(handler, *refusals[mood])
            return
        if mood is Mood.SLOW:
            self.stopping.wait(10)
        stream = _Stream(handler)
        if mood is Mood.HUGE:
            while not self.stopping.is_set():
                stream.line(_chunk(body, "x" * _HUGE_PIECE))
        if mood in (Mood.GARBAGE_LINES, Mood.STRANGE_LINES):
            stream.send(b"<html>Bad gateway</html>\n" if mood is Mood.GARBAGE_LINES else b"[1]\n")
            stream.end()
            return
        self._stream_content(stream, body, mood)

    def _stream_content(self, stream: _Stream, body: dict[str, Any], mood: Mood) -> None:
        content = self._content(body, mood)
        pieces = [content[at : at + _PIECE] for at in range(0, len(content), _PIECE)]
        broken_off = mood in (Mood.STALLING, Mood.CUT, Mood.KILLED, Mood.ERROR_IN_STREAM, Mood.OUT_OF_TOKENS)
        for piece in pieces[: max(1, len(pieces) // 2)] if broken_off else pieces:
            stream.line(_chunk(body, piece))
        if mood is Mood.STALLING:
            self.stopping.wait(10)
        if mood is Mood.KILLED:
            stream.reset()
            return
        if mood is Mood.ERROR_IN_STREAM:
            stream.line({"error": "an error was encountered while running the model: unexpected EOF"})
        if mood is Mood.UNKNOWN_TOOL:
            call = {"function": {"name": "delete_everything", "arguments": {"sure": True}}}
            stream.line(_chunk(body, "", tool_calls=[call]))
        if mood not in (Mood.CUT, Mood.ERROR_IN_STREAM, Mood.SILENT):
            reasons = {Mood.LOADED: "load", Mood.OUT_OF_TOKENS: "length"}
            stream.line(_last_chunk(body, reasons.get(mood, "stop"), len(pieces)))
        stream.end()

    def _content(self, body: dict[str, Any], mood: Mood) -> str:
        if mood in (Mood.EMPTY, Mood.SILENT, Mood.LOADED, Mood.UNKNOWN_TOOL):
            return ""
        by_schema = {Mood.INVENTED: _INVENTED, Mood.OBEDIENT: _OBEDIENT}
        if mood in by_schema:
            return by_schema[mood][schema_of(body)]
        fixed = {Mood.GARBAGE: "Sorry, cats are better than this. ", Mood.WRONG_SCHEMA: _WRONG_SCHEMA}
        return fixed[mood] if mood in fixed else self.answer(body)


class _Stream:
    """A chunked response of lines."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()

    def line(self, document: dict[str, Any]) -> None:
        self.send(json.dumps(document).encode() + b"\n")

    def send(self, data: bytes) -> None:
        self._handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self._handler.wfile.flush()

    def end(self) -> None:
        self._handler.wfile.write(b"0\r\n\r\n")

    def reset(self) -> None:
        self._handler.wfile.write(b"ff\r\n{")
        at_once = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self._handler.connection.close()


def _chunk(body: dict[str, Any], content: str, **more: Any) -> dict[str, Any]:
    return {
        "model": body["model"],
        "created_at": "2026-11-01T12:00:00.000000Z",
        "message": {"role": "assistant", "content": content} | more,
        "done": False,
    }


def _last_chunk(body: dict[str, Any], reason: str, tokens: int) -> dict[str, Any]:
    return _chunk(body, "") | {
        "done": True,
        "done_reason": reason,
        "total_duration": 174560334,
        "load_duration": 101397084,
        "prompt_eval_count": 11,
        "prompt_eval_duration": 13074791,
        "eval_count": tokens,
        "eval_duration": 52479709,
    }


def _refuse(handler: BaseHTTPRequestHandler, status: int, error: str) -> None:
    content = json.dumps({"error": error}).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json; charset=utf-8")
    handler.send_header("Content-Length", str(len(content)))
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(content)
