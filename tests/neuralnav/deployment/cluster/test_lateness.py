"""A deployment that is neither ready nor visibly stuck is given up when its start has had all the time it may take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neuralnav.models.deployment import DeploymentTarget
from neuralnav.models.running import RunningState
from tests.doubles.kubernetes_api import Controllers, Fate, KubernetesApi
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet

TARGETS = (DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES, DeploymentTarget.LLM_D)
EARLY, LATE = 15, 20
"""Minutes. The weights of the test's model take 783 s at most, by its startup probe 790, and the image 300: 18 min."""

Look = Callable[[float], Any]
At = Callable[..., Look]


@pytest.fixture
def at(make_runtime: MakeRuntime, make_set: MakeSet) -> At:
    """The state of a deployment so many minutes from now."""

    def looks(target: DeploymentTarget, **fields: Any) -> Look:
        async def look(minutes: float) -> RunningState:
            return await make_runtime(now=lambda: datetime.now(UTC) + timedelta(minutes=minutes), **fields).state(
                make_set(target)
            )

        return look

    return looks


async def stuck_at(look: Look, *told: str) -> None:
    """Nothing is said early, and late what was last seen and what to do."""
    assert (await look(EARLY)).stuck is None
    stuck = (await look(LATE)).stuck
    assert stuck is not None
    for part in (*told, "18 minutes"):
        assert part in stuck


@pytest.mark.parametrize("target", TARGETS)
async def test_a_replica_that_starts_for_ever(
    runtime: Any, controllers: Controllers, make_set: MakeSet, at: At, target: DeploymentTarget
) -> None:
    controllers.fate = lambda pod: Fate.starting("loading weights")
    await runtime.apply(make_set(target))
    controllers.settle()
    await stuck_at(at(target), "NotReadyInTime", "Its log says what it does")


@pytest.mark.parametrize("target", TARGETS)
async def test_replicas_that_nobody_makes(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, at: At, target: DeploymentTarget
) -> None:
    controllers.fate = lambda pod: Fate.starting()
    await runtime.apply(make_set(target))
    controllers.settle()
    for name in api.names("Pod"):
        api.store.delete(api.key("Pod", name))
    await stuck_at(at(target), "not ready in time", "0 of 2 replicas ready, and no others made", "Check that")


async def test_a_node_that_never_comes(runtime: Any, controllers: Controllers, make_set: MakeSet, at: At) -> None:
    controllers.fate = lambda pod: Fate.unschedulable()
    await runtime.apply(make_set())
    controllers.settle()
    look = at(DeploymentTarget.KUBERNETES, nodes_may_grow=True)
    await stuck_at(look, "not ready in time", "Unschedulable, 0/3 nodes are available")


@pytest.mark.parametrize("target", [DeploymentTarget.KSERVE, DeploymentTarget.LLM_D])
async def test_an_address_that_is_never_published(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, at: At, target: DeploymentTarget
) -> None:
    await runtime.apply(make_set(target))
    controllers.settle()
    kind = "InferenceService" if target is DeploymentTarget.KSERVE else "LLMInferenceService"
    status = {name: part for name, part in api.get(kind, "chatbot")["status"].items() if name not in ("url", "address")}
    api.put(kind, "chatbot", {"status": status})
    await stuck_at(at(target), "2 of 2 replicas ready, but KServe has published no address")


async def test_what_somebody_else_has_changed(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, at: At
) -> None:
    await runtime.apply(make_set())
    live = api.get("Deployment", "chatbot")
    api.put("Deployment", "chatbot", {"spec": live["spec"] | {"replicas": 1}}, by="kubectl-scale")
    controllers.settle()
    await stuck_at(at(DeploymentTarget.KUBERNETES), "somebody else has changed it. Deploy it again")


@pytest.mark.parametrize("target", TARGETS)
async def test_a_deadline_counts_where_it_leaves_time_for_a_whole_start(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, at: At, target: DeploymentTarget
) -> None:
    """KServe's Deployments say after 10 minutes that they make no progress, whatever their startup probes allow."""
    controllers.fate = lambda pod: Fate.starting()
    await runtime.apply(make_set(target))
    controllers.settle()
    (name,) = api.names("Deployment")
    text = f'ReplicaSet "{name}-abc" has timed out progressing.'
    deadline = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": text}
    times = {"lastUpdateTime": "2100-01-01T00:00:00Z", "lastTransitionTime": "2100-01-01T00:00:00Z"}
    api.put("Deployment", name, {"status": api.get("Deployment", name)["status"] | {"conditions": [deadline | times]}})
    if target is DeploymentTarget.KUBERNETES:
        assert "timed out progressing" in (await at(target)(1)).stuck
    else:
        await stuck_at(at(target), "NotReadyInTime")


async def test_a_replica_that_is_lost_after_days_has_all_the_time_again(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, at: At
) -> None:
    await runtime.apply(make_set())
    controllers.settle()
    days = 3 * 24 * 60
    pod = api.get("Pod", api.names("Pod")[0])
    lost = (datetime.now(UTC) + timedelta(minutes=days)).isoformat()
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": lost}
    api.put("Pod", pod["metadata"]["name"], {"status": pod["status"] | {"conditions": [ready]}})
    look = at(DeploymentTarget.KUBERNETES)
    assert (await look(days + EARLY)).stuck is None
    assert "NotReadyInTime" in (await look(days + LATE)).stuck


async def test_a_start_whose_conditions_flicker_is_late_all_the_same(
    api: KubernetesApi, make_runtime: MakeRuntime, controllers: Controllers, make_set: MakeSet
) -> None:
    controllers.fate = lambda pod: Fate.starting()
    minutes = 0.0
    runtime = make_runtime(now=lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    await runtime.apply(make_set())
    controllers.settle()
    pod = api.get("Pod", api.names("Pod")[0])
    stuck = []
    for minutes in (1, 8, EARLY, LATE):
        flickered = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
        ready = {"type": "Ready", "status": "False", "lastTransitionTime": flickered}
        api.put("Pod", pod["metadata"]["name"], {"status": pod["status"] | {"conditions": [ready]}})
        stuck.append((await runtime.state(make_set())).stuck)
    assert stuck[:3] == [None, None, None]
    assert "NotReadyInTime" in str(stuck[3])
