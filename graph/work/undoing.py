"""``undo_deployment``: a change that failed is taken back, as was approved with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.types import Command

from graph import wording
from graph.live import fallback
from graph.state import ConversationState, dump, load
from graph.work.step import step
from graph.work.work_node import WorkNode
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import Approval, ChangeKind, Deployment, DeploymentState


class UndoDeployment(WorkNode):
    """Returns to the last revision that passed its checks or, where there is none, removes what was put in place."""

    leads_to = ("failed",)

    async def run(self, state: ConversationState) -> Command[Any]:
        """What is in place afterwards; where undoing fails, what is there stays, and that is said."""
        failure = state.get("failure") or {"problem": wording.INTERRUPTED_CHANGE, "node": "undo_deployment"}
        with step("undo_deployment") as found:
            deployment = load(state, "deployment", Deployment)
            before = fallback(state)
            previous = before[-1] if before else None
            try:
                now = await self.agents.deployer.undo(deployment, previous.deployment if previous else None)
            except NeuralNavError as error:
                said = wording.not_undone(error)
                found.append(wording.escaped(said))
                return Command(goto="failed", update=_not_undone(failure, deployment, said))
            said = wording.undone(now, previous.deployment if previous else None)
            found.append(wording.escaped(said))
            update: dict[str, Any] = {
                "failure": _told(failure, said, _retries_at(state, deployment)),
                "approval": None,
                "validation": None,
                "watch": None,
                "before_change": None,
                "deployment": None,
                "revisions": [],
            }
            if previous is not None:
                watch = await self.agents.observer.watch(now, previous.specification, settled=True)
                returned = previous.model_copy(update={"deployment": now})
                update |= {
                    "deployment": dump(now),
                    "watch": dump(watch),
                    "revisions": [dump(one) for one in (*before[:-1], returned)],
                }
        return Command(goto="failed", update=update)


def begun_change(state: ConversationState, deployment: Deployment, problem: Mapping[str, Any]) -> dict[str, Any]:
    """The state's values that have a change undone which was begun, and is not known to be in place."""
    approval = load(state, "approval", Approval)
    return {
        "deployment": dump(deployment),
        "before_change": state.get("revisions") or [],
        "last_revision": approval.revision,
        "validation": None,
        "failure": {"problem": dict(problem), "node": "execute_deployment"},
    }


def _not_undone(failure: Mapping[str, Any], deployment: Deployment, said: str) -> dict[str, Any]:
    """What is left can be checked again, where it is in place; else it can be undone again. Nothing else goes on."""
    retry = "undo_deployment" if deployment.state is DeploymentState.APPLYING else "validate_deployment"
    return {"failure": _told(failure, said, retry), "approval": None, "pending": None}


def _told(failure: Mapping[str, Any], said: str, retry: str) -> dict[str, Any]:
    """``failure`` with what undoing it came to; what caused it is kept apart, for another attempt."""
    cause = failure.get("cause") or failure["problem"]
    problem = {**cause, "detail": f"{cause['detail']} {said}"}
    return {"problem": problem, "cause": cause, "node": failure["node"], "retry": retry}


def _retries_at(state: ConversationState, deployment: Deployment) -> str:
    """Where a change that was undone is tried again: with what is still there of it."""
    if deployment.approval.change is not ChangeKind.DEPLOY:
        return "operate"
    return "finalize_configuration" if state.get("plan") and state.get("choice") else "map_traffic_profile"
