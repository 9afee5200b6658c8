"""The wiring: which node leads where is in the nodes' signatures; here they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agents.model import build_reader
from agents.team import Agents, build_agents
from graph.dialogue import Dialogue
from graph.state import ConversationState
from graph.steps import Steps
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.filling import Filler
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.services.records import Records
from neuralnav.settings import Settings
from tools.deployment import deployment_tools
from tools.planning import planning_tools

Workflow = StateGraph[ConversationState, None, ConversationState, ConversationState]
Conversation = CompiledStateGraph[ConversationState, None, ConversationState, ConversationState]


def wire(agents: Agents) -> Workflow:
    """The workflow over ``agents``, not yet compiled."""
    dialogue, steps = Dialogue(agents), Steps(agents)
    graph = Workflow(ConversationState)
    for node in (
        dialogue.collect_context,
        steps.generate_specification,
        dialogue.review_specification,
        steps.map_traffic_profile,
        steps.recommend_models,
        steps.plan_capacity,
        dialogue.present_options,
        steps.explore,
        steps.finalize_configuration,
        dialogue.approve_deployment,
        steps.execute_deployment,
        steps.report_success,
        dialogue.failed,
    ):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "collect_context")
    return graph


def default_tools(
    settings: Settings, knowledge: Knowledge, records: Records | None = None, filler: Filler | None = None
) -> list[BaseTool]:
    """The tools over ``knowledge``; ``records`` keep what is decided, and ``filler`` simulates ahead, where given."""
    planning = PlanningService(knowledge, records, filler, settings.planning_patience_s)
    deployment = DeploymentService(knowledge, settings.manifests_dir, settings.namespace, records)
    return [*planning_tools(planning), *deployment_tools(deployment)]


def build_graph(
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    model: BaseChatModel | None = None,
    tools: Sequence[BaseTool] | None = None,
    knowledge: ReferenceData | None = None,
    settings: Settings | None = None,
) -> Conversation:
    """The compiled workflow, to run or to embed. Starts nothing and keeps nothing open.

    Without arguments it plans from the shipped data, reads by rules and has no checkpointer: give one, since a
    conversation stops at its checkpoints.
    """
    settings = settings or Settings()
    reference = knowledge or read_seeds()
    agents = build_agents(
        build_reader(settings, reference.short_names, model),
        tools if tools is not None else default_tools(settings, Knowledge.of(reference)),
    )
    return wire(agents).compile(checkpointer=checkpointer, name="neuralnav")
