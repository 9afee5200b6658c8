"""``review_specification``: shows the need as understood, and takes edits until it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping

from langgraph.graph import END

from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.payloads import SpecificationPayload
from graph.state import OUTDATED, ConversationState, load
from graph.turns import Turn
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.models.specification import DeploymentSpecification


class ReviewSpecification(CheckpointNode):
    """Whether the need is understood."""

    kind = CheckpointKind.REVIEW_SPECIFICATION
    leads_to = (
        "map_traffic_profile",
        "explore",
        "collect_context",
        "present_options",
        "approve_deployment",
        "operate",
        END,
    )
    otherwise = "There are no options yet. Confirm the specification, or say what to change."

    def question(self, state: ConversationState) -> Checkpoint:
        """The specification, what was said and what was assumed apart."""
        specification = load(state, "specification", DeploymentSpecification)
        shown = SpecificationPayload(specification=specification)
        return question(self.kind, wording.specification(specification), shown)

    def handlers(self) -> Mapping[ActionKind, Handler]:
        """Edits, and going on."""
        return {
            ActionKind.EDIT: self._edit,
            ActionKind.WHAT_IF: self._suppose,
            ActionKind.CONFIRM: self._confirm,
            ActionKind.EXPLAIN: self._explain,
            ActionKind.UNKNOWN_ANSWER: self._reassure,
        }

    async def _edit(self, action: ReplyAction, turn: Turn) -> None:
        before = turn.load("specification", DeploymentSpecification)
        after = await self.agents.traffic.edit(before, action)
        turn.say(wording.changed(before, after))
        if after is not before:
            turn.update |= OUTDATED
            turn.keep("specification", after)

    async def _suppose(self, action: ReplyAction, turn: Turn) -> None:
        turn.hand_over("explore", action, return_to=self.name)

    async def _confirm(self, _: ReplyAction, turn: Turn) -> None:
        turn.leave("map_traffic_profile")

    async def _explain(self, _: ReplyAction, turn: Turn) -> None:
        turn.say(wording.derivations(turn.load("specification", DeploymentSpecification)))

    async def _reassure(self, _: ReplyAction, turn: Turn) -> None:
        turn.say("What you did not say is assumed, and can be changed later. Confirm to go on with it.")
