"""``generate_specification`` and ``map_traffic_profile``: from what was said to what is planned for."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import wording
from graph.state import ConversationState, dump, load
from graph.work.step import step, thread_id
from graph.work.work_node import WorkNode
from neuralnav.models.intent import IntentReading
from neuralnav.models.specification import DeploymentSpecification


class GenerateSpecification(WorkNode):
    """Works the reading out into traffic, targets and constraints."""

    leads_to = ("review_specification",)

    async def run(self, state: ConversationState) -> Command[Any]:
        """The specification that follows from what was said."""
        with step("generate_specification") as found:
            reading = load(state, "reading", IntentReading)
            specified = await self.agents.traffic.specify(reading)
            specification = specified.model_copy(update={"version": state.get("last_version", 0) + 1})
            found.append(wording.specified(specification))
        notes = [AIMessage(wording.refused(reading.rejected))] if reading.rejected else []
        return Command(goto="review_specification", update={"specification": dump(specification), "messages": notes})


class MapTrafficProfile(WorkNode):
    """Keeps the confirmed specification and states the load that it gives."""

    leads_to = ("recommend_models",)

    async def run(self, state: ConversationState, config: RunnableConfig) -> Command[Any]:
        """The load of the confirmed specification, which is kept."""
        with step("map_traffic_profile") as found:
            specification = load(state, "specification", DeploymentSpecification)
            await self.agents.traffic.record(thread_id(config), specification)
            found.append(wording.traffic(specification))
        return Command(goto="recommend_models", update={"last_version": specification.version})
