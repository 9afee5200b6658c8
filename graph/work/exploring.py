"""``explore``: answers what-ifs, comparisons and questions, keeps scenarios, and applies edits to plan again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import wording
from graph.explored import Explored, options_compared, scenario_name, scenarios_compared, supposed
from graph.live import live_revision
from graph.state import OUTDATED, ConversationState, dump, load
from graph.turns import pending, put_off
from graph.work.step import saying, step, thread_id
from graph.work.work_node import WorkNode
from neuralnav.errors import NeuralNavError
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
    found: Explored | None = None
    """What was supposed or compared last."""
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
            specification,
            state.get("supposed"),
            thread_id(config),
            list(state.get("scenarios", ())),
            found=load(state, "explored", Explored) if state.get("explored") else None,
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
            "explored": _explored(exploration.found, state),
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
            exploration.found = supposed(answer, action.changes)
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
        name = action.name or scenario_name(changes)
        kept = await self.agents.planner.keep(exploration.thread, name, exploration.specification, changes)
        exploration.scenarios = [*(one for one in exploration.scenarios if one != kept.name), kept.name]
        if exploration.found is not None and exploration.found.changes == changes != {}:
            exploration.found = exploration.found.model_copy(update={"kept_as": kept.name})
        return wording.kept(kept)

    async def _compare(self, action: ReplyAction, state: ConversationState, exploration: Exploration) -> str:
        plan = load(state, "plan", Plan)
        options = [find_option(plan, entry) for entry in action.entries] or _by_ids(plan, action.names)
        if not options and (action.names or exploration.scenarios):
            return await self._compare_scenarios(action.names, plan, exploration)
        if len(options) < 2:
            return WHICH_ONES
        compared = await self.agents.planner.compare(options)
        exploration.found = options_compared(compared, options)
        return wording.comparison(compared, [wording.named(option) for option in options])

    async def _compare_scenarios(self, said: Sequence[str], plan: Plan, exploration: Exploration) -> str:
        if not self.agents.planner.keeps_scenarios:
            return _NO_DATABASE
        names = [name for name in said if name.casefold() not in ("now", "scenarios")]
        compared = await self.agents.planner.compare_scenarios(exploration.thread, names, plan)
        exploration.found = scenarios_compared(compared)
        return wording.scenarios(compared)

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


def _by_ids(plan: Plan, names: Sequence[str]) -> list[Recommendation]:
    """The options whose ids ``names`` are; none where they are names of scenarios."""
    listed = {option.id: option for options in (plan.pareto, *plan.views.values()) for option in options}
    listed |= {one.option.id: one.option for one in plan.templates}
    return [listed[name] for name in names] if listed.keys() >= set(names) else []


def _explored(found: Explored | None, state: ConversationState) -> dict[str, Any] | None:
    """What the options show from now on: ``found`` where they are what was asked about, else what they showed."""
    at_options = state.get("return_to") in (None, "present_options")
    return dump(found) if found is not None and at_options else state.get("explored")


def _without_numbers(actions: Sequence[ReplyAction]) -> tuple[list[ReplyAction], bool]:
    """``actions`` without choices by number, which name entries of a list that is gone; whether there were any."""
    left = [a for a in actions if not (a.action is ActionKind.CHOOSE and isinstance(a.choice, int))]
    return left, len(left) < len(actions)
