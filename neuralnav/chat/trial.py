"""One test prompt to a deployment: its answer as it comes, and how long it took."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from pydantic import ConfigDict, Field

from neuralnav.deployment.event_stream import events_of, token_count
from neuralnav.models.base import Frozen, PlainText, WholeNumber

MOST_PROMPT_CHARACTERS = 4_000
MOST_TOKENS = 256
"""Of an answer."""
MOST_BYTES = 500_000
"""Of the stream that brings it: a token takes about 300."""
ANSWER_WITHIN_S = 60.0

_PATH = "/v1/chat/completions"
_THOUGHT_IN = ("reasoning_content", "reasoning")


class TrialPrompt(Frozen):
    """What is asked."""

    prompt: Annotated[PlainText, Field(min_length=1, max_length=MOST_PROMPT_CHARACTERS)]
    max_tokens: Annotated[WholeNumber, Field(ge=1, le=MOST_TOKENS)] = 128


class TrialFigures(Frozen):
    """One answer as its client saw it."""

    ttft_ms: float
    itl_ms: float | None = None
    """(last token - first token) / (tokens - 1); ``None`` for one token, or where all came in one piece."""
    e2e_ms: float
    prompt_tokens: int | None = None
    """As the server counts; ``None``: it does not say."""
    output_tokens: int
    cut: bool = False
    """Whether the answer was longer than was allowed."""


class TrialEvent(Frozen):
    """A part of an answer, then what it took; or why there is no more."""

    model_config = ConfigDict(str_strip_whitespace=False)

    text: str = ""
    thought: str = ""
    """What a model that thinks says before its answer."""
    problem: str = ""
    figures: TrialFigures | None = None


@dataclass
class _Clock:
    """When the tokens of an answer came."""

    began: float
    first: float = 0.0
    last: float = 0.0
    pieces: int = 0
    usage: Mapping[str, Any] | None = None
    finish_reason: str = ""

    def piece(self) -> None:
        now = time.perf_counter()
        self.first = self.first or now
        self.last = now
        self.pieces += 1

    def figures(self) -> TrialFigures | None:
        """``None``: nothing came."""
        if not self.pieces:
            return None
        tokens = token_count(self.usage, "completion_tokens") or self.pieces
        spread = self.pieces > 1 and tokens > 1
        return TrialFigures(
            ttft_ms=(self.first - self.began) * 1000,
            itl_ms=(self.last - self.first) / (tokens - 1) * 1000 if spread else None,
            e2e_ms=(self.last - self.began) * 1000,
            prompt_tokens=token_count(self.usage, "prompt_tokens"),
            output_tokens=tokens,
            cut=self.finish_reason == "length",
        )


async def answered(client: httpx.AsyncClient, model: str, asked: TrialPrompt) -> AsyncGenerator[TrialEvent]:
    """The answer of the server behind ``client`` as it comes; the last event has the figures, or the problem."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": asked.prompt}],
        "max_tokens": asked.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    clock = _Clock(time.perf_counter())
    try:
        async with (
            asyncio.timeout(ANSWER_WITHIN_S),
            client.stream("POST", _PATH, json=body, timeout=ANSWER_WITHIN_S, follow_redirects=False) as response,
        ):
            if response.status_code != httpx.codes.OK:
                yield TrialEvent(problem=f"The model server answered with status {response.status_code}.")
                return
            async with aclosing(events_of(response, MOST_BYTES)) as events:
                async for event in events:
                    chunk = _parsed(event)
                    if not isinstance(chunk, dict):
                        continue
                    if "error" in chunk:
                        yield TrialEvent(problem="The model server ended its answer with an error.")
                        return
                    part = _part(chunk, clock)
                    if part is not None:
                        clock.piece()
                        yield part
    except TimeoutError:
        yield TrialEvent(problem=f"The answer was not finished within {ANSWER_WITHIN_S:g} s.")
        return
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield TrialEvent(problem=f"The connection to the model server failed: {type(error).__name__}.")
        return
    except OverflowError:
        yield TrialEvent(problem=f"The answer has more than {MOST_BYTES:,} bytes.")
        return
    figures = clock.figures()
    yield TrialEvent(figures=figures) if figures else TrialEvent(problem="The answer is empty.")


def _parsed(event: str) -> Any:
    try:
        return json.loads(event)
    except (ValueError, RecursionError):
        return None


def _part(chunk: Mapping[str, Any], clock: _Clock) -> TrialEvent | None:
    """What ``chunk`` brings to read; how it counts and ends is noted in ``clock``."""
    if isinstance(chunk.get("usage"), dict):
        clock.usage = chunk["usage"]
    choices = chunk.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return None
    if isinstance(choice.get("finish_reason"), str):
        clock.finish_reason = choice["finish_reason"]
    delta = choice.get("delta")
    said = delta if isinstance(delta, dict) else {}
    text = _text(said.get("content"))
    thought = next(filter(None, (_text(said.get(name)) for name in _THOUGHT_IN)), "")
    return TrialEvent(text=text, thought=thought) if text or thought else None


def _text(value: Any) -> str:
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


async def lines(events: AsyncIterator[TrialEvent]) -> AsyncGenerator[str]:
    """``events`` as lines of JSON."""
    async for event in events:
        yield f"{event.model_dump_json(exclude_defaults=True)}\n"
