"""``neuralnav status``, ``rollback`` and ``delete``: what is in place, and what becomes of it."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from graph import wording
from graph.application import Application, open_application
from graph.checkpoints import STOPS, CheckpointKind, CheckpointReply
from graph.payloads import FailurePayload
from graph.reports import TurnReport
from neuralnav.cli.approval import is_approved, require_somebody, show
from neuralnav.cli.output import print_json
from neuralnav.cli.placement import settings_to_deploy, settings_with
from neuralnav.cli.settling import NO, Terms, settle
from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError, QuestionPendingError
from neuralnav.knowledge import deployment_watches, deployments
from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import Approval, ChangeKind, Deployment, DeploymentState
from neuralnav.models.labels import hardware_label, listed_model_label
from neuralnav.settings import LOCAL_USER, Settings


def status(name: str | None, *, context: str | None, as_json: bool) -> int:
    """Every deployment that is in place or, by its name, how one is: 1 where it is not as approved."""
    return asyncio.run(_status(settings_with(context=context), name, as_json=as_json))


def roll_back(name: str, *, context: str | None, yes: bool, wait_s: float, as_json: bool) -> int:
    """Return a deployment to the revision before, once that is approved; 0 where that was done and checked."""
    require_somebody(yes=yes)
    return asyncio.run(_change(name, ChangeKind.ROLL_BACK, context, Terms(yes, wait_s, as_json)))


def retire(name: str, *, context: str | None, yes: bool, wait_s: float, as_json: bool) -> int:
    """End a deployment, once that is approved; 0 where that was done."""
    require_somebody(yes=yes)
    return asyncio.run(_change(name, ChangeKind.RETIRE, context, Terms(yes, wait_s, as_json)))


async def _status(settings: Settings, name: str | None, *, as_json: bool) -> int:
    async with open_application(settings) as application:
        found = await deployments.in_place(application.database.pool)
        if name is None:
            _list(found, as_json=as_json)
            return 0
        deployment = _named(found, name)
        watched = await deployment_watches.find(application.database.pool, deployment.id)
        observation = await application.deploying.observe(deployment, watched.specification if watched else None)
    if as_json:
        print_json({"name": deployment.name, "thread": deployment.thread_id} | observation.model_dump(mode="json"))
    else:
        Console(highlight=False).print(Markdown(wording.observed(deployment, observation, elsewhere=True)))
    return 0 if observation.validation.passed else 1


def _list(found: tuple[Deployment, ...], *, as_json: bool) -> None:
    if as_json:
        print_json([_row(deployment) for deployment in found])
        return
    table = Table("Deployment", "State", "Model", "Hardware", "Where", "Approved", "Conversation")
    for deployment in found:
        approval = deployment.approval
        table.add_row(
            deployment.name,
            deployment.state.value,
            listed_model_label(deployment.choice),
            hardware_label(deployment.choice),
            approval.where or deployment.directory or "",
            f"{approval.at[:16].replace('T', ' ')} by {approval.by}",
            deployment.thread_id,
        )
    Console(file=sys.stdout, highlight=False).print(table if found else "Nothing is deployed.")


def _row(deployment: Deployment) -> dict[str, object]:
    approval = deployment.approval
    return {
        "name": deployment.name,
        "id": str(deployment.id),
        "state": deployment.state.value,
        "target": deployment.manifests.target.value,
        "mode": deployment.manifests.mode.value,
        "where": approval.where or deployment.directory,
        "model": deployment.choice.model,
        "gpu_type": deployment.choice.gpu_type.value,
        "tensor_parallel": deployment.choice.tensor_parallel,
        "replicas": deployment.choice.replicas,
        "revision": approval.revision,
        "approved_by": approval.by,
        "approved_at": approval.at,
        "thread": deployment.thread_id,
    }


def _named(found: tuple[Deployment, ...], name: str) -> Deployment:
    """The deployment of that name; its namespace may stand before it."""
    matching = [one for one in found if name in (one.manifests.name, one.name)]
    if len(matching) == 1:
        return matching[0]
    there = ", ".join(one.name for one in found[:20]) or "none"
    how = "several deployments are" if matching else "no deployment is"
    raise NotFoundError(
        f"{how.capitalize()} called {name[:80]!r}; there is: {there}.", (FieldProblem("NAME", name[:80], there),)
    )


async def _change(name: str, change: ChangeKind, context: str | None, terms: Terms) -> int:
    settings = settings_with(context=context)
    async with Database.open(settings) as database:
        deployment = _named(await deployments.in_place(database.pool), name)
        _require_own(deployment)
        if deployment.runs:
            settings = settings_to_deploy(deployment.manifests.namespace, context=context)
        async with open_application(settings) as application:
            return await _changed(application, deployment, change, terms)


def _require_own(deployment: Deployment) -> None:
    """Refuse to change what a person who signed in to the chat has deployed.

    Raises:
        InvalidInputError: it is theirs.
    """
    owner = deployment.approval.by
    if owner != LOCAL_USER:
        raise InvalidInputError(
            f"{deployment.name} belongs to {owner}, whose conversation {deployment.thread_id} looks after it. Nothing "
            f"was changed: sign in to the chat as {owner}, and roll it back or end it in that conversation.",
            (FieldProblem("NAME", deployment.name, "a deployment that was approved here, without signing in"),),
        )


async def _changed(application: Application, deployment: Deployment, change: ChangeKind, terms: Terms) -> int:
    """The change, asked of the conversation that looks after the deployment.

    Raises:
        QuestionPendingError: that conversation waits for the answer to something else.
        UnavailableError: the place that it runs at does not answer.
    """
    await application.deploying.observe(deployment)
    thread = deployment.thread_id
    stands = await application.conversations.present(thread, LOCAL_USER)
    if not _looks_after(stands, deployment):
        return await _end(application, _let_go(deployment, change), terms)
    if _failed_harmlessly(stands):
        stands = await application.conversations.send(thread, CheckpointReply(action="cancel"), LOCAL_USER, stands.turn)
    if stands.checkpoint is None or stands.checkpoint.kind is not CheckpointKind.OPERATE:
        standing = STOPS[stands.checkpoint.kind].standing if stands.checkpoint else "It is at work."
        raise QuestionPendingError(
            f"Something else is under way for {deployment.name}: {standing} Answer that first, or say “cancel” there: "
            f"neuralnav chat --thread {thread}",
            (FieldProblem("NAME", deployment.name, "a deployment whose conversation asks for nothing else"),),
        )
    button = CheckpointReply(action=change.value)
    proposed = await application.conversations.send(thread, button, LOCAL_USER, stands.turn)
    return await settle(application, proposed, change, terms, deployment)


def _failed_harmlessly(stands: TurnReport) -> bool:
    """Whether a conversation waits at a failure after which nothing of an approved change can be half made."""
    if stands.checkpoint is None or stands.checkpoint.kind is not CheckpointKind.FAILED:
        return False
    return not FailurePayload.model_validate(stands.checkpoint.data).half_made


def _looks_after(stands: TurnReport, deployment: Deployment) -> bool:
    """Whether a conversation has this deployment in place; one that was started over, or has ended, let it go."""
    if stands.deployment is None or stands.checkpoint is None:
        return False
    theirs = Deployment.model_validate(stands.deployment)
    return theirs.name == deployment.name and theirs.state is not DeploymentState.RETIRED


def _let_go(deployment: Deployment, change: ChangeKind) -> Deployment:
    """A deployment that no conversation looks after, which can only end.

    Raises:
        InvalidInputError: it is to be rolled back.
    """
    if change is ChangeKind.RETIRE:
        return deployment
    raise InvalidInputError(
        f"{deployment.name} was let go when its conversation was started over: there is no revision to return to. "
        "'neuralnav delete' ends it.",
        (FieldProblem("NAME", deployment.name, "a deployment that its conversation looks after"),),
    )


async def _end(application: Application, deployment: Deployment, terms: Terms) -> int:
    """End a deployment that was let go, with an approval given here."""
    deploying, manifests, approved = application.deploying, deployment.manifests, deployment.approval
    shared = await deploying.shares_files(deployment.thread_id, manifests)
    if not (terms.yes and terms.as_json):
        show(wording.approve_the_end(manifests, deployment, shared=shared), ())
    if not terms.yes and not await is_approved():
        sys.stderr.write("Rejected, nothing was changed.\n")
        return NO
    approval = Approval(
        by=LOCAL_USER,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        manifests_sha256=manifests.sha256,
        price_table=approved.price_table,
        calibration=approved.calibration,
        change=ChangeKind.RETIRE,
        revision=approved.revision + 1,
        delivery=deployment.delivery,
        where=approved.where,
        leaves=shared,
    )
    ended = await deploying.execute(
        thread_id=deployment.thread_id,
        choice=deployment.choice,
        manifests=manifests,
        approval=approval,
        replaces=deployment,
    )
    if terms.as_json:
        print_json(_row(ended))
    else:
        Console(highlight=False).print(Markdown(wording.retired(ended)))
    return 0
