"""A chat model without a model: deterministic rules behind LangChain's ``BaseChatModel``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from agents.messages import PersonText, person_text
from agents.words import MAX_QUOTE_CHARACTERS, MAX_QUOTES, Quote, QuotedField, ReplyKind, ReplyWords, RequestWords
from neuralnav.errors import InvalidInputError
from neuralnav.models.intent import IntentReading
from neuralnav.models.reply import ActionKind
from neuralnav.understanding import read_reply, read_request

NO_ANSWER = "I plan deployments of language models by rules. Tell me what the model is for and how many people use it."


@lru_cache(maxsize=128)
def request_by_rules(text: str, known_models: tuple[str, ...]) -> IntentReading:
    """What ``text`` asks for; kept for a moment, since the agent and this model both read the same text.

    Raises:
        InvalidInputError: the text is too long to be a request.
    """
    return read_request(text, known_models=known_models)


def _request_words(said: PersonText, known_models: tuple[str, ...]) -> RequestWords:
    reading = request_by_rules(said.person_said, known_models)
    intent = reading.intent
    return RequestWords(
        use_case=intent.use_case,
        priority=intent.priority if "priority" in intent.model_fields_set else None,
        subject_matter=intent.subject_matter,
        quality=intent.quality,
        licence=intent.licence,
        burstiness=intent.burstiness,
        streaming=intent.streaming,
        quotes=_quotes(reading.evidence),
    )


def _reply_words(said: PersonText, known_models: tuple[str, ...]) -> ReplyWords:
    checkpoint = said.checkpoint or "clarify"
    actions = read_reply(said.person_said, checkpoint=checkpoint, known_models=known_models).actions
    kinds = {kind.value: kind for kind in ReplyKind}
    action = next((action for action in actions if action.action in kinds), None)
    if action is None:
        return ReplyWords(kind=ReplyKind.UNCLEAR, quotes=())
    if action.from_cluster and not action.changes and action.action is ActionKind.EDIT:
        return ReplyWords(kind=ReplyKind.USE_CLUSTER, quotes=())
    return ReplyWords(kind=kinds[action.action], quotes=_quotes(action.evidence))


def _quotes(evidence: Mapping[str, str]) -> tuple[Quote, ...]:
    """The evidence as quotes, without what is too long for one."""
    fields = {field.value: field for field in QuotedField}
    quotes = [
        Quote(field=fields[name], words=words)
        for name, words in evidence.items()
        if name in fields and len(words) <= MAX_QUOTE_CHARACTERS
    ]
    return tuple(quotes[:MAX_QUOTES])


class RuleBasedChatModel(BaseChatModel):
    """Answers the schemas of :mod:`agents.words` by rules; needs no download, and the same text gives the same answer.

    With tools bound, it calls the first one that it knows. Without, or with tools that it does not know, it says
    in words what it is for.
    """

    known_models: tuple[str, ...] = ()
    """Short names of the catalogue's models."""

    @property
    def _llm_type(self) -> str:
        return "neuralnav-rules"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with ``tools`` to answer by."""
        names = [convert_to_openai_tool(tool)["function"]["name"] for tool in tools]
        return self.bind(tool_names=names, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the base class's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages, kwargs.get("tool_names") or []))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, stop, None, **kwargs)

    def _answer(self, messages: Sequence[BaseMessage], tool_names: Sequence[str]) -> AIMessage:
        readers: dict[str, Callable[[PersonText, tuple[str, ...]], BaseModel]] = {
            RequestWords.__name__: _request_words,
            ReplyWords.__name__: _reply_words,
        }
        known = next((name for name in tool_names if name in readers), None)
        if known is None:
            return AIMessage(NO_ANSWER)
        try:
            words = readers[known](person_text(messages), self.known_models)
        except InvalidInputError as error:
            return AIMessage(error.detail)
        return AIMessage(
            "", tool_calls=[tool_call(name=known, args=words.model_dump(mode="json"), id=f"rules-{known}")]
        )
