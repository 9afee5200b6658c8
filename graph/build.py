"""The wiring: which nodes there are, where each may lead, and how the workflow is built and embedded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agents.model import build_reader
from agents.team import Agents, build_agents
from graph.checkpoints import NODES
from graph.human.approve_deployment import ApproveDeployment
from graph.human.checkpoint_node import CheckpointNode
from graph.human.collect_context import CollectContext
from graph.human.failed import Failed
from graph.human.operate import Operate
from graph.human.present_options import PresentOptions
from graph.human.review_specification import ReviewSpecification
from graph.policies import ASK_ONCE, RETRY, to_failed
from graph.state import ConversationState
from graph.work.deploying import ExecuteDeployment, FinalizeConfiguration, ValidateDeployment
from graph.work.exploring import Explore
from graph.work.planning import PlanCapacity, RecommendModels
from graph.work.reporting import RecordOutcome, ReportSuccess, SetUpMonitoring
from graph.work.specifying import GenerateSpecification, MapTrafficProfile
from graph.work.undoing import UndoDeployment
from graph.work.work_node import WorkNode
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.services.cluster import ClusterService
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.filling import Filler
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.placing import placed
from neuralnav.services.planning import PlanningService
from neuralnav.services.records import Records
from neuralnav.services.scenarios import ScenarioService
from neuralnav.settings import Settings
from tools.cluster import cluster_tools
from tools.deployment import deployment_tools
from tools.observation import observation_tools
from tools.planning import planning_tools
from tools.scenarios import scenario_tools

Workflow = StateGraph[ConversationState, None, ConversationState, ConversationState]
Conversation = CompiledStateGraph[ConversationState, None, ConversationState, ConversationState]


CHECKPOINTS: tuple[type[CheckpointNode], ...] = (
    CollectContext,
    ReviewSpecification,
    PresentOptions,
    ApproveDeployment,
    Operate,
    Failed,
)
"""The nodes that stop for a person."""

WORK: dict[str, type[WorkNode]] = {
    "generate_specification": GenerateSpecification,
    "map_traffic_profile": MapTrafficProfile,
    "recommend_models": RecommendModels,
    "plan_capacity": PlanCapacity,
    "explore": Explore,
    "finalize_configuration": FinalizeConfiguration,
    "execute_deployment": ExecuteDeployment,
    "validate_deployment": ValidateDeployment,
    "undo_deployment": UndoDeployment,
    "set_up_monitoring": SetUpMonitoring,
    "report_success": ReportSuccess,
    "record_outcome": RecordOutcome,
}
"""The nodes between the checkpoints."""

NODE_SHARE = 0.6
"""What part of a turn's time one try of a node may take: a node that hangs is stopped before the turn is."""


def wire(agents: Agents, turn_timeout_s: float) -> Workflow:
    """The workflow over ``agents``, not yet compiled, for turns that may take ``turn_timeout_s``."""
    graph = Workflow(ConversationState)
    graph.set_node_defaults(
        error_handler=to_failed,  # type: ignore[arg-type]  # its type leaves out the NodeError
        timeout=NODE_SHARE * turn_timeout_s,
    )
    for stops in _stopping(agents):
        ends = tuple(node for node in stops.leads_to if node != stops.name)
        graph.add_node(stops.name, stops.run, destinations=(*ends, stops.name), retry_policy=ASK_ONCE)
    for name, kind in WORK.items():
        works = kind(agents)
        graph.add_node(name, works.run, destinations=works.leads_to, retry_policy=RETRY)
    graph.add_conditional_edges(START, begins_at, ["collect_context", *_ENTRIES])
    return graph


_ENTRIES = (*WORK, *(NODES[kind.kind] for kind in CHECKPOINTS if kind is not CollectContext))


def _stopping(agents: Agents) -> Iterator[CheckpointNode]:
    """The checkpoints over ``agents``; ``failed`` leads to every other node."""
    others = (*WORK, *(NODES[kind.kind] for kind in CHECKPOINTS if kind is not Failed))
    for kind in CHECKPOINTS:
        yield Failed(agents, others) if kind is Failed else kind(agents)


def begins_at(state: ConversationState) -> str:
    """The node that a run begins at: ``collect_context``, unless the conversation is put somewhere."""
    return state.get("entry") or "collect_context"


def default_tools(
    settings: Settings,
    knowledge: Knowledge,
    records: Records | None = None,
    filler: Filler | None = None,
    scenarios: ScenarioService | None = None,
    deploying: DeploymentService | None = None,
) -> list[BaseTool]:
    """The tools over ``knowledge``.

    ``deploying`` makes and watches deployments; unset, as ``settings`` say. ``records`` and ``scenarios`` keep what is
    decided and tried, and ``filler`` simulates ahead, where given.
    """
    planning = PlanningService(knowledge, records, filler, settings.planning_patience_s)
    deployment = deploying or placed(settings, knowledge, records)
    kept = scenario_tools(scenarios, planning) if scenarios else []
    looking = cluster_tools(ClusterService(settings, knowledge))
    return [*planning_tools(planning), *deployment_tools(deployment), *observation_tools(deployment), *looking, *kept]


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
    return wire(agents, settings.turn_timeout_s).compile(checkpointer=checkpointer, name="neuralnav")
