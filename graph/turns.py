"""One reply at a checkpoint: what it asks for, what is said back, and where the conversation goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage
from langgraph.types import interrupt
from pydantic import ValidationError

from agents.intent import IntentAgent
from graph import wording
from graph.checkpoints import ACTIONS, Checkpoint, CheckpointKind, CheckpointReply
from graph.state import MAX_MESSAGES, ConversationState
from neuralnav.errors import NeuralNavError
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.reply import ReplyAction, ReplyReading

Goto = TypeVar("Goto", bound=str)


@dataclass
class Turn(Generic[Goto]):
    """What one input changes: state updates, sentences to say, and the next node."""

    goto: Goto
    update: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add a message to the person."""
        self.said.append(text)

    def command_update(self, state: ConversationState, heard: str) -> dict[str, Any]:
        """The state update, with the person's words and ours as messages and the turn counted."""
        messages: list[BaseMessage] = [HumanMessage(heard), *(AIMessage(text) for text in self.said)]
        return self.update | {
            "turn": state.get("turn", 0) + 1,
            "messages": [*forget_old(state, len(messages)), *messages],
        }


def forget_old(state: ConversationState, coming: int) -> list[RemoveMessage]:
    """Removals that keep the number of messages bounded when ``coming`` more are added."""
    kept = state.get("messages", [])
    surplus = max(0, len(kept) + coming - MAX_MESSAGES)
    return [RemoveMessage(id=message.id) for message in kept[:surplus] if message.id]


def ask(checkpoint: Checkpoint) -> CheckpointReply:
    """Stop the run at ``checkpoint`` until a reply comes."""
    reply = interrupt(checkpoint.model_dump(mode="json"), response_schema=CheckpointReply)
    return CheckpointReply.model_validate(reply)


async def read(
    reply: CheckpointReply, kind: CheckpointKind, intent: IntentAgent, current: DeploymentIntent | None = None
) -> ReplyReading:
    """What ``reply`` asks for: a button says so itself, free text is read by the intent agent."""
    if reply.text is not None:
        return await intent.read_reply(reply.text, kind.value, current)
    action = reply.action or ""
    if action not in ACTIONS[kind]:
        return ReplyReading(question=f"“{action}” is not possible here. Possible: {', '.join(ACTIONS[kind])}.")
    try:
        return ReplyReading(actions=(_button(action, reply.value),))
    except ValidationError as error:
        first = error.errors()[0]
        return ReplyReading(question=f"The value of {action!r} cannot be used: {first['msg']}.")


def _button(action: str, value: Any) -> ReplyAction:
    fields: dict[str, Callable[[Any], dict[str, Any]]] = {
        "edit": lambda v: {"changes": v},
        "what_if": lambda v: {"changes": v},
        "choose": lambda v: {"choice": v},
        "compare": lambda v: {"entries": v},
        "explain": lambda v: {"entries": v if isinstance(v, list) else [v]},
        "reject": lambda v: {"reason": v},
    }
    given = fields[action](value) if value is not None and action in fields else {}
    return ReplyAction.model_validate({"action": action} | given)


Handler = Callable[[ReplyAction, Turn[Any]], Awaitable[None]]


async def take(turn: Turn[Any], reading: ReplyReading, handlers: Mapping[str, Handler], otherwise: str) -> None:
    """Let each action of ``reading`` be handled in order; what cannot be done is said, and the rest goes on."""
    if reading.rejected:
        turn.say(wording.refused(reading.rejected))
    for action in reading.actions:
        handler = handlers.get(action.action)
        if handler is None:
            turn.say(otherwise)
            continue
        try:
            await handler(action, turn)
        except NeuralNavError as error:
            turn.say(wording.escaped(error.detail))
    if reading.question and not (reading.actions and turn.said):
        turn.say(wording.escaped(reading.question))
