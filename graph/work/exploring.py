"""``explore``: answers what-ifs, comparisons and questions, keeps scenarios, and applies edits to plan again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import wording
from graph.live import live_revision
from graph.state import OUTDATED, ConversationState, dump, load
from graph.turns import pending, put_off
from graph.work.step import saying, step, thread_id
from graph.work.work_node import WorkNode
from neuralnav.errors import NeuralNavError
from neuralnav.models.labels import field_label
from neuralnav.models.options import find_option, number_options
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.models.specification import DeploymentSpecification

EXPLORED = frozenset({ActionKind.EDIT, ActionKind.WHAT_IF, ActionKind.COMPARE, ActionKind.EXPLAIN, ActionKind.KEEP})
_NO_DATABASE = "Scenarios are kept in the database, and this conversation has none."
_LIST_IS_NEW = "The list is a new one now, so I took no number from the old one: please choose again."
WHICH_ONES = "Which ones? Name two or more numbers, such as `compare 1 and 2`."


@dataclass
class Exploration:
    """What one visit finds out and changes."""

    specification: DeploymentSpecification
    supposed: dict[str, Any] | None
    thread: str
    scenarios: list[str]
    said: list[str] = field(default_factory=list)
    edited: bool = False


class Explore(WorkNode):
    """Answers, and plans again after edits."""

    leads_to = ("map_traffic_profile", "review_specification", "present_options", "approve_deployment", "operate")

    async def run(self, state: ConversationState, config: RunnableConfig) -> Command[Any]:
        """Do what is pending, as far as it belongs here, in order."""
        actions = pending(state)
        here = next((n for n, action in enumerate(actions) if action.action not in EXPLORED), len(actions))
        specification = load(state, "specification", DeploymentSpecification)
        exploration = Exploration(
            specification, state.get("supposed"), thread_id(config), list(state.get("scenarios", ()))
        )
        with step("explore") as found:
            for action in actions[:here]:
                try:
                    await self._explore(action, state, exploration)
                except NeuralNavError as error:
                    exploration.said.append(wording.escaped(error.detail))
            found.append(wording.explored(here))
        rest = actions[here:]
        if exploration.edited:
            rest, dropped = _without_numbers(rest)
            exploration.said += [_LIST_IS_NEW] if dropped else []
        update: dict[str, Any] = {
            "pending": put_off(rest),
            "supposed": exploration.supposed,
            "scenarios": exploration.scenarios,
            "return_to": None,
            "messages": [AIMessage(text) for text in exploration.said],
        }
        if exploration.edited:
            changed = OUTDATED | {"specification": dump(exploration.specification)}
            return Command(goto="map_traffic_profile", update=update | changed)
        return Command(goto=state.get("return_to") or "present_options", update=update)

    async def _explore(self, action: ReplyAction, state: ConversationState, exploration: Exploration) -> None:
        if action.action is ActionKind.EDIT:
            before = exploration.specification
            exploration.specification = await self.agents.traffic.edit(before, action)
            exploration.edited = exploration.edited or exploration.specification is not before
            exploration.said.append(wording.changed(before, exploration.specification))
        elif action.action is ActionKind.WHAT_IF:
            action = await self.agents.traffic.resolved(action, exploration.specification.intent)
            answer = await self.agents.planner.what_if(exploration.specification, action)
            exploration.supposed = dict(action.changes)
            exploration.said.append(wording.what_if(answer, keeps=self.agents.planner.keeps_scenarios))
        elif action.action is ActionKind.KEEP:
            exploration.said.append(await self._keep(action, exploration))
        elif action.action is ActionKind.COMPARE:
            exploration.said.append(await self._compare(action, state, exploration))
        else:
            exploration.said.append(await self._explain(action, state))

    async def _keep(self, action: ReplyAction, exploration: Exploration) -> str:
        if not self.agents.planner.keeps_scenarios:
            return _NO_DATABASE
        changes = exploration.supposed or {}
        name = action.name or _name_of(changes)
        kept = await self.agents.planner.keep(exploration.thread, name, exploration.specification, changes)
        exploration.scenarios = [*(one for one in exploration.scenarios if one != kept.name), kept.name]
        return wording.kept(kept)

    async def _compare(self, action: ReplyAction, state: ConversationState, exploration: Exploration) -> str:
        plan = load(state, "plan", Plan)
        if action.names or (not action.entries and exploration.scenarios):
            if not self.agents.planner.keeps_scenarios:
                return _NO_DATABASE
            names = [name for name in action.names if name.casefold() not in ("now", "scenarios")]
            return wording.scenarios(await self.agents.planner.compare_scenarios(exploration.thread, names, plan))
        options = [find_option(plan, entry) for entry in action.entries]
        if len(options) < 2:
            return WHICH_ONES
        compared = await self.agents.planner.compare(options)
        return wording.comparison(compared, [wording.named(option) for option in options])

    async def _explain(self, action: ReplyAction, state: ConversationState) -> str:
        facts = await self._facts(action, state)
        told: list[str] = []
        async for sentence in self.agents.explainer.explain(action.words or "", facts):
            told.append(wording.escaped(sentence))
            saying("explore", told[-1])
        return "\n\n".join([*([" ".join(told)] if told else []), facts])

    async def _facts(self, action: ReplyAction, state: ConversationState) -> str:
        """What our own figures say about what is asked."""
        live = live_revision(state)
        if state.get("return_to") == "operate" and live is not None:
            return wording.explained_in_place(live.deployment.choice, live.specification)
        plan = load(state, "plan", Plan)
        options = [find_option(plan, entry) for entry in action.entries]
        if not options and state.get("return_to") == "approve_deployment":
            options = [load(state, "choice", Recommendation)]
        beside = [await self.agents.planner.compare([first, one]) for first, one in with_the_first(plan, options)]
        return wording.explanation(plan, options, [compared.sentence for compared in beside])


def with_the_first(plan: Plan, options: Sequence[Recommendation]) -> list[tuple[Recommendation, Recommendation]]:
    """The first option of the list with each of ``options`` that is another one: what "why" mostly asks about."""
    numbered = number_options(plan)
    return [(numbered[0].option, option) for option in options if numbered and option.id != numbered[0].option.id]


def _without_numbers(actions: Sequence[ReplyAction]) -> tuple[list[ReplyAction], bool]:
    """``actions`` without choices by number, which name entries of a list that is gone; whether there were any."""
    left = [a for a in actions if not (a.action is ActionKind.CHOOSE and isinstance(a.choice, int))]
    return left, len(left) < len(actions)


def _name_of(changes: dict[str, Any]) -> str:
    """A name for a scenario from what it changes: ``GPUs A100-80GB``."""
    parts = []
    for changed, value in changes.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        parts.append(f"{field_label(changed)} {shown}")
    return "; ".join(parts)[:60] or "plan"
