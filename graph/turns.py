"""One reply at a checkpoint: what it asks for, what is said back, and where the conversation goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage
from langgraph.types import Command, interrupt
from pydantic import BaseModel, ValidationError

from graph import wording
from graph.checkpoints import ACTIONS, Checkpoint, CheckpointKind, CheckpointReply
from graph.state import MAX_MESSAGES, MAX_PENDING, ConversationState, dump, load
from neuralnav.models.problems import problems_of
from neuralnav.models.reply import ReplyAction, ReplyReading

Value = TypeVar("Value", bound=BaseModel)


@dataclass
class Turn:
    """What one visit to a checkpoint changes: the state, what is said, and the node that comes next."""

    state: ConversationState
    here: str
    """The node that the checkpoint belongs to."""
    thread_id: str = ""
    heard: str | None = None
    """The person's words; ``None``: the rest of an earlier reply is being done."""
    pressed: bool = False
    """Whether they were a button."""
    stopped: bool = False
    """Whether what follows in the reply is left out, as something has to be answered first."""
    goto: str = ""
    """Where the conversation goes on; ``here``: it is asked again."""
    update: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    first: list[ReplyAction] = field(default_factory=list)
    """What is to be done elsewhere before the rest of the reply."""

    def __post_init__(self) -> None:
        self.goto = self.here

    def now(self, key: str) -> Any:
        """The value under ``key``, with what this turn changed."""
        return self.update.get(key, self.state.get(key))

    def load(self, key: str, kind: type[Value]) -> Value:
        """The value under ``key``, with what this turn changed, validated.

        Raises:
            InvalidInputError: it is missing or cannot be read.
        """
        return load({**self.state, **self.update}, key, kind)

    def keep(self, key: str, value: BaseModel) -> None:
        """Put ``value`` into the state."""
        self.update[key] = dump(value)

    def say(self, text: str) -> None:
        """Add a message to the person."""
        self.said.append(text)

    def say_once(self, note: str, text: str) -> None:
        """Add a message that is said only once in a conversation, under the name ``note``."""
        given = list(self.now("notes_given") or ())
        if note not in given:
            self.update["notes_given"] = [*given, note]
            self.said.insert(0, text)

    def leave(self, node: str, **changes: Any) -> None:
        """Go on at ``node``, with ``changes`` of the state."""
        self.goto = node
        self.update |= changes

    def stop_here(self, **changes: Any) -> None:
        """Leave out the rest of the reply, with ``changes`` of the state."""
        self.update |= changes
        self.stopped = True

    def hand_over(self, node: str, action: ReplyAction, **changes: Any) -> None:
        """Let ``node``, or what it leads to, do ``action`` before the rest of the reply."""
        self.leave(node, **changes)
        self.first.append(action)

    def command(self) -> Command[Any]:
        """The turn as LangGraph takes it: the input counted, words and answers as messages."""
        messages: list[BaseMessage] = [AIMessage(text) for text in self.said]
        counted: dict[str, Any] = {}
        if self.heard is not None:
            messages.insert(0, HumanMessage(self.heard))
            counted = {"turn": self.state.get("turn", 0) + 1}
        shown = [*forget_old(self.state, len(messages)), *messages]
        return Command(goto=self.goto, update={"readings": None} | self.update | counted | {"messages": shown})


def begins_now(state: ConversationState) -> dict[str, Any]:
    """The state's values where a need or a change is said for the first time."""
    return {"began_at": datetime.now(UTC).isoformat(), "began_turn": state.get("turn", 0)}


def forget_old(state: ConversationState, coming: int) -> list[RemoveMessage]:
    """Removals that keep the number of messages bounded when ``coming`` more are added."""
    kept = state.get("messages", [])
    surplus = max(0, len(kept) + coming - MAX_MESSAGES)
    return [RemoveMessage(id=message.id) for message in kept[:surplus] if message.id]


def ask(checkpoint: Checkpoint) -> CheckpointReply:
    """Stop the run at ``checkpoint`` until a reply comes."""
    reply = interrupt(checkpoint.model_dump(mode="json"), response_schema=CheckpointReply)
    return CheckpointReply.model_validate(reply)


def pending(state: ConversationState) -> list[ReplyAction]:
    """What of the last reply is still to be done."""
    return [ReplyAction.model_validate(document) for document in state.get("pending") or ()]


def put_off(actions: Sequence[ReplyAction]) -> list[dict[str, Any]] | None:
    """``actions`` as the state holds what is still to be done."""
    return [dump(action) for action in actions] or None


def bounded(reading: ReplyReading) -> ReplyReading:
    """``reading`` with no more actions than are done for one reply."""
    if len(reading.actions) <= MAX_PENDING:
        return reading
    too_many = f"That is more than I do at once; I took the first {MAX_PENDING} things."
    question = f"{too_many} {reading.question}" if reading.question else too_many
    return reading.model_copy(update={"actions": reading.actions[:MAX_PENDING], "question": question})


def read_button(reply: CheckpointReply, kind: CheckpointKind) -> ReplyReading:
    """What the button of ``reply`` asks for; a question where it cannot be pressed at ``kind``."""
    action = reply.action or ""
    if action not in ACTIONS[kind]:
        return ReplyReading(question=f"“{action}” is not possible here. Possible: {', '.join(ACTIONS[kind])}.")
    try:
        return ReplyReading(actions=(_pressed(action, reply.value),))
    except ValidationError as error:
        found = problems_of(error, "value")
        cannot = "; ".join(f"{problem.value!r} (allowed: {problem.allowed})" for problem in found)
        return ReplyReading(question=f"“{action}” cannot take {cannot}.")


def _pressed(action: str, value: Any) -> ReplyAction:
    fields: dict[str, Callable[[Any], dict[str, Any]]] = {
        "edit": lambda v: {"changes": v},
        "what_if": lambda v: {"changes": v},
        "choose": lambda v: {"choice": v},
        "compare": _compared,
        "explain": lambda v: {"entries": v if isinstance(v, list) else [v]},
        "reject": lambda v: {"reason": v},
        "keep": lambda v: {"name": v},
        "scale": lambda v: {"replicas": v},
    }
    given = fields[action](value) if value is not None and action in fields else {}
    return ReplyAction.model_validate({"action": action} | given)


def _compared(value: Any) -> dict[str, Any]:
    """Numbers are options, texts are names of scenarios or ids of options."""
    names = isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
    return {"names": value} if names else {"entries": value}


def refusals(reading: ReplyReading) -> list[str]:
    """What is said about values that cannot be."""
    return [wording.refused(reading.rejected)] if reading.rejected else []
