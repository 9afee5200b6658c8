"""What NeuralNav itself says in a conversation that rests at a deployment: nobody asked, so no turn is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import StateSnapshot

from graph.advice import given
from graph.checkpoints import NODES, Checkpoint, CheckpointKind
from graph.payloads import OperatePayload
from graph.state import ConversationState
from graph.turns import forget_old, put_off
from neuralnav.models.deployment import Deployment, ProposedChange
from neuralnav.models.reply import ActionKind, ReplyAction

_MARK = "note"


@dataclass(frozen=True)
class Note:
    """Something to be said about a deployment, once."""

    id: str
    """What tells it from every other: a conversation that has it is not told it again."""
    text: str
    deployment: Deployment
    advice: ProposedChange | None = None
    """What it speaks for; it takes the place of what was advised before."""
    checks: bool = False
    """Whether the checks are made that wait until the deployment is ready.

    They may lead to another question, so answers to the present one no longer count: the turn goes on, uncounted.
    """

    def is_in(self, values: Mapping[str, Any]) -> bool:
        """Whether it was said in the conversation with these values."""
        return any(message.id == self.id for message in values.get("messages", []))

    def enters(self, snapshot: StateSnapshot) -> ConversationState | None:
        """The input that says it; ``None``: the conversation does not rest at the deployment, in any revision."""
        checkpoint = Checkpoint.model_validate(snapshot.interrupts[0].value) if snapshot.interrupts else None
        if checkpoint is None or checkpoint.kind is not CheckpointKind.OPERATE:
            return None
        if OperatePayload.model_validate(checkpoint.data).deployment.name != self.deployment.name:
            return None
        said = AIMessage(self.text, id=self.id, additional_kwargs={_MARK: True})
        entered = {
            "entry": NODES[CheckpointKind.OPERATE],
            "pending": put_off([ReplyAction(action=ActionKind.STATUS)] if self.checks else []),
            "advice": given(self.deployment, self.advice),
            "messages": [*forget_old(cast(ConversationState, snapshot.values), 1), said],
        }
        if self.checks:
            entered |= {key: snapshot.values.get(key, 0) + 1 for key in ("turn", "began_turn")}
        return cast(ConversationState, entered)


def noted_since_the_last_words(values: Mapping[str, Any]) -> set[str | None]:
    """The ids of the first note since a person last said something, and of all that was said after it."""
    noted: list[str | None] = []
    for message in values.get("messages", []):
        if isinstance(message, HumanMessage):
            noted = []
        elif noted or message.additional_kwargs.get(_MARK):
            noted.append(message.id)
    return set(noted)
