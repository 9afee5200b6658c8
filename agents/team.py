"""The agents of one graph, put together over one chat model and one set of tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.tools import BaseTool

from agents.capacity_planner import CapacityPlannerAgent
from agents.deployer import DeployerAgent
from agents.explaining import Explainer
from agents.intent import IntentAgent
from agents.model import Reader
from agents.observer import ObserverAgent
from agents.traffic_profile import TrafficProfileAgent
from tools.calling import toolbox


@dataclass(frozen=True)
class Agents:
    """The agents of one graph."""

    intent: IntentAgent
    traffic: TrafficProfileAgent
    planner: CapacityPlannerAgent
    deployer: DeployerAgent
    observer: ObserverAgent
    explainer: Explainer


def build_agents(reader: Reader, tools: Sequence[BaseTool]) -> Agents:
    """The agents over one reader and one set of tools; those for scenarios may be missing.

    Raises:
        KeyError: a tool that an agent needs is missing.
    """
    box = toolbox(tools)

    def only(*names: str, if_there: Sequence[str] = ()) -> dict[str, BaseTool]:
        return {name: box[name] for name in (*names, *(name for name in if_there if name in box))}

    return Agents(
        intent=IntentAgent(reader),
        traffic=TrafficProfileAgent(
            only("specify_deployment", "edit_specification", "record_specification", "gpus_of_cluster")
        ),
        planner=CapacityPlannerAgent(
            only(
                "suitable_models",
                "plan_capacity",
                "what_if",
                "compare_options",
                if_there=("keep_scenario", "compare_scenarios"),
            )
        ),
        deployer=DeployerAgent(
            only(
                "render_manifests",
                "propose_change",
                "execute_change",
                "record_rejection",
                "find_change",
                "shares_files",
                "validate_deployment",
                "undo_deployment",
                "find_undone",
            )
        ),
        observer=ObserverAgent(only("watch_deployment", "observe_deployment", "record_decision")),
        explainer=Explainer(reader),
    )
