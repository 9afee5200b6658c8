"""What a face is told of a conversation: steps as they happen, and where it stands after a turn."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import StateSnapshot
from pydantic import BaseModel, ConfigDict, JsonValue

from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.payloads import ClarifyPayload
from graph.wording import WHAT_DO_YOU_NEED
from neuralnav.models.intent import DeploymentIntent
from neuralnav.understanding import missing_fields


class StepEvent(BaseModel):
    """A node that began, got on, says something or finished while a turn runs."""

    model_config = ConfigDict(frozen=True)

    step: str
    state: str
    """``began``, ``working``, ``saying`` (a sentence of an answer that is being made) or ``done``."""
    found: str = ""
    took_ms: float = 0.0


class TurnReport(BaseModel):
    """Where a conversation stands after a turn; what the line protocol prints."""

    model_config = ConfigDict(frozen=True)

    thread: str
    turn: int
    state: str
    messages: list[str]
    checkpoint: Checkpoint | None
    specification: dict[str, JsonValue] | None
    options: list[JsonValue]
    choice: dict[str, JsonValue] | None
    deployment: dict[str, JsonValue] | None

    def noted(self, note: str | None) -> TurnReport:
        """This with ``note`` before everything else that was said."""
        return self if note is None else self.model_copy(update={"messages": [note, *self.messages]})


def beginning(thread: str) -> TurnReport:
    """A conversation that nobody has said anything in."""
    nothing_yet = ClarifyPayload(missing=missing_fields(DeploymentIntent()))
    return TurnReport(
        thread=thread,
        turn=0,
        state="collect_context",
        messages=[],
        checkpoint=question(CheckpointKind.CLARIFY, WHAT_DO_YOU_NEED, nothing_yet),
        specification=None,
        options=[],
        choice=None,
        deployment=None,
    )


def shown_already(snapshot: StateSnapshot) -> set[str | None]:
    """The ids of the messages that the person was shown: of a turn that was interrupted on its way, only their own.

    A turn whose question is open, answered or not, was shown.
    """
    messages = snapshot.values.get("messages", [])
    shown = len(messages)
    if snapshot.next and not snapshot.interrupts:
        shown = max((n for n, said in enumerate(messages, 1) if isinstance(said, HumanMessage)), default=0)
    return {message.id for message in messages[:shown]}


def report_of(thread: str, snapshot: StateSnapshot, known: set[str | None]) -> TurnReport:
    """Where ``thread`` stands, with what was said besides the ``known`` messages."""
    values: dict[str, Any] = dict(snapshot.values)
    checkpoint = Checkpoint.model_validate(snapshot.interrupts[0].value) if snapshot.interrupts else None
    at_rest = "report_success" if values.get("deployment") else "collect_context"
    return TurnReport(
        thread=thread,
        turn=values.get("turn", 0),
        state=snapshot.next[0] if snapshot.next else at_rest,
        messages=[
            message.text
            for message in values.get("messages", [])
            if isinstance(message, AIMessage) and message.id not in known
        ],
        checkpoint=checkpoint,
        specification=values.get("specification"),
        options=list(checkpoint.data.get("options") or []) if checkpoint else [],  # type: ignore[arg-type]
        choice=values.get("choice"),
        deployment=values.get("deployment"),
    )
