"""``failed``: says what failed, and takes how to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from langgraph.graph import END

from agents.team import Agents
from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.payloads import FailurePayload
from graph.state import OUTDATED, ConversationState
from graph.turns import Turn
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.models.specification import DeploymentSpecification


class Failed(CheckpointNode):
    """How to go on after a step failed."""

    kind = CheckpointKind.FAILED
    otherwise = "Say “retry”, what to change, “back” or “cancel”."

    def __init__(self, agents: Agents, others: Sequence[str] = ()) -> None:
        """``others`` are the nodes of the workflow besides this: any of them may have failed and can be tried again."""
        super().__init__(agents)
        self.leads_to = (*others, END)

    def question(self, state: ConversationState) -> Checkpoint:
        """What failed, and what can be done about it."""
        failure = state.get("failure") or {}
        shown = FailurePayload(problem=failure.get("problem"), node=failure.get("node"))
        return question(self.kind, wording.failure(failure), shown)

    def handlers(self) -> Mapping[ActionKind, Handler]:
        """Another attempt, or another need."""
        return {
            ActionKind.RETRY: self._retry,
            ActionKind.CONFIRM: self._retry,
            ActionKind.EDIT: self._edit,
            ActionKind.EXPLAIN: self._explain,
        }

    async def _retry(self, _: ReplyAction, turn: Turn) -> None:
        failure = turn.state.get("failure") or {}
        node = failure.get("retry") or failure.get("node")
        turn.leave(node if node in self.leads_to else "collect_context", failure=None)

    async def _edit(self, action: ReplyAction, turn: Turn) -> None:
        before = turn.load("specification", DeploymentSpecification)
        after = await self.agents.traffic.edit(before, action)
        turn.say(wording.changed(before, after))
        turn.keep("specification", after)
        turn.leave("review_specification", failure=None, **OUTDATED)

    async def _explain(self, _: ReplyAction, turn: Turn) -> None:
        turn.say(wording.failure(turn.state.get("failure") or {}))
