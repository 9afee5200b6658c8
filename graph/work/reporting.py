"""``set_up_monitoring``, ``report_success`` and ``record_outcome``: what holds from now on, said and kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END
from langgraph.types import Command

from graph import wording
from graph.state import ConversationState, dump, load
from graph.work.step import step, thread_id
from graph.work.work_node import WorkNode
from neuralnav.models.deployment import ChangeKind, Decision, Deployment, Validation, Watch
from neuralnav.models.options import number_options
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification


class SetUpMonitoring(WorkNode):
    """Settles what the deployment is held to, and what watches it."""

    leads_to = ("report_success",)

    async def run(self, state: ConversationState) -> Command[Any]:
        """The targets that hold from now on."""
        with step("set_up_monitoring") as found:
            deployment = load(state, "deployment", Deployment)
            specification = load(state, "specification", DeploymentSpecification)
            settled = load(state, "validation", Validation).waits_for is None
            watch = await self.agents.observer.watch(deployment, specification, settled=settled)
            found.append(wording.watched(watch))
        return Command(goto="report_success", update={"watch": dump(watch)})


class ReportSuccess(WorkNode):
    """Says what was done and what was not."""

    leads_to = ("record_outcome",)

    async def run(self, state: ConversationState) -> Command[Any]:
        """The report of the change."""
        deployment = load(state, "deployment", Deployment)
        retired = deployment.approval.change is ChangeKind.RETIRE
        said = (
            wording.retired(deployment)
            if retired
            else wording.success(
                deployment, load(state, "validation", Validation), wording.watched(load(state, "watch", Watch))
            )
        )
        settled = retired or load(state, "validation", Validation).waits_for is None
        update: dict[str, Any] = {"messages": [AIMessage(said)]}
        return Command(goto="record_outcome", update=update | ({"before_change": None} if settled else {}))


class RecordOutcome(WorkNode):
    """Keeps how the conversation came to this change."""

    leads_to = ("operate", END)

    async def run(self, state: ConversationState, config: RunnableConfig) -> Command[Any]:
        """The decision, kept once; afterwards the conversation rests."""
        with step("record_outcome") as found:
            deployment = load(state, "deployment", Deployment)
            approval = deployment.approval
            specification = load(state, "specification", DeploymentSpecification)
            decided = datetime.fromisoformat(approval.at).astimezone(UTC)
            began = min(datetime.fromisoformat(state.get("began_at") or approval.at), decided)
            edits = [edit for edit in specification.edits if datetime.fromisoformat(edit.at) >= began]
            decision = Decision(
                deployment_id=deployment.id,
                thread_id=thread_id(config),
                change=approval.change,
                option_number=_number_of(state, deployment),
                turns=max(state.get("turn", 1) - state.get("began_turn", 0), 1),
                edits=len(edits),
                first_word_at=began,
                decided_at=decided,
            )
            kept = await self.agents.observer.record(decision)
            found.append(wording.decided(kept))
        rests = END if approval.change is ChangeKind.RETIRE else "operate"
        return Command(goto=rests, update={"plan": None, "manifests": None, "proposal": None, "approval": None})


def _number_of(state: ConversationState, deployment: Deployment) -> int | None:
    """The number under which the option was shown, where it was chosen from a list."""
    if deployment.approval.change is not ChangeKind.DEPLOY or not state.get("plan"):
        return None
    shown = number_options(load(state, "plan", Plan))
    return next((one.number for one in shown if one.option.id == deployment.choice.id), None)
