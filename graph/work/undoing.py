"""``undo_deployment``: a change that failed is taken back, as was approved with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.types import Command

from graph import wording
from graph.live import fallback
from graph.policies import passes
from graph.state import ConversationState, dump, load
from graph.work.step import step
from graph.work.work_node import WorkNode
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import ChangeKind, Deployment, DeploymentState


class UndoDeployment(WorkNode):
    """Returns to the last revision that passed its checks or, where there is none, removes what was put in place."""

    leads_to = ("failed",)

    async def run(self, state: ConversationState) -> Command[Any]:
        """What is in place afterwards; where undoing fails for good, what is there stays, and that is said.

        Raises:
            UnavailableError: the place or the database does not answer for the moment.
        """
        undoing = state.get("undoing") or {"problem": wording.INTERRUPTED_CHANGE, "node": "execute_deployment"}
        with step("undo_deployment") as found:
            deployment = load(state, "deployment", Deployment)
            before = fallback(state)
            previous = before[-1] if before else None
            try:
                now = await self.agents.deployer.undo(deployment, previous.deployment if previous else None)
            except NeuralNavError as error:
                if passes(error):
                    raise
                said = wording.not_undone(error)
                found.append(wording.escaped(said))
                begun = deployment.state is DeploymentState.APPLYING
                retry = "undo_deployment" if begun else "validate_deployment"
                failure = {"problem": _told(undoing, said), "node": "undo_deployment", "retry": retry}
                return Command(goto="failed", update={"failure": failure, "approval": None, "pending": None})
            said = wording.undone(now, previous.deployment if previous else None)
            found.append(wording.escaped(said))
            retry = _retries_at(state, deployment)
            update: dict[str, Any] = {
                "failure": {"problem": _told(undoing, said), "node": undoing["node"], "retry": retry},
                "undoing": None,
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
    return {
        "deployment": dump(deployment),
        "before_change": state.get("revisions") or [],
        "last_revision": deployment.approval.revision,
        "validation": None,
        "undoing": {"problem": dict(problem), "node": "execute_deployment"},
    }


def _told(undoing: Mapping[str, Any], said: str) -> dict[str, Any]:
    """What went wrong, with what undoing it came to."""
    problem = undoing["problem"]
    return {**problem, "detail": f"{problem['detail']} {said}"}


def _retries_at(state: ConversationState, deployment: Deployment) -> str:
    """Where a change that was undone is tried again: with what is still there of it."""
    if deployment.approval.change is not ChangeKind.DEPLOY:
        return "operate"
    return "finalize_configuration" if state.get("plan") and state.get("choice") else "map_traffic_profile"
