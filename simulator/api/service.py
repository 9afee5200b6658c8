"""One server's parts, and how a request becomes answers under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from starlette.requests import Request

from neuralnav.errors import InvalidInputError
from neuralnav.performance.clients import Clients
from simulator.api.checks import check_model
from simulator.api.errors import ApiError, invalid, overloaded
from simulator.api.faults import Fault, FaultInjector, injected_error
from simulator.api.generation import Choice, cancel_all
from simulator.api.metrics import Metrics, RequestMetrics
from simulator.api.options import ServerOptions
from simulator.api.plans import Plan, Planner
from simulator.api.protocol import Message, SamplingRequest, Tool
from simulator.api.served_model import ServedModel
from simulator.api.sse import disconnected
from simulator.engine.errors import QueueFullError
from simulator.engine.loop import RealTimeEngine
from simulator.tokens.tokenizer import Tokenizer

Result = TypeVar("Result")

LONG_TEXT = 20_000
"""Characters from which a text is tokenised in a thread, so that other requests go on meanwhile."""
MOST_WAITING = 10_000
"""Requests that wait at a time; more are refused."""


class Service:
    """What the endpoints share."""

    def __init__(
        self,
        model: ServedModel,
        options: ServerOptions,
        engine: RealTimeEngine,
        clients: Clients,
        tokenizer: Tokenizer,
        metrics: Metrics,
    ) -> None:
        self.model = model
        self.options = options
        self.tokenizer = tokenizer
        self.planner = Planner(tokenizer, options.mean_output_tokens)
        self.metrics = metrics
        self._engine = engine
        self._clients = clients
        self._faults = FaultInjector(options.faults, options.seed)

    @property
    def name(self) -> str:
        """The name by which answers call the model."""
        return self.options.served_model_names[0]

    def check_model(self, name: str | None) -> None:
        """Refuse a model that is not served."""
        check_model(name, self.options.served_model_names)

    async def suffer(self, http: Request) -> None:
        """Let the fault happen that this request has, if any."""
        fault = self._faults.next_fault()
        if fault is None:
            return
        self.metrics.faults.labels(fault.value).inc()
        if fault is Fault.HANG:
            await disconnected(http.receive)
        raise injected_error()

    async def tokenised(self, text: str) -> list[int]:
        """The token ids of ``text``."""
        return await self.apart(len(text), lambda: self.tokenizer.encode(text))

    async def rendered(self, messages: Sequence[Message], tools: Sequence[Tool] | None, *, opening: bool) -> list[int]:
        """The token ids of a conversation; ``opening``: with the beginning of the answer."""
        said = [message.for_template() for message in messages]
        offered = None if tools is None else [tool.model_dump() for tool in tools]
        length = sum(len(message.text) for message in messages)
        return await self.apart(length, lambda: self.tokenizer.chat(said, tools=offered, add_generation_prompt=opening))

    def decoded(self, ids: Sequence[int]) -> str:
        """The text of ``ids``.

        Raises:
            ApiError: an id is none of the shipped tokenizer's.
        """
        try:
            return self.tokenizer.decode(ids)
        except InvalidInputError as error:
            raise ApiError(error.detail) from None

    async def apart(self, length: int, work: Callable[[], Result]) -> Result:
        """The result of ``work``, done in a thread where ``length`` characters take long.

        Raises:
            ApiError: the text cannot be used.
        """
        try:
            return await asyncio.to_thread(work) if length > LONG_TEXT else work()
        except InvalidInputError as error:
            raise ApiError(error.detail) from None

    def room(
        self, prompt: list[int], request: SamplingRequest, wanted: int | None, field: str
    ) -> tuple[list[int], int]:
        """``prompt``, cut as the request says, and the tokens that its answer may have.

        ``field`` is the name of the parameter that ``wanted`` comes from; ``None``: what the context leaves.

        Raises:
            ApiError: prompt and answer are longer than the model's context.
        """
        most, output = self.model.max_model_len, 0 if wanted is None else wanted
        if wanted is not None and wanted < 1:
            raise invalid(f"max_tokens must be at least 1, got {wanted}.", "max_tokens", wanted)
        if output > most:
            words = f"{field}={output} cannot be greater than max_model_len={most}. Please request fewer output tokens."
            raise invalid(words, field, output)
        prompt = self._cut(prompt, request, most - output)
        if len(prompt) > most - output:
            raise self._too_long(len(prompt), output)
        if not prompt:
            raise ApiError("The decoder prompt cannot be empty")
        if max(prompt) >= self.model.vocabulary_size:
            raise ApiError(f"Token id {max(prompt)} is out of vocabulary")
        room = most - len(prompt) if wanted is None else wanted
        if room < 1:
            raise invalid(f"max_tokens must be at least 1, got {room}.", "max_tokens", room)
        if request.min_tokens > room:
            words = f"min_tokens must be less than or equal to max_tokens={room}, got {request.min_tokens}."
            raise ApiError(words)
        return prompt, room

    @staticmethod
    def _cut(prompt: list[int], request: SamplingRequest, room: int) -> list[int]:
        kept = request.truncate_prompt_tokens
        if kept is None:
            return prompt
        if kept > room:
            words = f"truncate_prompt_tokens={kept} cannot be greater than max_model_len - max_tokens = {room}."
            raise invalid(f"{words} Please request a smaller truncation size.", "truncate_prompt_tokens", kept)
        kept = room if kept == -1 else kept
        return prompt[len(prompt) - kept :] if kept < len(prompt) else prompt

    def _too_long(self, prompt_tokens: int, output: int) -> ApiError:
        """vLLM stops counting a prompt at the first token too many."""
        most = self.model.max_model_len
        counted = min(prompt_tokens, most - output + 1)
        return invalid(
            f"This model's maximum context length is {most} tokens. However, you requested {output} output tokens and "
            f"your prompt contains at least {counted} input tokens, for a total of at least {counted + output} tokens. "
            "Please reduce the length of the input prompt or the number of requested output tokens.",
            "input_tokens",
            counted,
        )

    async def begin(self, planned: Sequence[tuple[Sequence[int], Plan, int]]) -> list[Choice]:
        """Submit each answer: its prompt, its plan, and the most tokens that it was allowed.

        They reach the engine as late as they would reach vLLM's: its front end takes a moment for each request, for
        each prompt token and for each stream that it serves besides.

        Raises:
            ApiError: the queue is full, or the KV cache too small; none of them runs.
        """
        prompt_tokens = max((len(prompt) for prompt, _, _ in planned), default=0)
        front_s = self._clients.added_s(1 + self._engine.stats().running)
        front_s += self._clients.prompt_token_s * prompt_tokens
        await asyncio.sleep(front_s / self.options.time_scale)
        choices: list[Choice] = []
        try:
            for index, (prompt, plan, max_tokens) in enumerate(planned):
                counted = RequestMetrics(self.metrics, len(prompt), max_tokens)
                generation = self._engine.submit(prompt, len(plan.tokens), plan.tokens)
                choices.append(Choice(index, prompt, plan, generation, self.tokenizer, counted))
        except QueueFullError:
            cancel_all(choices)
            raise overloaded(MOST_WAITING) from None
        except InvalidInputError as error:
            cancel_all(choices)
            raise ApiError(error.detail) from None
        return choices
