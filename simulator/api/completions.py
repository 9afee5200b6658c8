"""``POST /v1/completions``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulator.api.answers import Document, Envelope, finish, new_id, stream, whole
from simulator.api.checks import check_completion, check_size
from simulator.api.forms import planned_answer
from simulator.api.generation import Choice, Piece, cancel_all
from simulator.api.logprobs import Logprobs
from simulator.api.plans import answer_seed
from simulator.api.protocol import CompletionRequest
from simulator.api.service import Planned, Service
from simulator.api.sse import EventStream, while_connected
from simulator.api.whole import WholeDocument


async def create_completion(service: Service, request: CompletionRequest, http: Request) -> Response:
    """Answer a request for completions.

    Raises:
        ApiError: it is refused, or the client went away.
    """
    arrived_s = time.monotonic()
    service.check_model(request.model)
    check_completion(request, service.options.max_logprobs)
    await service.suffer(http)
    prompts = await _tokenised(service, request)
    if request.echo:
        await service.apart(sum(map(len, prompts)), lambda: [service.tokenizer.decode(prompt) for prompt in prompts])
    planned = await _planned(service, request, prompts)
    choices = await service.begin(http, planned, answers_each=request.choices, arrived_s=arrived_s)
    service.metrics.asked_for(request.choices, len(prompts))
    envelope = Envelope(new_id("cmpl"), "text_completion", service.name)
    answer = _Answer(service, request)
    details = service.options.prompt_tokens_details
    if request.stream:
        events = stream(choices, envelope, request, answer.parts, details=details)
        return EventStream(events, lambda: cancel_all(choices))
    await while_connected(http.receive, finish(choices))
    return WholeDocument(whole(choices, envelope, request, answer.whole, details=details))


async def _tokenised(service: Service, request: CompletionRequest) -> list[list[int]]:
    """The prompts as token ids; the checks have seen that there is one."""
    prompt: Any = request.prompt
    if isinstance(prompt, str) or isinstance(prompt[0], int):
        prompt = [prompt]
    most = service.most_text(request, _wanted(request), "max_tokens")
    return await service.tokenised(prompt, most) if isinstance(prompt[0], str) else prompt


def _wanted(request: CompletionRequest) -> int | None:
    """The most tokens of an answer; what is only to be echoed has one that is not shown."""
    return 1 if request.echo and request.max_tokens == 0 else request.max_tokens


async def _planned(service: Service, request: CompletionRequest, prompts: Sequence[list[int]]) -> list[Planned]:
    planned: list[Planned] = []
    wanted = _wanted(request)
    tokens = 0
    for whole_prompt in prompts:
        prompt, most = service.room(whole_prompt, request, wanted, "max_tokens")
        for number in range(request.choices):
            seed = answer_seed(service.options.seed, request.seed, prompt, number)
            plan = await planned_answer(service.planner, request, seed, most)
            planned.append((prompt, plan, most))
            tokens += len(plan.tokens)
            check_size(tokens, "max_tokens")
    return planned


class _Answer:
    """How choices look in this endpoint's documents."""

    def __init__(self, service: Service, request: CompletionRequest) -> None:
        self._service = service
        self._request = request
        self._logprobs = Logprobs(service.tokenizer, as_token_ids=bool(request.return_tokens_as_token_ids))
        self._chars: dict[int, int] = {}

    def whole(self, choice: Choice) -> Document:
        """A finished choice."""
        echo_only = self._request.max_tokens == 0
        text = "" if echo_only else choice.text
        return self._part(choice, text, [] if echo_only else choice.plan.tokens, finished=True)

    def parts(self, choice: Choice, piece: Piece) -> Sequence[Document]:
        """What a piece adds to a stream."""
        echo_only = self._request.max_tokens == 0
        text, tokens = ("", []) if echo_only else (piece.text, piece.tokens)
        return [self._part(choice, text, tokens, finished=piece.finished)]

    def _part(self, choice: Choice, text: str, tokens: Sequence[int], *, finished: bool) -> Document:
        request, before = self._request, self._chars.get(choice.index, 0)
        prompt: Sequence[int] = ()
        if request.echo and choice.index not in self._chars:
            prompt = choice.prompt
            text = self._service.decoded(prompt) + text
        self._chars[choice.index] = before + len(text)
        part: Document = {"index": choice.index, "text": text, "logprobs": None}
        if request.logprobs is not None:
            shown = [*prompt, *tokens]
            unknown = 1 if prompt else 0
            part["logprobs"] = self._logprobs.completion(shown, request.logprobs, before, unknown=unknown)
        part["finish_reason"] = choice.plan.finish_reason if finished else None
        part["stop_reason"] = choice.plan.stop_reason if finished else None
        if request.return_token_ids:
            part["token_ids"] = list(tokens)
            part["prompt_token_ids"] = list(choice.prompt) if before == 0 else None
        return part
