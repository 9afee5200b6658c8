"""The nodes that work without asking: each does one step with one agent, and says so as it goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.types import Command

from agents.team import Agents
from graph import wording
from graph.failing import to_failed
from graph.state import ConversationState, dump, load
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import Approval, Deployment
from neuralnav.models.intent import IntentReading
from neuralnav.models.options import find_option
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.reply import ReplyAction
from neuralnav.models.specification import DeploymentSpecification
from tools.progress import reported_to


@contextmanager
def step(node: str) -> Iterator[list[str]]:
    """Report a step on the run's custom stream: when it begins, how far it is, what it found and how long it took."""
    write = get_stream_writer()
    write({"step": node, "state": "began"})
    begun = time.perf_counter()
    found: list[str] = []
    with reported_to(lambda words: write({"step": node, "state": "working", "found": words})):
        yield found
    took_ms = (time.perf_counter() - begun) * 1000
    write({"step": node, "state": "done", "found": " ".join(found), "took_ms": round(took_ms, 1)})


@dataclass(frozen=True)
class Steps:
    """The nodes between the checkpoints."""

    agents: Agents

    @to_failed
    async def generate_specification(
        self, state: ConversationState
    ) -> Command[Literal["review_specification", "failed"]]:
        """Work the reading out into traffic, targets and constraints."""
        with step("generate_specification") as found:
            reading = load(state, "reading", IntentReading)
            specified = await self.agents.traffic.specify(reading)
            specification = specified.model_copy(update={"version": state.get("last_version", 0) + 1})
            found.append(wording.specified(specification))
        notes = [AIMessage(wording.refused(reading.rejected))] if reading.rejected else []
        return Command(goto="review_specification", update={"specification": dump(specification), "messages": notes})

    @to_failed
    async def map_traffic_profile(
        self, state: ConversationState, config: RunnableConfig
    ) -> Command[Literal["recommend_models", "failed"]]:
        """Keep the confirmed specification and state the load that it gives."""
        with step("map_traffic_profile") as found:
            specification = load(state, "specification", DeploymentSpecification)
            await self.agents.traffic.record(_thread_id(config), specification)
            found.append(wording.traffic(specification))
        return Command(goto="recommend_models", update={"last_version": specification.version})

    @to_failed
    async def recommend_models(self, state: ConversationState) -> Command[Literal["plan_capacity", "failed"]]:
        """Find the models that can do the task."""
        with step("recommend_models") as found:
            specification = load(state, "specification", DeploymentSpecification)
            shortlist = await self.agents.planner.shortlist(specification)
            found.append(wording.shortlist(shortlist))
        return Command(goto="plan_capacity")

    @to_failed
    async def plan_capacity(self, state: ConversationState) -> Command[Literal["present_options", "failed"]]:
        """Evaluate and rank every configuration."""
        with step("plan_capacity") as found:
            plan = await self.agents.planner.plan(load(state, "specification", DeploymentSpecification))
            found.append(wording.planned(plan))
        update = {"plan": dump(plan), "choice": None, "manifests": None, "approval": None}
        return Command(goto="present_options", update=update)

    @to_failed
    async def explore(
        self, state: ConversationState
    ) -> Command[Literal["map_traffic_profile", "present_options", "approve_deployment", "failed"]]:
        """Answer what-ifs, comparisons and questions; apply edits and plan again."""
        plan = load(state, "plan", Plan)
        specification = load(state, "specification", DeploymentSpecification)
        edited = specification
        said: list[str] = []
        with step("explore") as found:
            for document in state.get("exploration") or []:
                action = ReplyAction.model_validate(document)
                try:
                    if action.action == "edit":
                        before, edited = edited, await self.agents.traffic.edit(edited, action)
                        said.append(wording.changed(before, edited))
                    else:
                        said.append(await self._answer(action, plan, specification))
                except NeuralNavError as error:
                    said.append(wording.escaped(error.detail))
            found.append(wording.explored(len(said)))
        update: dict[str, Any] = {"exploration": None, "messages": [AIMessage(text) for text in said]}
        if edited is not specification:
            return Command(goto="map_traffic_profile", update=update | {"specification": dump(edited)})
        return Command(goto="approve_deployment" if state.get("manifests") else "present_options", update=update)

    async def _answer(self, action: ReplyAction, plan: Plan, specification: DeploymentSpecification) -> str:
        if action.action == "what_if":
            return wording.what_if(await self.agents.planner.what_if(specification, action))
        options = [find_option(plan, entry) for entry in action.entries]
        if action.action == "compare" and len(options) >= 2:
            compared = await self.agents.planner.compare(options)
            return wording.comparison(compared, [wording.named(option) for option in options])
        if action.action == "compare":
            return "Which ones? Name two or more numbers, such as `compare 1 and 2`."
        return wording.explanation(plan, options)

    @to_failed
    async def finalize_configuration(
        self, state: ConversationState
    ) -> Command[Literal["approve_deployment", "failed"]]:
        """Build and check the manifests of the chosen option."""
        with step("finalize_configuration") as found:
            choice = load(state, "choice", Recommendation)
            specification = load(state, "specification", DeploymentSpecification)
            manifests = await self.agents.deployer.manifests(choice, specification)
            found.append(wording.built(manifests))
        return Command(goto="approve_deployment", update={"manifests": dump(manifests)})

    @to_failed
    async def execute_deployment(
        self, state: ConversationState, config: RunnableConfig
    ) -> Command[Literal["report_success", "present_options", "failed"]]:
        """Write the approved manifests, unless what the approval rests on has changed since."""
        with step("execute_deployment") as found:
            approval = load(state, "approval", Approval)
            specification = load(state, "specification", DeploymentSpecification)
            choice = load(state, "choice", Recommendation)
            today = await self.agents.planner.plan(specification)
            manifests = await self.agents.deployer.manifests(choice, specification)
            if not approval.covers(manifests, today):
                found.append("What the approval rests on has changed.")
                return Command(
                    goto="present_options",
                    update={
                        "plan": dump(today),
                        "choice": None,
                        "manifests": None,
                        "approval": None,
                        "messages": [AIMessage(wording.overtaken(approval, manifests, today))],
                    },
                )
            deployment = await self.agents.deployer.execute(
                thread_id=_thread_id(config),
                choice=choice,
                manifests=manifests,
                approval=approval,
            )
            found.append(wording.written(deployment))
        return Command(goto="report_success", update={"deployment": dump(deployment)})

    @to_failed
    async def report_success(self, state: ConversationState) -> Command[Literal["__end__", "failed"]]:
        """Say what was done and what was not."""
        deployment = load(state, "deployment", Deployment)
        return Command(goto="__end__", update={"messages": [AIMessage(wording.success(deployment))]})


def _thread_id(config: RunnableConfig) -> str:
    return str(config.get("configurable", {}).get("thread_id", ""))
