"""How a person's text travels to a chat model: as one JSON object, so that it cannot pass for instructions."""

from __future__ import annotations

import json
from collections.abc import Sequence

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ValidationError

from prompts import load_prompt


class PersonText(BaseModel):
    """A text and the checkpoint at which it was said (``None``: at the beginning)."""

    person_said: str
    checkpoint: str | None = None


def compose(prompt: str, text: str, checkpoint: str | None = None) -> list[BaseMessage]:
    """The messages that ask a model to read ``text`` by the prompt called ``prompt``."""
    said = PersonText(person_said=text, checkpoint=checkpoint)
    return [SystemMessage(load_prompt(prompt)), HumanMessage(said.model_dump_json())]


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
