"""The questions that a conversation stops at, and the replies that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from graph.payloads import (
    ApprovalPayload,
    ClarifyPayload,
    FailurePayload,
    OperatePayload,
    OptionsPayload,
    Payload,
    SpecificationPayload,
)
from neuralnav.models.intent import MAX_TEXT_CHARACTERS
from neuralnav.models.reply import CheckpointKind

__all__ = ["ACTIONS", "NODES", "STOPS", "Checkpoint", "CheckpointKind", "CheckpointReply", "Stop"]

EVERYWHERE = ("back", "start_over", "cancel")


@dataclass(frozen=True)
class Stop:
    """What is fixed of a checkpoint, whatever it asks."""

    node: str
    """Its node in the graph."""
    actions: tuple[str, ...]
    """What it understands as a button, besides those understood everywhere."""
    standing: str
    """Where the conversation stands while it waits here."""
    shows: type[Payload]
    """The type of its ``data``."""
    needs: str | None = None
    """What the state holds once the conversation has been here; ``None``: ``back`` never leads here."""
    made_by: str | None = None
    """The node that makes anew what is shown, where a conversation is brought back to this; ``None``: its own."""


STOPS: dict[CheckpointKind, Stop] = {
    CheckpointKind.CLARIFY: Stop(
        "collect_context",
        ("edit",),
        "I am still collecting what you need; nothing has been planned.",
        ClarifyPayload,
    ),
    CheckpointKind.REVIEW_SPECIFICATION: Stop(
        "review_specification",
        ("confirm", "what_if", "edit"),
        "The specification waits for you to confirm it; nothing is planned yet.",
        SpecificationPayload,
        needs="specification",
    ),
    CheckpointKind.PRESENT_OPTIONS: Stop(
        "present_options",
        ("choose", "what_if", "compare", "explain", "keep", "edit"),
        "The options wait for you to choose one; nothing has been chosen.",
        OptionsPayload,
        needs="plan",
    ),
    CheckpointKind.APPROVE_DEPLOYMENT: Stop(
        "approve_deployment",
        ("approve", "reject", "edit"),
        "The manifests wait for your approval; nothing has been changed.",
        ApprovalPayload,
        needs="manifests",
        made_by="finalize_configuration",
    ),
    CheckpointKind.FAILED: Stop(
        "failed", ("retry", "edit"), "A step failed and waits for you to say how to go on.", FailurePayload
    ),
    CheckpointKind.OPERATE: Stop(
        "operate",
        ("status", "explain", "what_if", "edit", "scale", "follow", "roll_back", "retire"),
        "The deployment is in place.",
        OperatePayload,
    ),
}
"""The checkpoints, in the order in which a conversation comes to them."""

NODES = {kind: stop.node for kind, stop in STOPS.items()}
"""The node of each checkpoint."""

ACTIONS = {kind: (*stop.actions, *EVERYWHERE) for kind, stop in STOPS.items()}
"""What each checkpoint understands as a button; free text is understood everywhere."""


class Checkpoint(BaseModel):
    """What is asked, with the data to show and the actions allowed. JSON all the way down."""

    model_config = ConfigDict(frozen=True)

    kind: CheckpointKind
    prompt: str
    actions: tuple[str, ...]
    data: dict[str, JsonValue] = Field(default_factory=dict)
    """What to show: a :class:`graph.payloads.Payload` of the kind's own type."""


def question(kind: CheckpointKind, prompt: str, payload: Payload) -> Checkpoint:
    """What a checkpoint of ``kind`` asks, with ``payload`` to show.

    Raises:
        TypeError: the payload is that of another kind.
    """
    if not isinstance(payload, STOPS[kind].shows):
        raise TypeError(f"{kind} shows a {STOPS[kind].shows.__name__}, not a {type(payload).__name__}")
    return Checkpoint(kind=kind, prompt=prompt, actions=ACTIONS[kind], data=payload.model_dump(mode="json"))


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
            raise ValueError("either text or action")
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
