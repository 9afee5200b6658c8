"""What both completion endpoints answer: ids, usage, and the stream of one or more choices."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import uuid4

from simulator.api.errors import ApiError
from simulator.api.generation import Choice, Piece, cancel_all, pieces_of
from simulator.api.json_pieces import as_json, json_pieces, parts_of
from simulator.api.protocol import SamplingRequest
from simulator.api.sse import DONE, event
from simulator.api.whole import PART_CHARACTERS
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
        return self._head() | {"choices": choices} | further

    @cached_property
    def opening(self) -> str:
        """How a document begins, up to the first choice."""
        return f'{as_json(self._head()).removesuffix("}")},"choices":['

    def event(self, choice: Document, further: Document) -> str:
        """``document`` of one choice as an event."""
        return f"data: {self.opening}{as_json(choice)}{_closing(further)}"

    def event_pieces(self, choice: Document, further: Document) -> Iterator[str]:
        """``event`` of a choice with lazy arrays, which may be a long one."""
        return chain((f"data: {self.opening}",), json_pieces(choice), (_closing(further),))

    def _head(self) -> Document:
        return {"id": self.id, "object": self.object, "created": self.created, "model": self.model}


def _closing(further: Document) -> str:
    return f"],{as_json(further)[1:]}\n\n" if further else "]}\n\n"


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


def whole(
    choices: Sequence[Choice],
    envelope: Envelope,
    request: SamplingRequest,
    described: Callable[[Choice], Document],
    *,
    details: bool,
) -> Iterator[str]:
    """The document of an answer in pieces: what ``described`` makes of each finished choice, and usage."""
    yield envelope.opening
    for number, choice in enumerate(choices):
        if number:
            yield ","
        yield from json_pieces(described(choice))
    total = whole_usage(choices, request.choices, details=details)
    yield f'],"usage":{as_json(total)}}}'


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
            events = [envelope.event(opening, _so_far(choice, request, 0)) for opening in openings]
            further = _so_far(choice, request, choice.generated)
            if part["logprobs"] is None:
                yield "".join([*events, envelope.event(part, further)]).encode()
            else:
                for text in parts_of(chain(events, envelope.event_pieces(part, further)), PART_CHARACTERS):
                    yield text.encode()
        if request.usage_at_end:
            total = whole_usage(choices, request.choices, details=details)
            yield event(envelope.document([], usage=total))
    except EngineStoppedError as error:
        yield event(ApiError(error.detail, "InternalServerError", 500).body())
    yield DONE


def _so_far(choice: Choice, request: SamplingRequest, generated: int) -> Document:
    further: Document = {}
    if request.usage_in_chunks:
        further["usage"] = usage(len(choice.prompt), generated)
    if request.return_schedule and generated:
        further["scheduled_s"] = round(choice.newest_s + time.time() - time.monotonic(), 6)
    return further
