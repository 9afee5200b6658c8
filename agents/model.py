"""The one place that builds the chat model, and the one way that it is asked."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TypeVar

import httpx
import ollama
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_ollama import ChatOllama
from pydantic import BaseModel, ValidationError

from agents.rules import RuleBasedChatModel
from neuralnav.settings import Settings

logger = logging.getLogger(__name__)

RULES = "rules"

Answer = TypeVar("Answer", bound=BaseModel)

_MODEL_FAILURES = (
    TimeoutError,
    ConnectionError,
    httpx.HTTPError,
    ollama.ResponseError,
    OutputParserException,
    ValidationError,
    ValueError,
)
"""What a model that is down, slow or talks nonsense is seen to raise (a cut stream is a ``ValueError``)."""


@dataclass(frozen=True)
class Reader:
    """A chat model with the rules behind it: an answer always comes, and says who gave it."""

    name: str
    model: BaseChatModel
    timeout_s: float
    rules: RuleBasedChatModel

    async def ask(self, messages: list[BaseMessage], schema: type[Answer]) -> tuple[Answer, str]:
        """The answer in the form of ``schema``, and who gave it: the model or, where it failed, ``rules``."""
        if self.model is self.rules:
            return await _structured(self.rules, messages, schema), RULES
        try:
            async with asyncio.timeout(self.timeout_s):
                return await _structured(self.model, messages, schema), self.name
        except _MODEL_FAILURES as error:
            logger.warning("model %s did not answer, the rules do: %s", self.name, type(error).__name__)
            return await _structured(self.rules, messages, schema), RULES


async def _structured(model: BaseChatModel, messages: list[BaseMessage], schema: type[Answer]) -> Answer:
    answer = await model.with_structured_output(schema).ainvoke(messages)
    if not isinstance(answer, schema):
        raise OutputParserException(f"the model gave no {schema.__name__}")
    return answer


def build_reader(settings: Settings, known_models: tuple[str, ...] = (), model: BaseChatModel | None = None) -> Reader:
    """The reader that ``settings.llm`` asks for, or one around the given ``model``.

    ``known_models`` are the catalogue's short names.
    """
    rules = RuleBasedChatModel(known_models=known_models)
    if model is not None:
        return Reader(model._llm_type, model, settings.llm_timeout_s, rules)  # noqa: SLF001 - LangChain's name for it
    if settings.llm is None:
        return Reader(RULES, rules, settings.llm_timeout_s, rules)
    _, _, name = settings.llm.partition(":")
    chat = ChatOllama(
        model=name,
        base_url=settings.ollama_url,
        temperature=0,
        num_predict=1024,
        client_kwargs={"timeout": settings.llm_timeout_s},
    )
    return Reader(settings.llm, chat, settings.llm_timeout_s, rules)
