"""The one place that builds the chat model, and the one way that it is asked."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, TypeVar, cast

import httpx
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from pydantic import BaseModel
from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from agents.breaker import BreakerOpenError, BreakerState, CircuitBreaker
from agents.failures import MODEL_FAILURES, TRIES, CutAnswerError, fault_of
from agents.rules import RuleBasedChatModel
from agents.transport import BoundedTransport
from neuralnav.settings import Settings

logger = logging.getLogger(__name__)

RULES = "rules"

MAX_ANSWER_TOKENS = 1024
"""The longest answer that a model is asked for."""

_OLLAMA = "chat-ollama"
"""LangChain's name for models that Ollama serves."""
_CONNECT_WITHIN_S = 5.0
_LONGEST_WAIT_S = 2.0

Answer = TypeVar("Answer", bound=BaseModel)
Result = TypeVar("Result")
_Chunks = AsyncGenerator[AIMessageChunk, None]


@dataclass(frozen=True)
class Reader:
    """A chat model with the rules behind it: an answer always comes, and says who gave it."""

    name: str
    model: BaseChatModel
    timeout_s: float
    """The longest that all tries of one call may take together."""
    rules: RuleBasedChatModel
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    wait_s: float = 0.2
    """About how long to wait before the second try; longer before the third."""
    failures: tuple[type[Exception], ...] = MODEL_FAILURES
    """What asking the model may raise; of a model of one's own, whatever its library raises."""

    @property
    def available(self) -> bool:
        """Whether there is a language model and it would be asked now."""
        return self.model is not self.rules and self.breaker.state is not BreakerState.OPEN

    async def ask(self, messages: list[BaseMessage], schema: type[Answer]) -> tuple[Answer, str]:
        """The answer in the form of ``schema``, and who gave it: the model or, where it failed, ``rules``."""
        if self.model is not self.rules:
            try:
                with self.breaker.attempt():
                    async with asyncio.timeout(self.timeout_s):
                        return await self._retrying(partial(self._structured, messages, schema)), self.name
            except BreakerOpenError:
                pass
            except self.failures as error:
                self._log(error)
        answer = await self.rules.with_structured_output(schema).ainvoke(messages)
        if not isinstance(answer, schema):
            raise OutputParserException(f"the rules gave no {schema.__name__}")
        return answer, RULES

    async def stream(self, messages: list[BaseMessage]) -> AsyncGenerator[str, None]:
        """The model's answer in pieces as they come: nothing without a model, less than all of it where it fails.

        A piece that ends a complete answer is followed by an empty one.
        """
        if self.model is self.rules:
            return
        deadline = asyncio.get_running_loop().time() + self.timeout_s
        try:
            with self.breaker.attempt():
                async with aclosing(self._pieces(messages, deadline)) as pieces:
                    async for piece in pieces:
                        yield piece
        except BreakerOpenError:
            return
        except self.failures as error:
            self._log(error)

    async def _pieces(self, messages: list[BaseMessage], deadline: float) -> AsyncGenerator[str, None]:
        """The answer's text; only what was not begun is tried again."""

        async def begin() -> tuple[_Chunks, AIMessageChunk | None]:
            stream = cast(_Chunks, self.model.astream(messages))
            return stream, await anext(stream, None)

        async with asyncio.timeout_at(deadline):
            stream, chunk = await self._retrying(begin)
        metadata: dict[str, Any] = {}
        async with aclosing(stream):
            while chunk is not None:
                metadata |= chunk.response_metadata
                if chunk.text:
                    yield chunk.text
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(stream, None)
        self._check_done(metadata)
        yield ""

    async def _structured(self, messages: list[BaseMessage], schema: type[Answer]) -> Answer:
        model = self.model.with_structured_output(schema, method="json_schema", include_raw=True)
        said = await model.ainvoke(messages)
        assert isinstance(said, dict)  # noqa: S101 - what include_raw means
        self._check_done(said["raw"].response_metadata)
        if not isinstance(said["parsed"], schema):
            raise OutputParserException(f"the model gave no {schema.__name__}")
        return said["parsed"]

    def _check_done(self, metadata: dict[str, Any]) -> None:
        """Ollama says when it is done; its client does not notice when it never does."""
        if self.model._llm_type != _OLLAMA:  # noqa: SLF001 - LangChain's name for it
            return
        if metadata.get("done") is not True or metadata.get("done_reason") == "length":
            raise CutAnswerError

    async def _retrying(self, work: Callable[[], Awaitable[Result]]) -> Result:
        retrying = AsyncRetrying(
            retry=self._is_worth_another_try,
            wait=wait_random_exponential(multiplier=self.wait_s, max=_LONGEST_WAIT_S),
            reraise=True,
        )
        return await retrying(work)

    def _is_worth_another_try(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        return isinstance(error, self.failures) and state.attempt_number < TRIES[fault_of(error)]

    def _log(self, error: Exception) -> None:
        details = {
            "llm": self.name,
            "fault": fault_of(error).value,
            "error": type(error).__name__,
            "breaker": self.breaker.state.value,
        }
        logger.warning("the language model did not answer: %s", details, extra=details)


def build_reader(settings: Settings, known_models: tuple[str, ...] = (), model: BaseChatModel | None = None) -> Reader:
    """The reader that ``settings.llm`` asks for, or one around the given ``model``; one a process.

    ``known_models`` are the catalogue's short names.
    """
    rules = RuleBasedChatModel(known_models=known_models)
    breaker = CircuitBreaker(pause_s=settings.llm_pause_s)
    if model is not None:
        name = model._llm_type  # noqa: SLF001 - LangChain's name for it
        return Reader(name, model, settings.llm_timeout_s, rules, breaker, failures=(Exception,))
    if settings.llm is None:
        return Reader(RULES, rules, settings.llm_timeout_s, rules, breaker)
    chat, failures = _ollama(settings, settings.llm)
    return Reader(settings.llm, chat, settings.llm_timeout_s, rules, breaker, failures=failures)


def _ollama(settings: Settings, llm: str) -> tuple[BaseChatModel, tuple[type[Exception], ...]]:
    """The model that Ollama serves and what asking it may raise; its client is imported where one is configured."""
    from langchain_ollama import ChatOllama
    from ollama import ResponseError

    chat = ChatOllama(
        model=llm.partition(":")[2],
        base_url=settings.ollama_url,
        temperature=0,
        num_predict=MAX_ANSWER_TOKENS,
        client_kwargs={"timeout": httpx.Timeout(settings.llm_timeout_s / 2, connect=_CONNECT_WITHIN_S)},
        sync_client_kwargs={"verify": _trusted()},
        async_client_kwargs={"transport": BoundedTransport(verify=_trusted())},
    )
    return chat, (*MODEL_FAILURES, ResponseError)


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that clients trust, which take a while to read."""
    return httpx.create_ssl_context()
