"""``neuralnav status``, ``rollback`` and ``delete``: what is in place, and what becomes of it."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from graph.application import open_application
from graph.checkpoints import CheckpointReply
from graph.wording import observed
from neuralnav.cli.deploy import settle
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, NotFoundError
from neuralnav.knowledge import deployment_watches, deployments
from neuralnav.models.deployment import Deployment
from neuralnav.models.labels import hardware_label, listed_model_label
from neuralnav.settings import LOCAL_USER, get_settings


def status(name: str | None, *, as_json: bool) -> int:
    """Every deployment that is in place or, by its name, how one is: 1 where it is not as approved."""
    return asyncio.run(_status(name, as_json=as_json))


def change(name: str, action: str, *, yes: bool, wait_s: float, as_json: bool) -> int:
    """Roll a deployment back or retire it, once that is approved."""
    return asyncio.run(_change(name, action, yes=yes, wait_s=wait_s, as_json=as_json))


async def _status(name: str | None, *, as_json: bool) -> int:
    async with open_application(get_settings()) as application:
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
        Console(highlight=False).print(Markdown(observed(deployment, observation)))
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


async def _change(name: str, action: str, *, yes: bool, wait_s: float, as_json: bool) -> int:
    async with open_application(get_settings()) as application:
        deployment = _named(await deployments.in_place(application.database.pool), name)
        conversations = application.conversations
        stands = await conversations.present(deployment.thread_id, LOCAL_USER)
        proposed = await conversations.send(
            deployment.thread_id, CheckpointReply(action=action), LOCAL_USER, stands.turn
        )
        return await settle(conversations, proposed, yes=yes, wait_s=wait_s, as_json=as_json)
