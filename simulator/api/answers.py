"""What both completion endpoints answer: ids, usage, and the stream of one or more choices."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from simulator.api.errors import ApiError
from simulator.api.generation import Choice, Piece, cancel_all, pieces_of
from simulator.api.protocol import SamplingRequest
from simulator.api.sse import DONE, event
from simulator.engine.errors import EngineStoppedError

Document = dict[str, Any]


@dataclass(frozen=True)
class Envelope:
    """What every document of one answer has in common."""

    id: str
    object: str
    model: str
    created: int = field(default_factory=lambda: int(time.time()))

    def document(self, choices: list[Document], **further: Any) -> Document:
        """One document of the answer."""
        head = {"id": self.id, "object": self.object, "created": self.created, "model": self.model}
        return head | {"choices": choices} | further


def new_id(prefix: str) -> str:
    """An id as vLLM makes it."""
    return f"{prefix}-{uuid4().hex}"


def usage(prompt_tokens: int, completion_tokens: int) -> Document:
    """Usage so far."""
    return {
        "prompt_tokens": prompt_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "completion_tokens": completion_tokens,
    }


def whole_usage(choices: Sequence[Choice], answers_per_prompt: int, *, details: bool) -> Document:
    """Usage of a whole answer: each prompt counts once."""
    prompts = choices[::answers_per_prompt]
    counted = usage(sum(len(choice.prompt) for choice in prompts), sum(choice.generated for choice in choices))
    if details:
        counted["prompt_tokens_details"] = {"cached_tokens": sum(choice.generation.cached_tokens for choice in prompts)}
    return counted


async def finish(choices: Sequence[Choice]) -> None:
    """Wait until every token is there; cancelled, it gives all places back."""
    try:
        async for _ in pieces_of(choices):
            pass
    finally:
        cancel_all(choices)


async def each_described(choices: Sequence[Choice], described: Callable[[Choice], Document]) -> list[Document]:
    """What ``described`` makes of each finished choice; others get their turn in between."""
    documents = []
    for choice in choices:
        documents.append(described(choice))
        await asyncio.sleep(0)
    return documents


async def stream(
    choices: Sequence[Choice],
    envelope: Envelope,
    request: SamplingRequest,
    described: Callable[[Choice, Piece], Sequence[Document]],
    *,
    details: bool,
) -> AsyncGenerator[bytes, None]:
    """The events of an answer: what ``described`` makes of each piece, usage where it is asked for, and the end.

    All that ``described`` gives but the last has no tokens yet.
    """
    try:
        async for choice, piece in pieces_of(choices):
            *openings, part = described(choice, piece)
            events = [event(envelope.document([opening], **_so_far(choice, request, 0))) for opening in openings]
            events.append(event(envelope.document([part], **_so_far(choice, request, choice.generated))))
            yield b"".join(events)
        if request.usage_at_end:
            total = whole_usage(choices, request.choices, details=details)
            yield event(envelope.document([], usage=total))
    except EngineStoppedError as error:
        yield event(ApiError(error.detail, "InternalServerError", 500).body())
    yield DONE


def _so_far(choice: Choice, request: SamplingRequest, generated: int) -> Document:
    return {"usage": usage(len(choice.prompt), generated)} if request.usage_in_chunks else {}
