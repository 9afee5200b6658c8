"""``POST /v1/chat/completions``."""

from __future__ import annotations

import time
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from simulator.api.answers import Document, Envelope, finish, new_id, stream, whole
from simulator.api.checks import check_chat, check_size, tool_choice
from simulator.api.forms import planned_answer
from simulator.api.generation import Choice, Piece, cancel_all
from simulator.api.logprobs import Logprobs
from simulator.api.plans import answer_seed
from simulator.api.protocol import ChatRequest, FunctionDefinition, NamedToolChoice
from simulator.api.service import Planned, Service
from simulator.api.sse import EventStream, while_connected
from simulator.api.tools import called_function, planned_call
from simulator.api.whole import WholeDocument

Calls = dict[int, FunctionDefinition]
"""By choice: the function that it calls."""


async def create_chat_completion(service: Service, request: ChatRequest, http: Request) -> Response:
    """Answer a conversation.

    Raises:
        ApiError: it is refused, or the client went away.
    """
    arrived_s = time.monotonic()
    service.check_model(request.model)
    check_chat(request, service.options.max_logprobs, auto_tool_choice=service.options.auto_tool_choice)
    await service.suffer(http)
    tools = None if tool_choice(request) == "none" else request.tools
    opening = request.add_generation_prompt and not request.continue_final_message
    most = service.most_text(request, *_wanted(request))
    length = len(await http.body())
    prompt = await service.rendered(request.messages, tools, opening=opening, length=length, most_tokens=most)
    planned, calls = await _planned(service, request, prompt)
    choices = await service.begin(http, planned, answers_each=request.choices, arrived_s=arrived_s)
    service.metrics.asked_for(request.choices, prompts=1)
    answer = _Answer(service, request, calls)
    details = service.options.prompt_tokens_details
    if request.stream:
        envelope = Envelope(new_id("chatcmpl"), "chat.completion.chunk", service.name)
        events = stream(choices, envelope, request, answer.parts, details=details)
        return EventStream(events, lambda: cancel_all(choices))
    await while_connected(http.receive, finish(choices))
    envelope = Envelope(new_id("chatcmpl"), "chat.completion", service.name)
    return WholeDocument(whole(choices, envelope, request, answer.whole, details=details))


def _wanted(request: ChatRequest) -> tuple[int | None, str]:
    """The most tokens of an answer that were asked for, and the parameter that says so."""
    if request.max_completion_tokens is None:
        return request.max_tokens, "max_tokens"
    return request.max_completion_tokens, "max_completion_tokens"


async def _planned(service: Service, request: ChatRequest, whole_prompt: list[int]) -> tuple[list[Planned], Calls]:
    wanted, field = _wanted(request)
    prompt, most = service.room(whole_prompt, request, wanted, field)
    planned: list[Planned] = []
    calls: Calls = {}
    tokens = 0
    for index in range(request.choices):
        seed = answer_seed(service.options.seed, request.seed, prompt, index)
        function = called_function(request, seed)
        if function is not None:
            calls[index] = function
            plan = await planned_call(service.planner, function, seed, most)
        else:
            plan = await planned_answer(service.planner, request, seed, most)
        planned.append((prompt, plan, most))
        tokens += len(plan.tokens)
        check_size(tokens, field)
    return planned, calls


class _Answer:
    """How choices look in this endpoint's documents."""

    def __init__(self, service: Service, request: ChatRequest, calls: Calls) -> None:
        self._request = request
        self._calls = calls
        self._named = isinstance(request.tool_choice, NamedToolChoice)
        self._logprobs = Logprobs(service.tokenizer, as_token_ids=bool(request.return_tokens_as_token_ids))
        self._opened: set[int] = set()

    def whole(self, choice: Choice) -> Document:
        """A finished choice."""
        function = self._calls.get(choice.index)
        message: Document = {"role": "assistant", "content": choice.text, "refusal": None, "reasoning": None}
        if function is not None:
            call = {"id": new_id("chatcmpl-tool"), "type": "function"}
            call_function = {"name": function.name, "arguments": choice.text}
            message |= {"content": "", "tool_calls": [call | {"function": call_function}]}
        return {"index": choice.index, "message": message} | self._ending(choice, choice.plan.tokens, finished=True)

    def parts(self, choice: Choice, piece: Piece) -> Sequence[Document]:
        """What a piece adds to a stream; the first one opens the message before."""
        parts: list[Document] = []
        if choice.index not in self._opened:
            self._opened.add(choice.index)
            opening = {"index": choice.index, "delta": {"role": "assistant", "content": ""}}
            parts.append(opening | {"logprobs": None, "finish_reason": None})
            delta = self._first_delta(choice, piece)
        elif choice.index in self._calls:
            delta = {"tool_calls": [{"index": 0, "function": {"arguments": piece.text}}]}
        else:
            delta = {"content": piece.text}
        ending = self._ending(choice, piece.tokens, finished=piece.finished)
        parts.append({"index": choice.index, "delta": delta} | ending)
        return parts

    def _first_delta(self, choice: Choice, piece: Piece) -> Document:
        function = self._calls.get(choice.index)
        if function is None:
            return {"content": piece.text}
        call = {"index": 0, "id": new_id("chatcmpl-tool"), "type": "function"}
        return {"tool_calls": [call | {"function": {"name": function.name, "arguments": piece.text}}]}

    def _ending(self, choice: Choice, tokens: Sequence[int], *, finished: bool) -> Document:
        """Everything about a choice but its text."""
        reason = choice.plan.finish_reason
        if choice.index in self._calls and not self._named and reason == "stop":
            reason = "tool_calls"
        wants = self._request.logprobs
        ending: Document = {
            "logprobs": self._logprobs.chat(tokens, self._request.top_logprobs or 0) if wants else None,
            "finish_reason": reason if finished else None,
        }
        if finished:
            ending["stop_reason"] = choice.plan.stop_reason
        if self._request.return_token_ids:
            ending["token_ids"] = list(tokens)
        return ending
