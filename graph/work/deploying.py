"""``finalize_configuration``, ``execute_deployment``, ``validate_deployment``: what is approved, done and checked."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import wording
from graph.live import live_revision, placed, restored, settled
from graph.state import ConversationState, dump, load
from graph.work.step import step, thread_id
from graph.work.undoing import begun_change
from graph.work.work_node import WorkNode
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Check,
    Deployment,
    DeploymentState,
    ManifestSet,
    Proposal,
    RestsOn,
    Validation,
)
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.running import ChangeVerb
from neuralnav.models.specification import DeploymentSpecification


class FinalizeConfiguration(WorkNode):
    """Builds and checks the manifests of the chosen option."""

    leads_to = ("approve_deployment", "operate")

    async def run(self, state: ConversationState, config: RunnableConfig) -> Command[Any]:
        """The manifests to approve; what is in place already needs no approval."""
        with step("finalize_configuration") as found:
            choice = load(state, "choice", Recommendation)
            specification = load(state, "specification", DeploymentSpecification)
            live = live_revision(state)
            manifests = await self.agents.deployer.manifests(
                choice,
                specification,
                whose=whose(state, config),
                name=live.deployment.manifests.name if live else None,
                besides=thread_id(config) if live else None,
                rests_on=RestsOn.of(load(state, "plan", Plan)),
            )
            found.append(wording.built(manifests))
            proposal = await self.agents.deployer.propose(manifests, live.deployment if live else None)
            require_possible(proposal)
            found.append(wording.looked_at(proposal))
        if live is not None and live.deployment.manifests.sha256 == manifests.sha256 and _changes_nothing(proposal):
            told = {"messages": [AIMessage(wording.same_as_in_place(live.deployment))]}
            return Command(goto="operate", update=restored(live) | {"pending": state.get("pending")} | told)
        return Command(goto="approve_deployment", update={"manifests": dump(manifests), "proposal": dump(proposal)})


class ExecuteDeployment(WorkNode):
    """Makes the approved change, unless what the approval rests on has changed since."""

    leads_to = ("validate_deployment", "report_success", "present_options", "undo_deployment")

    async def run(self, state: ConversationState, config: RunnableConfig) -> Command[Any]:
        """The deployment, made once for one approval."""
        with step("execute_deployment") as found:
            approval = load(state, "approval", Approval)
            choice = load(state, "choice", Recommendation)
            manifests = load(state, "manifests", ManifestSet)
            thread = thread_id(config)
            live = live_revision(state)
            replaces = live.deployment if live else None
            begun = await self.agents.deployer.find_change(thread_id=thread, manifests=manifests, approval=approval)
            if approval.change is ChangeKind.DEPLOY and begun is None:
                specification = load(state, "specification", DeploymentSpecification)
                today = await self.agents.planner.plan(specification)
                manifests = await self.agents.deployer.manifests(
                    choice,
                    specification,
                    whose=whose(state, config),
                    name=manifests.name,
                    besides=thread,
                    rests_on=RestsOn.of(today),
                )
                if not approval.covers(manifests, today):
                    found.append("What the approval rests on has changed.")
                    return self._ask_again(wording.overtaken(approval, manifests, today), today)
                proposal = await self.agents.deployer.propose(manifests, replaces)
                require_possible(proposal)
                if _is_elsewhere(approval, proposal):
                    found.append("It would be done elsewhere now.")
                    return self._ask_again(wording.elsewhere(approval, proposal), today)
            try:
                deployment = await self.agents.deployer.execute(
                    thread_id=thread, choice=choice, manifests=manifests, approval=approval, replaces=replaces
                )
            except InvalidInputError as error:
                begun = await self.agents.deployer.find_change(thread_id=thread, manifests=manifests, approval=approval)
                if begun is None or begun.state is not DeploymentState.APPLYING:
                    raise
                return Command(goto="undo_deployment", update=begun_change(state, begun, error.as_problem()))
            if deployment.runs:
                specification = load(state, "specification", DeploymentSpecification)
                await self.agents.observer.watch(deployment, specification, settled=False)
            found.append(wording.done(deployment))
        update = {
            "deployment": dump(deployment),
            "last_revision": approval.revision,
            "revisions": placed(state, deployment),
            "before_change": state.get("revisions") or [],
            "validation": None,
            "watch": None,
        }
        goto = "report_success" if approval.change is ChangeKind.RETIRE else "validate_deployment"
        return Command(goto=goto, update=update)

    @staticmethod
    def _ask_again(why: str, today: Plan) -> Command[Any]:
        return Command(
            goto="present_options",
            update={
                "plan": dump(today),
                "choice": None,
                "manifests": None,
                "proposal": None,
                "approval": None,
                "messages": [AIMessage(why)],
            },
        )


class ValidateDeployment(WorkNode):
    """Checks that what is in place is, and does, what was approved; where not, it is undone."""

    leads_to = ("set_up_monitoring", "undo_deployment")

    async def run(self, state: ConversationState) -> Command[Any]:
        """The checks of the deployment that was just made, or that has become ready since."""
        with step("validate_deployment") as found:
            deployment = load(state, "deployment", Deployment)
            specification = load(state, "specification", DeploymentSpecification)
            undone_before = await self.agents.deployer.find_undone(deployment)
            validation = INTERRUPTED
            if undone_before is None:
                validation = await self.agents.deployer.validate(deployment, specification)
            found.append(wording.checked(validation))
            if not validation.failures:
                update: dict[str, Any] = {"validation": dump(validation), "undoing": None}
                if validation.passed:
                    update["revisions"] = settled(state)
                return Command(goto="set_up_monitoring", update=update)
        undoing = {"problem": wording.not_valid(validation), "node": "validate_deployment"}
        return Command(goto="undo_deployment", update={"validation": dump(validation), "undoing": undoing})


INTERRUPTED = Validation(
    checks=(Check(name="checks", passed=False, detail="It had not passed its checks when it was interrupted."),)
)


def require_possible(proposal: Proposal) -> None:
    """Refuse what cannot be done where it would be done.

    Raises:
        InvalidInputError: something speaks against it; the error says what, and what to do.
    """
    found = proposal.preflight
    if not found.possible:
        problems = tuple(FieldProblem("deployment", found.where, problem) for problem in found.problems)
        raise InvalidInputError(f"It cannot be deployed to {found.where}: {' '.join(found.problems)}", problems)


def _changes_nothing(proposal: Proposal) -> bool:
    """Whether everything is there just so."""
    return all(change.verb is ChangeVerb.UNCHANGED for change in proposal.preflight.changes)


def _is_elsewhere(approval: Approval, proposal: Proposal) -> bool:
    """Whether it would be done in another place or way, or take more from other tools, than was approved."""
    if approval.where is None:
        return approval.delivery is not proposal.delivery
    now = proposal.preflight
    same = (approval.delivery, approval.where) == (proposal.delivery, now.where)
    return not same or not set(now.conflicts) <= set(approval.takes_over)


def whose(state: ConversationState, config: RunnableConfig) -> str:
    """What tells this deployment's name from those of others: the conversation and how many changes it made."""
    return f"{thread_id(config)}:{state.get('last_revision', 0)}"
