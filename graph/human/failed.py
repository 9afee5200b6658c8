"""``failed``: says what failed, and takes how to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.graph import END

from agents.team import Agents
from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.live import is_half_made
from graph.payloads import FailurePayload
from graph.state import OUTDATED, ConversationState
from graph.turns import Turn
from graph.work.undoing import begun_change
from neuralnav.models.deployment import Approval, Deployment, DeploymentState, ManifestSet
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
        shown = FailurePayload(problem=failure.get("problem"), node=failure.get("node"), half_made=is_half_made(state))
        return question(self.kind, wording.failure(failure), shown)

    def handlers(self) -> Mapping[ActionKind, Handler]:
        """Another attempt, or another need."""
        return {
            ActionKind.RETRY: self._retry,
            ActionKind.CONFIRM: self._retry,
            ActionKind.EXPLAIN: self._explain,
            ActionKind.EDIT: self._abandoning(self._edit),
            ActionKind.BACK: self._abandoning(self._back),
            ActionKind.CANCEL: self._abandoning(self._cancel),
            ActionKind.START_OVER: self._abandoning(self._start_over),
        }

    def _abandoning(self, handler: Handler) -> Handler:
        """``handler``, after what was begun of an approved change is undone: nothing is left that nobody knows of."""

        async def undo_first(action: ReplyAction, turn: Turn) -> None:
            begun = await self._begun(turn)
            if begun is not None:
                turn.hand_over("undo_deployment", action, **begun)
                return
            if turn.state.get("undoing"):
                left = turn.load("deployment", Deployment)
                if left.state is DeploymentState.APPLYING:
                    turn.say(wording.left_behind(left))
                turn.update["undoing"] = None
            await handler(action, turn)

        return undo_first

    async def _begun(self, turn: Turn) -> dict[str, Any] | None:
        """The state's values that have the change undone which failed half-way; ``None``: none did.

        Raises:
            UnavailableError: the database does not answer.
        """
        state, failure = turn.state, turn.state.get("failure") or {}
        if state.get("undoing") or not is_half_made(state):
            return None
        approval, manifests = turn.load("approval", Approval), turn.load("manifests", ManifestSet)
        begun = await self.agents.deployer.find_change(thread_id=turn.thread_id, manifests=manifests, approval=approval)
        if begun is None or begun.state is not DeploymentState.APPLYING:
            return None
        return begun_change(state, begun, failure["problem"])

    async def _retry(self, _: ReplyAction, turn: Turn) -> None:
        failure = turn.state.get("failure") or {}
        node = failure.get("retry") or failure.get("node")
        node = node if node in self.leads_to else "collect_context"
        turn.leave(node, failure=None)

    async def _edit(self, action: ReplyAction, turn: Turn) -> None:
        before = turn.load("specification", DeploymentSpecification)
        after = await self.agents.traffic.edit(before, action)
        turn.say(wording.changed(before, after))
        turn.keep("specification", after)
        turn.leave("review_specification", failure=None, **OUTDATED)

    async def _explain(self, _: ReplyAction, turn: Turn) -> None:
        turn.say(wording.failure(turn.state.get("failure") or {}))
