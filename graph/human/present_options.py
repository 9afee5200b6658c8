"""``present_options``: shows the ranked options; takes a choice, a question or a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from langgraph.graph import END

from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.explored import Explored
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.payloads import OptionsPayload, PlanOverview
from graph.state import ConversationState, load
from graph.turns import Turn
from neuralnav.models.deployment import ChangeKind
from neuralnav.models.options import find_option, number_options
from neuralnav.models.plan import Plan
from neuralnav.models.reply import ActionKind, ReplyAction


class PresentOptions(CheckpointNode):
    """Which option to take."""

    kind = CheckpointKind.PRESENT_OPTIONS
    leads_to = (
        "explore",
        "finalize_configuration",
        "review_specification",
        "collect_context",
        "approve_deployment",
        "operate",
        END,
    )
    otherwise = "Nothing is chosen yet. Say a number, or what to change."

    def question(self, state: ConversationState) -> Checkpoint:
        """The numbered options, or why there are none and what is nearest."""
        plan = load(state, "plan", Plan)
        numbered = number_options(plan)
        shown = OptionsPayload(
            options=numbered,
            near_misses=plan.near_misses,
            evaluated=plan.evaluated,
            compliant=plan.compliant,
            warnings=plan.warnings,
            explored=load(state, "explored", Explored) if state.get("explored") else None,
            scenarios=tuple(state.get("scenarios") or ()),
            keeps_scenarios=self.agents.planner.keeps_scenarios,
            overview=PlanOverview.of(plan, numbered),
        )
        return question(self.kind, wording.options_prompt(plan), shown)

    def possible(self, readings: Sequence[str], state: ConversationState) -> list[str]:
        """The readings, which are about options: none where there is no option."""
        return list(readings) if number_options(load(state, "plan", Plan)) else []

    def handlers(self) -> Mapping[ActionKind, Handler]:
        """A choice, and all that ``explore`` answers."""
        explored = (ActionKind.EDIT, ActionKind.WHAT_IF, ActionKind.COMPARE, ActionKind.EXPLAIN, ActionKind.KEEP)
        return dict.fromkeys(explored, self._explore) | {
            ActionKind.CHOOSE: self._choose,
            ActionKind.CONFIRM: self._which,
            ActionKind.UNKNOWN_ANSWER: self._recommend,
        }

    async def _explore(self, action: ReplyAction, turn: Turn) -> None:
        turn.hand_over("explore", action, return_to=self.name)

    async def _choose(self, action: ReplyAction, turn: Turn) -> None:
        plan = turn.load("plan", Plan)
        if action.choice is None or not number_options(plan):
            await self._which(action, turn)
            return
        turn.keep("choice", find_option(plan, action.choice))
        turn.leave("finalize_configuration", change=ChangeKind.DEPLOY.value)

    async def _which(self, _: ReplyAction, turn: Turn) -> None:
        numbered = number_options(turn.load("plan", Plan))
        turn.say(f"{'Which one? ' if numbered else ''}{wording.option_names(numbered)}")

    async def _recommend(self, _: ReplyAction, turn: Turn) -> None:
        turn.say(wording.recommended(turn.load("plan", Plan)))
