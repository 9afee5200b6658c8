"""``operate``: where a deployed conversation rests: status, questions, and changes through the same checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.graph import END

from graph import wording
from graph.advice import advice_now, given
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.live import UNPINNED, DeployedRevision, live_revision, restored, revisions
from graph.payloads import OperatePayload
from graph.state import OUTDATED, ConversationState, dump
from graph.turns import Turn, begins_now
from graph.work.deploying import require_possible
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import ChangeKind, Validation, Watch
from neuralnav.models.options import number_options
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.models.specification import DeploymentSpecification, Pinned


class Operate(CheckpointNode):
    """Looks after what is deployed."""

    kind = CheckpointKind.OPERATE
    leads_to = (
        "explore",
        "review_specification",
        "map_traffic_profile",
        "approve_deployment",
        "validate_deployment",
        "collect_context",
        END,
    )
    otherwise = "Ask for the status or why, say what to change, `scale to 3`, `roll back`, or `retire` to end it."

    def question(self, state: ConversationState) -> Checkpoint:
        """What is in place, and what can be done with it."""
        found = revisions(state)
        if not found:
            raise InvalidInputError("Nothing is deployed in this conversation. Say what you need.")
        live = found[-1].deployment
        watch = Watch.model_validate(state["watch"]) if state.get("watch") else None
        shown = OperatePayload(
            deployment=live,
            validation=Validation.model_validate(state["validation"]) if state.get("validation") else None,
            watch=watch,
            earlier_revisions=len(found) - 1,
            advice=advice_now(state, live),
        )
        return question(self.kind, wording.in_place(live, watch, earlier=len(found) - 1), shown)

    def handlers(self) -> Mapping[ActionKind, Handler]:
        """Questions, and changes that are approved before anything happens."""
        return {
            ActionKind.STATUS: self._status,
            ActionKind.EXPLAIN: self._explore,
            ActionKind.WHAT_IF: self._explore,
            ActionKind.EDIT: self._edit,
            ActionKind.SCALE: self._scale,
            ActionKind.FOLLOW: self._follow,
            ActionKind.ROLL_BACK: self._roll_back,
            ActionKind.RETIRE: self._retire,
            ActionKind.BACK: self._nothing_to_go_back_to,
            ActionKind.CANCEL: self._nothing_under_way,
        }

    @staticmethod
    def _live(turn: Turn) -> DeployedRevision:
        live = live_revision(turn.state)
        if live is None:
            raise InvalidInputError("Nothing is deployed in this conversation.")
        return live

    async def _status(self, _: ReplyAction, turn: Turn) -> None:
        live = self._live(turn)
        observed = await self.agents.observer.observe(live.deployment, live.specification)
        running = observed.running
        turn.update["advice"] = given(live.deployment, observed.advice)
        if live.deployment.runs and not live.settled and running is not None:
            if running.can_be_checked:
                turn.leave("validate_deployment", deployment=dump(live.deployment))
                return
            turn.say(wording.observed(live.deployment, observed))
            return
        turn.keep("validation", observed.validation)
        turn.say(wording.observed(live.deployment, observed))

    async def _explore(self, action: ReplyAction, turn: Turn) -> None:
        pinned = turn.load("specification", DeploymentSpecification).pinned != Pinned()
        if action.action is ActionKind.WHAT_IF and pinned:
            action = action.model_copy(update={"changes": UNPINNED | action.changes})
        turn.hand_over("explore", action, return_to=self.name)

    async def _edit(self, action: ReplyAction, turn: Turn) -> None:
        before = turn.load("specification", DeploymentSpecification)
        if before.pinned != Pinned():
            freed = ReplyAction(action=ActionKind.EDIT, changes=UNPINNED)
            before = await self.agents.traffic.edit(before, freed)
        after = await self.agents.traffic.edit(before, action)
        turn.say(wording.changed(before, after))
        if after is before:
            return
        turn.leave("review_specification", **(OUTDATED | begins_now(turn.state)))
        turn.keep("specification", after)

    async def _scale(self, action: ReplyAction, turn: Turn) -> None:
        choice = self._live(turn).deployment.choice
        replicas = action.replicas or choice.replicas + (action.replicas_by or 0)
        if replicas == choice.replicas:
            turn.say(f"It runs with {wording.replicas(replicas)} already.")
            return
        if replicas < 1:
            problem = FieldProblem("replicas", replicas, "1 or more")
            raise InvalidInputError("At least one replica has to run. Say `retire` to end the deployment.", (problem,))
        pins: dict[str, Any] = {
            "pinned.model": choice.model,
            "pinned.gpu_type": choice.gpu_type.value,
            "pinned.precision": choice.precision.value,
            "pinned.tensor_parallel": choice.tensor_parallel,
            "pinned.replicas": replicas,
        }
        before = turn.load("specification", DeploymentSpecification)
        after = await self.agents.traffic.edit(before, ReplyAction(action=ActionKind.EDIT, changes=pins))
        plan = await self.agents.planner.plan(after)
        shown = number_options(plan)
        if not shown:
            turn.say(wording.not_scaled(replicas, plan))
            return
        take = ReplyAction(action=ActionKind.CHOOSE, choice=shown[0].option.id)
        turn.say(f"Planning the same configuration with {wording.replicas(replicas)}.")
        turn.hand_over("map_traffic_profile", take, **(OUTDATED | begins_now(turn.state) | {"scaling": True}))
        turn.keep("specification", after)

    async def _follow(self, _: ReplyAction, turn: Turn) -> None:
        """Plan what was advised last or, where nothing was, what the deployment does speaks for now."""
        live = self._live(turn)
        advice = advice_now(turn.state, live.deployment)
        if advice is None:
            advice = (await self.agents.observer.observe(live.deployment, live.specification)).advice
        if advice is None or not advice.changes:
            turn.say(wording.nothing_advised(advice))
        elif advice.changes.get("pinned.replicas"):
            wanted = {"action": ActionKind.SCALE, "replicas": advice.changes["pinned.replicas"]}
            await self._scale(ReplyAction.model_validate(wanted), turn)
        else:
            await self._edit(ReplyAction(action=ActionKind.EDIT, changes=advice.changes), turn)

    async def _roll_back(self, _: ReplyAction, turn: Turn) -> None:
        found = revisions(turn.state)
        if len(found) < 2:
            turn.say("There is no earlier revision to return to. Say `retire` to end the deployment.")
            return
        live, back = found[-1].deployment, found[-2]
        proposal = await self.agents.deployer.propose(back.deployment.manifests, live, live.delivery)
        require_possible(proposal)
        change = {"change": ChangeKind.ROLL_BACK.value} | begins_now(turn.state)
        turn.leave("approve_deployment", **(restored(back) | change))
        turn.keep("proposal", proposal)

    async def _retire(self, _: ReplyAction, turn: Turn) -> None:
        live = self._live(turn)
        shared = await self.agents.deployer.shares_files(turn.thread_id, live.deployment.manifests)
        change = {"change": ChangeKind.RETIRE.value, "shared_files": shared} | begins_now(turn.state)
        turn.leave("approve_deployment", **(restored(live) | change))

    async def _nothing_to_go_back_to(self, _: ReplyAction, turn: Turn) -> None:
        turn.say("What is deployed stays until you say otherwise: say what to change, or `roll back`.")

    async def _nothing_under_way(self, _: ReplyAction, turn: Turn) -> None:
        turn.say("Nothing is under way. Say `retire` to end the deployment.")
