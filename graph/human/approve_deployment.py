"""``approve_deployment``: shows exactly what will be done, and goes on only when that is approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from langgraph.graph import END

from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.live import UNPINNED, live_revision, restored, revisions
from graph.payloads import ApprovalPayload
from graph.state import ConversationState, load
from graph.turns import Turn
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Delivery,
    Deployment,
    ManifestSet,
    Proposal,
    Rejection,
    RestsOn,
)
from neuralnav.models.options import find_option
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.settings import LOCAL_USER


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
        change = change_of(state)
        live = live_revision(state)
        in_place = live.deployment if live else None
        proposal = load(state, "proposal", Proposal) if state.get("proposal") else None
        shown = ApprovalPayload(
            change=change,
            manifests=manifests,
            manifests_sha256=manifests.sha256,
            choice=choice,
            replaces=None if change is ChangeKind.RETIRE or in_place is None else in_place.manifests,
            delivery=_delivery_of(proposal, state),
            proposal=proposal,
            rests_on=_rests_on(state) if change is ChangeKind.DEPLOY or in_place else None,
            choice_now=in_place.choice if in_place else None,
            where=_where(proposal, state),
            directory=in_place.directory if in_place and change is ChangeKind.RETIRE else None,
            leaves=change is ChangeKind.RETIRE and bool(state.get("shared_files")),
            returns_to=returns_to(state).approval if change is ChangeKind.ROLL_BACK else None,
        )
        if change is ChangeKind.RETIRE:
            prompt = wording.approve_the_end(manifests, in_place, shared=bool(state.get("shared_files")))
        elif change is ChangeKind.ROLL_BACK:
            prompt = wording.approve_the_way_back(choice, manifests, in_place, returns_to(state).approval, proposal)
        else:
            prompt = wording.approval(choice, manifests, in_place, proposal)
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
        rests_on = _rests_on(turn.state)
        proposal = turn.load("proposal", Proposal) if turn.state.get("proposal") else None
        approval = Approval(
            by=turn.state.get("owner", LOCAL_USER),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            manifests_sha256=manifests.sha256,
            price_table=rests_on.price_table,
            calibration=rests_on.calibration,
            change=change_of(turn.state),
            revision=turn.state.get("last_revision", 0) + 1,
            delivery=_delivery_of(proposal, turn.state),
            where=_where(proposal, turn.state),
            takes_over=proposal.preflight.conflicts if proposal else (),
            leaves=bool(turn.state.get("shared_files")),
        )
        turn.keep("approval", approval)
        turn.leave("execute_deployment")

    async def _reject(self, action: ReplyAction, turn: Turn) -> None:
        why = f" ({wording.quoted(action.reason)})" if action.reason else ""
        rejection = Rejection(
            by=turn.state.get("owner", LOCAL_USER),
            change=change_of(turn.state),
            turn=turn.state.get("turn", 0),
            reason=action.reason,
        )
        await self.agents.deployer.reject(turn.thread_id, turn.load("manifests", ManifestSet), rejection)
        live = live_revision(turn.state)
        if live is not None and (turn.state.get("scaling") or change_of(turn.state) is not ChangeKind.DEPLOY):
            turn.say(f"Rejected{why}, nothing was changed.")
            turn.leave("operate", **restored(live))
            return
        turn.say(f"Rejected{why}, nothing was {_NOT_DONE[_delivery_now(turn.state)]}. Here are the options again.")
        turn.leave("present_options", choice=None, manifests=None)

    async def _choose(self, action: ReplyAction, turn: Turn) -> None:
        if change_of(turn.state) is not ChangeKind.DEPLOY:
            turn.say(wording.decide_first(change_of(turn.state)))
            return
        turn.keep("choice", find_option(turn.load("plan", Plan), action.choice or ""))
        turn.leave("finalize_configuration", manifests=None)

    async def _explore(self, action: ReplyAction, turn: Turn) -> None:
        if change_of(turn.state) is ChangeKind.DEPLOY:
            freed = UNPINNED if turn.state.get("scaling") and (action.changes or action.from_cluster) else {}
            asked = action.model_copy(update={"changes": freed | action.changes})
            turn.hand_over("explore", asked, return_to=self.name)
        elif action.action is ActionKind.EXPLAIN:
            specification = turn.load("specification", DeploymentSpecification)
            turn.say(wording.explained_in_place(turn.load("choice", Recommendation), specification))
        else:
            turn.say(wording.decide_first(change_of(turn.state)))


_NOT_DONE = {Delivery.RUN: "changed", Delivery.FILES: "written", Delivery.GIT: "committed"}


def _delivery_now(state: ConversationState) -> Delivery:
    return _delivery_of(load(state, "proposal", Proposal) if state.get("proposal") else None, state)


def _delivery_of(proposal: Proposal | None, state: ConversationState) -> Delivery:
    """As was shown; an end is made in the way that the deployment was."""
    if proposal is not None:
        return proposal.delivery
    live = live_revision(state)
    return live.deployment.delivery if live else Delivery.FILES


def _where(proposal: Proposal | None, state: ConversationState) -> str | None:
    """As was shown; what ends, ends where it is."""
    if proposal is not None:
        return proposal.preflight.where
    live = live_revision(state)
    return live.deployment.approval.where if live else None


def _rests_on(state: ConversationState) -> RestsOn:
    """Price table and calibration behind the figures that are shown."""
    if change_of(state) is ChangeKind.DEPLOY:
        return RestsOn.of(load(state, "plan", Plan))
    approved = returns_to(state).approval
    return RestsOn(price_table=approved.price_table, calibration=approved.calibration)


def change_of(state: ConversationState) -> ChangeKind:
    """What is to be approved."""
    return ChangeKind(state.get("change") or ChangeKind.DEPLOY)


def returns_to(state: ConversationState) -> Deployment:
    """What a roll-back returns to or, where the deployment ends, what is in place.

    Raises:
        InvalidInputError: there is no such revision.
    """
    found = revisions(state)
    back = 2 if change_of(state) is ChangeKind.ROLL_BACK else 1
    if len(found) < back:
        raise InvalidInputError("There is no such revision in this conversation any more.")
    return found[-back].deployment
