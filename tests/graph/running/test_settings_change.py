"""Settings that change while something runs: what runs is replaced in its place, or the change is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.knowledge import deployments
from neuralnav.models.deployment import Check, Delivery, Deployment, DeploymentTarget, ManifestSet, Validation
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.running import RunDeliverer
from neuralnav.settings import Settings
from tests.doubles.kubernetes_api import Controllers, Fate, KubernetesApi
from tests.graph.conversing import hold
from tests.graph.running.conftest import told_in_the_log
from tests.graph.running.test_on_a_cluster import CHOSEN, MODEL, api, on_the_cluster, served_by, start
from tests.graph.running.test_on_this_machine import APPROVE, TO_APPROVAL
from tests.simulator.api.conftest import Simulator

__all__ = ["api", "on_the_cluster", "start"]

pytestmark = pytest.mark.database

Start = Callable[..., AbstractContextManager[Simulator]]
ANOTHER = (
    CheckpointReply(text="1100 users"),
    CheckpointReply(action="confirm"),
    CheckpointReply(action="choose", value=1),
)


async def in_place(application: Application) -> Deployment:
    (found,) = await deployments.in_place(application.database.pool)
    return found


async def test_another_target_on_the_same_cluster_takes_the_place_of_what_runs_and_gives_it_back_where_it_fails(
    on_the_cluster: Settings, api: KubernetesApi, start: Start
) -> None:
    thread = str(uuid4())
    moved = on_the_cluster.model_copy(update={"target": DeploymentTarget.KUBERNETES})
    with start(*CHOSEN, model=MODEL) as simulator, start(*CHOSEN, "--fault-slow-tokens=8", model=MODEL) as slow:
        served_by(api, simulator)
        async with open_application(on_the_cluster) as application:
            deployed = await hold(application, thread, *TO_APPROVAL, APPROVE)
            assert deployed.state == "operate", deployed.messages
        async with open_application(moved) as application:
            await hold(application, thread, *ANOTHER)
            served_by(api, slow)
            failed = await hold(application, thread, APPROVE)
            assert failed.state == "failed", failed.messages
            assert failed.checkpoint is not None
            assert "The revision before is in place again." in failed.checkpoint.prompt
            assert (len(api.names("InferenceService")), len(api.names("Deployment"))) == (1, 1)
            assert (await in_place(application)).manifests.target is DeploymentTarget.KSERVE
            served_by(api, simulator)
            done = await hold(application, thread, CheckpointReply(action="cancel"), *ANOTHER, APPROVE)
            assert done.state == "operate", done.messages
            assert api.names("InferenceService") == []
            assert len(api.names("Deployment")) == 1
            assert (await in_place(application)).manifests.target is DeploymentTarget.KUBERNETES


@pytest.mark.parametrize("change", ["another cluster", "files", "this machine"])
async def test_what_runs_elsewhere_is_neither_ended_nor_left_by_approving_something_else(
    on_the_cluster: Settings, api: KubernetesApi, start: Start, tmp_path: Path, change: str
) -> None:
    thread = str(uuid4())
    with start(*CHOSEN, model=MODEL) as simulator, KubernetesApi() as other:
        served_by(api, simulator)
        async with open_application(on_the_cluster) as application:
            await hold(application, thread, *TO_APPROVAL, APPROVE)
        before, writes = api.names("InferenceService"), len(api.writes())
        (tmp_path / "other").mkdir()
        changed = {
            "another cluster": {"kubeconfig": str(other.kubeconfig(tmp_path / "other"))},
            "files": {"delivery": Delivery.FILES},
            "this machine": {"target": DeploymentTarget.LOCAL},
        }[change]
        async with open_application(on_the_cluster.model_copy(update=changed)) as application:
            refused = await hold(application, thread, *ANOTHER)
            assert refused.state == "failed", refused.messages
            assert refused.checkpoint is not None
            assert "what runs would neither be replaced nor ended" in refused.checkpoint.prompt
            assert (api.names("InferenceService"), len(api.writes()), other.writes()) == (before, writes, [])
            assert (await in_place(application)).manifests.target is DeploymentTarget.KSERVE


async def test_an_end_that_was_kept_is_not_undone_where_it_cannot_be_done_again(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = str(uuid4())
    await hold(application, thread, *TO_APPROVAL, APPROVE)
    name = (await in_place(application)).name
    execute, take_away, calls = DeploymentService.execute, RunDeliverer.take_away, []

    async def cut_off_once(self: DeploymentService, **given: object) -> Deployment:
        made = await execute(self, **given)  # type: ignore[arg-type]
        calls.append("execute")
        if len(calls) == 1:
            raise UnavailableError("The answer was cut off.")
        return made

    async def only_once(self: RunDeliverer, manifests: ManifestSet) -> str | None:
        if calls:
            raise InvalidInputError("The account has lost its rights.")
        return await take_away(self, manifests)

    monkeypatch.setattr(DeploymentService, "execute", cut_off_once)
    monkeypatch.setattr(RunDeliverer, "take_away", only_once)
    ended = await hold(application, thread, CheckpointReply(action="retire"), APPROVE)
    assert ended.checkpoint is None, ended.checkpoint
    assert (await told_in_the_log(application, name))[-2:] == ["end approved", "removed"]
    assert await deployments.in_place(application.database.pool) == ()


async def test_a_change_that_is_half_made_is_not_left_behind_by_going_back_or_forgetting(
    on_the_cluster: Settings, api: KubernetesApi
) -> None:
    thread = str(uuid4())
    api.after_change = Controllers(api, fate=lambda _pod: Fate.starting()).settle
    async with open_application(on_the_cluster) as application:
        proposed = await hold(application, thread, *TO_APPROVAL)
        with pytest.MonkeyPatch.context() as patch:
            put = RunDeliverer.put

            async def half_way(self: RunDeliverer, *given: object, **named: object) -> str | None:
                await put(self, *given, **named)  # type: ignore[arg-type]
                raise UnavailableError("The cluster went away.", lasting=True)

            patch.setattr(RunDeliverer, "put", half_way)
            failed = await hold(application, thread, APPROVE)
        assert failed.state == "failed"
        assert len(api.names("InferenceService")) == 1
        for leave in (
            application.conversations.go_back(thread, "local", proposed.turn - 1),
            application.conversations.forget(thread, "local"),
        ):
            with pytest.raises(InvalidInputError, match="failed half-way"):
                await leave
        left = await hold(application, thread, CheckpointReply(action="cancel"))
        assert left.checkpoint is None, left.checkpoint
        assert api.names("InferenceService") == []
        assert await deployments.in_place(application.database.pool) == ()


async def test_what_could_not_be_undone_can_be_left_while_its_place_is_silent(application: Application) -> None:
    thread, checks = str(uuid4()), iter([Check(name="replicas", passed=False, detail="It is not as approved.")])

    async def fails_then_is_silent(*_: object) -> Validation:
        if (check := next(checks, None)) is None:
            raise UnavailableError("The place does not answer.", lasting=True)
        return Validation(checks=(check,))

    async def refuses(*_: object) -> Deployment:
        raise InvalidInputError("Somebody else has changed it.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunDeliverer, "validate", fails_then_is_silent)
        patch.setattr(DeploymentService, "undo", refuses)
        failed = await hold(application, thread, *TO_APPROVAL, APPROVE)
        assert failed.checkpoint is not None
        assert "could not be undone" in failed.checkpoint.prompt
        silent = await hold(application, thread, CheckpointReply(action="retry"))
        assert silent.checkpoint is not None
        assert "does not answer" in silent.checkpoint.prompt
        left = await hold(application, thread, CheckpointReply(action="cancel"))
    assert left.state == "operate", left.messages
    await hold(application, thread, CheckpointReply(action="retire"), APPROVE)
    assert await deployments.in_place(application.database.pool) == ()
