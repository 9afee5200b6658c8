"""One streamed chat completion, timed as its client sees it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from neuralnav.deployment.event_stream import events_of, token_count
from neuralnav.deployment.probing_report import ProbeAnswer
from neuralnav.models.figures import plural

PATH = "/v1/chat/completions"
STREAM_TYPE = "text/event-stream"
MOST_BYTES = 2_000_000
"""Of one answer."""

_DONE = "[DONE]"
_SAID_IN = ("content", "reasoning_content", "reasoning", "tool_calls", "refusal")
"""Parts of a delta that bring tokens; models that think say so in ``reasoning_content`` or ``reasoning``."""


@dataclass
class _Stream:
    """What has come of one answer so far."""

    started: float
    first: float | None = None
    last: float | None = None
    pieces: int = 0
    finish_reason: str | None = None
    usage: Mapping[str, Any] | None = None
    error: str | None = None

    def take(self, event: str) -> None:
        """One event of the stream."""
        now = time.perf_counter()
        try:
            chunk = json.loads(event)
        except (ValueError, RecursionError):
            self.error = "an event of the stream is no JSON"
            return
        if not isinstance(chunk, dict):
            self.error = "an event of the stream is no object"
        elif "error" in chunk:
            self.error = f"the server ended the stream: {_message(chunk)}"
        else:
            self._read(chunk, now)

    def _read(self, chunk: Mapping[str, Any], now: float) -> None:
        if isinstance(chunk.get("usage"), dict):
            self.usage = chunk["usage"]
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        delta = choice.get("delta")
        if isinstance(delta, dict) and any(delta.get(part) for part in _SAID_IN):
            self.first = now if self.first is None else self.first
            self.last = now
            self.pieces += 1
        if isinstance(choice.get("finish_reason"), str):
            self.finish_reason = choice["finish_reason"][:40]

    def answer(self, case: str, response: httpx.Response) -> ProbeAnswer:
        """The answer, whole or not."""
        prompt_tokens = token_count(self.usage, "prompt_tokens")
        output_tokens = token_count(self.usage, "completion_tokens")
        tokens = self.pieces if output_tokens is None else output_tokens
        error = self.error
        if error is None and self.finish_reason is None:
            error = f"the stream was cut after {plural(self.pieces, 'piece')}"
        elif error is None and self.first is None:
            error = "the answer is empty"
        itl = None
        if self.first is not None and self.last is not None and self.pieces > 1 and tokens > 1:
            itl = (self.last - self.first) / (tokens - 1) * 1000
        return ProbeAnswer(
            case=case,
            error=error,
            status=response.status_code,
            content_type=_media_type(response),
            prompt_tokens=prompt_tokens,
            output_tokens=tokens,
            pieces=self.pieces,
            finish_reason=self.finish_reason,
            ttft_ms=None if self.first is None else (self.first - self.started) * 1000,
            itl_ms=itl,
            e2e_ms=None if self.last is None else (self.last - self.started) * 1000,
        )


async def stream_once(client: httpx.AsyncClient, body: Mapping[str, Any], case: str, timeout_s: float) -> ProbeAnswer:
    """The answer to ``body``, or why there is none; takes at most ``timeout_s``."""
    stream = _Stream(time.perf_counter())
    try:
        async with (
            asyncio.timeout(timeout_s),
            client.stream("POST", PATH, json=dict(body), timeout=timeout_s, follow_redirects=False) as response,
        ):
            if response.status_code != httpx.codes.OK:
                return await _refused(response, case)
            if _media_type(response) != STREAM_TYPE:
                error = f"the answer is {_media_type(response) or 'of no type'}, not {STREAM_TYPE}"
                return ProbeAnswer(case=case, error=error, status=200, content_type=_media_type(response))
            async for event in events_of(response, MOST_BYTES):
                if event == _DONE or stream.error:
                    break
                stream.take(event)
            return stream.answer(case, response)
    except (TimeoutError, httpx.TimeoutException):
        error = f"not finished within {timeout_s:.3g} s, after {plural(stream.pieces, 'piece')}"
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        error = f"the connection failed after {plural(stream.pieces, 'piece')}: {type(failure).__name__}"
    except OverflowError:
        error = f"the answer has more than {MOST_BYTES:,} bytes"
    return ProbeAnswer(case=case, error=error, pieces=stream.pieces)


async def _refused(response: httpx.Response, case: str) -> ProbeAnswer:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            break
    try:
        said = _message(json.loads(body))
    except (ValueError, RecursionError):
        said = ""
    error = f"status {response.status_code}{': ' if said else ''}{said}"
    return ProbeAnswer(case=case, error=error, status=response.status_code, content_type=_media_type(response))


def _message(document: Any) -> str:
    """What a server says of an error, in OpenAI's form or FastAPI's."""
    found = document.get("error", document) if isinstance(document, dict) else document
    if isinstance(found, dict):
        found = found.get("message") or found.get("detail") or ""
    return str(found)[:200]


def _media_type(response: httpx.Response) -> str:
    content_type: str = response.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower()[:80]
