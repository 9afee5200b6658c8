"""How texts travel to a chat model: each as one JSON object, so that none can pass for instructions."""

from __future__ import annotations

import json
from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ValidationError

from neuralnav.models.base import PlainText
from prompts import load_prompt

MAX_SAID_CHARACTERS = 6_000
"""As much of a person's text as a model is shown."""

MAX_FACTS_CHARACTERS = 12_000
"""As much of the facts as a model is shown."""


class PersonText(BaseModel):
    """A text and the checkpoint at which it was said (``None``: at the beginning)."""

    person_said: PlainText
    checkpoint: str | None = None


class QuestionAboutFacts(BaseModel):
    """What a person asks, and the facts that the answer may use."""

    question: PlainText
    facts: PlainText


def compose(prompt: str, text: str, checkpoint: str | None = None) -> list[BaseMessage]:
    """The messages that ask a model to read ``text`` by the prompt called ``prompt``."""
    return _messages(prompt, PersonText(person_said=text[:MAX_SAID_CHARACTERS], checkpoint=checkpoint))


def compose_explanation(question: str, facts: str) -> list[BaseMessage]:
    """The messages that ask a model to answer ``question`` from ``facts``."""
    asked = QuestionAboutFacts(question=question[:MAX_SAID_CHARACTERS], facts=facts[:MAX_FACTS_CHARACTERS])
    return _messages("explain", asked)


def person_text(messages: Sequence[BaseMessage]) -> PersonText:
    """The text that :func:`compose` put into the last human message; any other message is taken as it is."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            content = message.text
            try:
                return PersonText.model_validate(json.loads(content))
            except (ValueError, ValidationError):
                return PersonText(person_said=content)
    return PersonText(person_said="")


def _messages(name: str, asked: BaseModel) -> list[BaseMessage]:
    prompt = load_prompt(name)
    messages: list[BaseMessage] = [SystemMessage(prompt.system)]
    for example in prompt.examples:
        messages += [HumanMessage(example.asked), AIMessage(example.answered)]
    return [*messages, HumanMessage(asked.model_dump_json())]
