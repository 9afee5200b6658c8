"""The questions that a conversation stops at, and the replies that it takes."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from neuralnav.models.intent import MAX_TEXT_CHARACTERS
from neuralnav.models.reply import Checkpoint as CheckpointKind

__all__ = ["ACTIONS", "Checkpoint", "CheckpointKind", "CheckpointReply"]

EVERYWHERE = ("back", "start_over", "cancel")

ACTIONS: dict[CheckpointKind, tuple[str, ...]] = {
    CheckpointKind.CLARIFY: ("edit", *EVERYWHERE),
    CheckpointKind.REVIEW_SPECIFICATION: ("confirm", "edit", *EVERYWHERE),
    CheckpointKind.PRESENT_OPTIONS: ("choose", "what_if", "compare", "explain", "keep", "edit", *EVERYWHERE),
    CheckpointKind.APPROVE_DEPLOYMENT: ("approve", "reject", "edit", *EVERYWHERE),
    CheckpointKind.FAILED: ("retry", "edit", *EVERYWHERE),
    CheckpointKind.OPERATE: ("status", "explain", "what_if", "edit", "scale", "roll_back", "retire", *EVERYWHERE),
}
"""What each checkpoint understands as a button; free text is understood everywhere."""


class Checkpoint(BaseModel):
    """What is asked, with the data to show and the actions allowed. JSON all the way down."""

    model_config = ConfigDict(frozen=True)

    kind: CheckpointKind
    prompt: str
    actions: tuple[str, ...]
    data: dict[str, JsonValue] = Field(default_factory=dict)


class CheckpointReply(BaseModel):
    """A reply: a button's ``action`` with its ``value``, or free ``text``; one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str | None = Field(default=None, max_length=MAX_TEXT_CHARACTERS)
    action: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$")
    value: JsonValue = None

    @model_validator(mode="before")
    @classmethod
    def _is_unicode(cls, given: Any) -> Any:
        return _without_surrogates(given)

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.text is None) == (self.action is None):
            raise ValueError("give either text or action")
        return self

    def in_words(self) -> str:
        """The reply as a person's message."""
        if self.text is not None:
            return self.text
        return f"[{self.action}]" if self.value is None else f"[{self.action}: {_short(self.value)}]"


def _without_surrogates(value: Any) -> Any:
    """``value`` with halves of characters, which no database or terminal takes, replaced in all its texts."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(inner) for inner in value]
    return value


def _short(value: Any, limit: int = 120) -> str:
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
