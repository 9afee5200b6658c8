"""``approve_deployment``: shows exactly what will be done, and goes on only when that is approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from langgraph.graph import END

from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.live import live_revision, restored
from graph.payloads import ApprovalPayload
from graph.state import ConversationState, load
from graph.turns import Turn
from neuralnav.models.deployment import Approval, ChangeKind, ManifestSet
from neuralnav.models.options import find_option
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.models.specification import DeploymentSpecification


class ApproveDeployment(CheckpointNode):
    """Whether exactly this is to be done."""

    kind = CheckpointKind.APPROVE_DEPLOYMENT
    leads_to = (
        "execute_deployment",
        "explore",
        "present_options",
        "finalize_configuration",
        "review_specification",
        "collect_context",
        "operate",
        END,
    )
    otherwise = "This needs a clear answer: approve, reject, or say what to change."

    def question(self, state: ConversationState) -> Checkpoint:
        """What will be done, with the files and their digest."""
        manifests = load(state, "manifests", ManifestSet)
        choice = load(state, "choice", Recommendation)
        change = ChangeKind(state.get("change") or ChangeKind.DEPLOY)
        live = live_revision(state)
        shown = ApprovalPayload(
            change=change,
            manifests=manifests,
            manifests_sha256=manifests.sha256,
            choice=choice,
            replaces=live.deployment.manifests if live else None,
        )
        prompt = wording.approval(change, choice, manifests, live.deployment if live else None)
        return question(self.kind, prompt, shown)

    def handlers(self) -> Mapping[ActionKind, Handler]:
        """The decision, and all that may come instead of it."""
        return {
            ActionKind.APPROVE: self._approve,
            ActionKind.REJECT: self._reject,
            ActionKind.CHOOSE: self._choose,
            ActionKind.EDIT: self._explore,
            ActionKind.WHAT_IF: self._explore,
            ActionKind.EXPLAIN: self._explore,
            ActionKind.COMPARE: self._explore,
        }

    async def _approve(self, _: ReplyAction, turn: Turn) -> None:
        manifests = turn.load("manifests", ManifestSet)
        change = ChangeKind(turn.now("change") or ChangeKind.DEPLOY)
        rests_on = self._rests_on(change, turn)
        approval = Approval(
            by=turn.state.get("owner", "local"),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            manifests_sha256=manifests.sha256,
            price_table=rests_on[0],
            calibration=rests_on[1],
            change=change,
            revision=turn.state.get("last_revision", 0) + 1,
        )
        turn.keep("approval", approval)
        turn.leave("execute_deployment")

    @staticmethod
    def _rests_on(change: ChangeKind, turn: Turn) -> tuple[str, str]:
        """Price table and calibration behind the change: of the plan or, without one, of the live deployment."""
        if change is ChangeKind.DEPLOY:
            plan = turn.load("plan", Plan)
            return plan.price_table, plan.calibration
        live = live_revision(turn.state)
        earlier = live.deployment.approval if live else turn.load("approval", Approval)
        return earlier.price_table, earlier.calibration

    async def _reject(self, action: ReplyAction, turn: Turn) -> None:
        why = f" I noted why, {wording.quoted(action.reason)}." if action.reason else ""
        live = live_revision(turn.state)
        scales = turn.load("specification", DeploymentSpecification).pinned.replicas is not None
        if live is not None and (scales or turn.now("change") != ChangeKind.DEPLOY.value):
            turn.say(f"Rejected, nothing was changed.{why}")
            turn.leave("operate", **restored(live))
            return
        turn.say(f"Rejected, nothing was written.{why} Here are the options again.")
        turn.leave("present_options", choice=None, manifests=None)

    async def _choose(self, action: ReplyAction, turn: Turn) -> None:
        turn.keep("choice", find_option(turn.load("plan", Plan), action.choice or ""))
        turn.leave("finalize_configuration", change=ChangeKind.DEPLOY.value, manifests=None)

    async def _explore(self, action: ReplyAction, turn: Turn) -> None:
        turn.hand_over("explore", action, return_to=self.name)
