"""Waiting for a deployment: told of changes, bounded, and cheap for the cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from neuralnav.deployment.cluster import waiting
from neuralnav.deployment.cluster.runtime import ClusterRuntime
from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from neuralnav.models.running import RunningState
from tests.doubles.kubernetes_api import Account, Controllers, Fate, KubernetesApi, Rule
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet

STATE = 5
"""Requests that a look costs: the main object, the Deployment, its pods, the events; a dry run of what runs."""

WATCHES = {DeploymentTarget.KSERVE: 3, DeploymentTarget.KUBERNETES: 2, DeploymentTarget.LLM_D: 3}
"""Lists that are watched: pods, the Deployment and, on KServe, the object that it is made from."""


async def until_ready(
    runtime: ClusterRuntime, manifests: ManifestSet, at_first: Callable[[], None], seconds: float = 30
) -> list[RunningState]:
    """What is seen until the deployment is ready; ``at_first`` happens after the first look."""
    seen: list[RunningState] = []
    async with asyncio.timeout(60), aclosing(runtime.changes(manifests, seconds)) as states:
        async for state in states:
            seen.append(state)
            if len(seen) == 1:
                at_first()
            if state.is_ready and state.endpoint:
                break
    return seen


async def waiting_deployment(runtime: ClusterRuntime, controllers: Controllers, manifests: ManifestSet) -> Any:
    """Apply it, have its replicas start, and give what makes them ready."""
    controllers.fate = lambda pod: Fate.starting()
    await runtime.apply(manifests)
    controllers.settle()
    controllers.api.requests.clear()

    def become_ready() -> None:
        controllers.fate = lambda pod: Fate.ready()
        controllers.settle()

    return become_ready


@pytest.mark.parametrize("target", WATCHES)
async def test_a_deployment_is_followed_until_it_is_ready(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, target: DeploymentTarget
) -> None:
    manifests = make_set(target)
    become_ready = await waiting_deployment(runtime, controllers, manifests)
    seen = await until_ready(runtime, manifests, become_ready)
    assert (seen[0].ready, seen[-1].ready) == (0, 2)
    assert len(api.requests) <= 2 * WATCHES[target] + len(seen) * STATE
    assert len(seen) == 2
    assert api.writes() == []


async def test_what_is_ready_costs_one_look(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set(DeploymentTarget.KSERVE)
    await runtime.apply(manifests)
    controllers.settle()
    api.requests.clear()
    assert (await runtime.state(manifests)).is_ready
    assert len(api.requests) == STATE


async def test_nothing_is_asked_while_nothing_changes_and_the_wait_ends(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set()
    await waiting_deployment(runtime, controllers, manifests)
    seen = await until_ready(runtime, manifests, lambda: None, seconds=1)
    assert [state.ready for state in seen] == [0, 0]
    looks = 2 * STATE
    assert len(api.requests) <= looks + 2 * WATCHES[DeploymentTarget.KUBERNETES]


async def test_without_the_right_to_watch_the_cluster_is_asked_again(
    api: KubernetesApi,
    make_runtime: MakeRuntime,
    controllers: Controllers,
    make_set: MakeSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)
    api.accounts["still"] = Account("still", (Rule(("get", "list", "create", "patch", "delete"), ("*",), ("*",)),))
    runtime, manifests = make_runtime("still"), make_set()
    become_ready = await waiting_deployment(runtime, controllers, manifests)
    seen = await until_ready(runtime, manifests, become_ready)
    assert seen[-1].is_ready


async def test_a_watch_that_is_cut_off_or_too_old_is_begun_anew(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "LONGEST_WATCH_SECONDS", 1)
    manifests = make_set()
    become_ready = await waiting_deployment(runtime, controllers, manifests)

    def later() -> None:
        api.store.compact()
        asyncio.get_running_loop().call_later(1.2, become_ready)

    seen = await until_ready(runtime, manifests, later)
    assert seen[-1].is_ready
