"""One server's parts, and how a request becomes answers under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from starlette.requests import Request

from neuralnav.errors import InvalidInputError
from neuralnav.performance.clients import Clients
from simulator.api.checks import check_model
from simulator.api.errors import ApiError, invalid, overloaded
from simulator.api.faults import Fault, FaultInjector, injected_error
from simulator.api.generation import Choice
from simulator.api.metrics import Metrics, RequestFacts, RequestMetrics
from simulator.api.options import ServerOptions
from simulator.api.plans import Plan, Planner
from simulator.api.protocol import Message, SamplingRequest, Tool
from simulator.api.served_model import ServedModel
from simulator.api.sse import disconnected, while_connected
from simulator.engine.errors import QueueFullError
from simulator.engine.generation import Generation
from simulator.engine.loop import RealTimeEngine
from simulator.tokens.tokenizer import Tokenizer

Result = TypeVar("Result")

Planned = tuple[Sequence[int], Plan, int]
"""An answer: its prompt, its plan, and the most tokens that it was allowed."""

LONG_TEXT = 20_000
"""Characters from which the text of a request is tokenised in a thread, so that others go on meanwhile."""
MOST_WAITING = 10_000
"""Requests that wait at a time; more are refused."""


class Service:
    """What the endpoints share."""

    def __init__(
        self,
        model: ServedModel,
        options: ServerOptions,
        engine: RealTimeEngine,
        front_end: Clients,
        tokenizer: Tokenizer,
        metrics: Metrics,
    ) -> None:
        self.model = model
        self.options = options
        self.tokenizer = tokenizer
        self.planner = Planner(tokenizer, options.mean_output_tokens)
        self.metrics = metrics
        self._engine = engine
        self._front_end = front_end
        self._longest_token = max(len(tokenizer.to_bytes((token,))) for token in range(tokenizer.vocabulary_size))
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

    async def tokenised(self, texts: Sequence[str], most_tokens: int | None = None) -> list[list[int]]:
        """The token ids of each of ``texts``.

        Raises:
            ApiError: one has so many characters that it must have more than ``most_tokens``.
        """
        for text in texts:
            self._check_characters(text, most_tokens)
        return await self.apart(sum(map(len, texts)), lambda: [self.tokenizer.encode(text) for text in texts])

    async def rendered(
        self,
        messages: Sequence[Message],
        tools: Sequence[Tool] | None,
        *,
        opening: bool,
        length: int,
        most_tokens: int | None = None,
    ) -> list[int]:
        """The token ids of a conversation.

        Args:
            messages: What was said.
            tools: What the model may call.
            opening: Whether the beginning of the answer follows.
            length: Characters of the conversation with its tools and calls, or more.
            most_tokens: As for `tokenised`.

        Raises:
            ApiError: the template cannot render it, or it is too long.
        """

        def render() -> list[int]:
            said = [message.for_template() for message in messages]
            offered = None if tools is None else [tool.model_dump() for tool in tools]
            text = self.tokenizer.render(said, tools=offered, add_generation_prompt=opening)
            self._check_characters(text, most_tokens)
            return self.tokenizer.encode(text)

        return await self.apart(length, render)

    def _check_characters(self, text: str, most_tokens: int | None) -> None:
        """Refuse, before it takes the time to be tokenised, what cannot have so few tokens; in vLLM's words."""
        if most_tokens is None or len(text) <= most_tokens * self._longest_token:
            return
        most = self.model.max_model_len
        raise invalid(
            f"This model's maximum context length is {most} tokens. However, you requested {most - most_tokens} output "
            f"tokens and your prompt contains {len(text)} characters (more than {most_tokens * self._longest_token} "
            f"characters, which is the upper bound for {most_tokens} input tokens). Please reduce the length of the "
            "input prompt or the number of requested output tokens.",
            "input_text",
            len(text),
        )

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

    def most_text(self, request: SamplingRequest, wanted: int | None, field: str) -> int | None:
        """The most tokens that the text of a prompt may have, as for `room`; ``None``: any, for it will be cut.

        Raises:
            ApiError: ``wanted`` cannot be.
        """
        most = self._most_input(wanted, field)
        return most if request.truncate_prompt_tokens is None else None

    def room(
        self, prompt: list[int], request: SamplingRequest, wanted: int | None, field: str
    ) -> tuple[list[int], int]:
        """``prompt``, cut as the request says, and the tokens that its answer may have.

        ``field`` is the name of the parameter that ``wanted`` comes from; ``None``: what the context leaves.

        Raises:
            ApiError: prompt and answer are longer than the model's context.
        """
        most = self._most_input(wanted, field)
        prompt = self._cut(prompt, request, most)
        if len(prompt) > most:
            raise self._too_long(len(prompt), self.model.max_model_len - most)
        if not prompt:
            raise ApiError("The decoder prompt cannot be empty")
        if max(prompt) >= self.model.vocabulary_size:
            raise ApiError(f"Token id {max(prompt)} is out of vocabulary")
        room = self.model.max_model_len - len(prompt) if wanted is None else wanted
        if room < 1:
            raise invalid(f"max_tokens must be at least 1, got {room}.", "max_tokens", room)
        if request.min_tokens > room:
            words = f"min_tokens must be less than or equal to max_tokens={room}, got {request.min_tokens}."
            raise ApiError(words)
        return prompt, room

    def _most_input(self, wanted: int | None, field: str) -> int:
        """The most tokens that a prompt may have whose answer is to have up to ``wanted``."""
        most = self.model.max_model_len
        if wanted is None:
            return most
        if wanted < 1:
            raise invalid(f"max_tokens must be at least 1, got {wanted}.", "max_tokens", wanted)
        if wanted > most:
            words = f"{field}={wanted} cannot be greater than max_model_len={most}. Please request fewer output tokens."
            raise invalid(words, field, wanted)
        return most - wanted

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

    async def begin(
        self, http: Request, planned: Sequence[Planned], *, answers_each: int, arrived_s: float
    ) -> list[Choice]:
        """Submit each answer; ``answers_each`` of them, one after the other, are to the same prompt.

        They reach the engine as late as they would reach vLLM's: its front end takes a moment for each request that
        came, here at ``arrived_s`` (``time.monotonic``). What was done for it since then is a part of that moment.

        Raises:
            ApiError: the queue is full, the KV cache too small, or the client went away; none of them runs.
        """
        front_s = self._front_end_s(sum(len(prompt) for prompt, _, _ in planned[::answers_each]))
        left_s = arrived_s + front_s / self.options.time_scale - time.monotonic()
        if left_s > 0:
            await while_connected(http.receive, asyncio.sleep(left_s))
        return self._submitted(planned, front_s)

    def _front_end_s(self, prompt_tokens: int) -> float:
        """Simulated seconds before a request reaches the engine; its streams are itself and the answers that run."""
        streams = 1 + self._engine.running
        return self._front_end.added_s(streams) + self._front_end.prompt_token_s * prompt_tokens

    def _submitted(self, planned: Sequence[Planned], front_s: float) -> list[Choice]:
        choices: list[Choice] = []
        try:
            for index, (prompt, plan, max_tokens) in enumerate(planned):
                facts = RequestFacts(len(prompt), max_tokens, plan.finish_reason, front_s)
                counted = RequestMetrics(self.metrics, facts)
                generation = self._engine.submit(prompt, len(plan.tokens), plan.tokens, counted.token_came)
                choices.append(Choice(index, prompt, plan, generation, self.tokenizer, counted))
        except QueueFullError:
            _withdraw(choice.generation for choice in choices)
            raise overloaded(MOST_WAITING) from None
        except InvalidInputError as error:
            _withdraw(choice.generation for choice in choices)
            raise ApiError(error.detail) from None
        return choices


def _withdraw(generations: Iterable[Generation]) -> None:
    """Take back those of a request that is refused, which is no abort."""
    for generation in generations:
        generation.cancel()
