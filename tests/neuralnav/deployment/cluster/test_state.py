"""What is said of a deployment: its replicas, what they wait for, what is wrong and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neuralnav.deployment.cluster.answers import NotAllowedError
from neuralnav.models.deployment import DeploymentTarget
from neuralnav.models.running import MOST_LOG_LINES, ReplicaPhase
from tests.doubles.kubernetes_api import Account, Controllers, Fate, KubernetesApi, Rule
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet, Place

LOG = "\n".join(
    ["loading weights"] * 30 + ["token hf_abcdefghijklmnopqrst", "torch.OutOfMemoryError: CUDA out of memory"]
)


def later(minutes: float) -> Any:
    return lambda: datetime.now(UTC) + timedelta(minutes=minutes)


async def test_nothing_is_there_before_anything_is_applied(place: Place, make_set: MakeSet) -> None:
    state = await place.runtime.state(make_set(namespace=place.namespace))
    assert not state.exists
    assert state.endpoint is None
    assert state.stuck is None


async def test_a_ready_deployment_has_its_replicas_events_and_address(
    runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set()
    await runtime.apply(manifests)
    controllers.settle()
    state = await runtime.state(manifests)
    assert state.is_ready
    assert (state.wanted, state.ready, state.stuck) == (2, 2, None)
    assert state.endpoint is not None
    assert state.endpoint.url == "http://chatbot.neuralnav.svc.cluster.local"
    assert state.endpoint.model == "Qwen/Qwen2.5-7B-Instruct"
    assert {event.reason for event in state.events} == {"Started"}


async def test_events_of_a_neighbour_with_a_longer_name_are_not_ours(
    runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    ours, neighbour = make_set(), make_set(name="chatbot-large")
    await runtime.apply(ours)
    await runtime.apply(neighbour)
    controllers.settle()
    events = (await runtime.state(ours)).events
    assert len(events) == 2
    assert not any("large" in event.about for event in events)


async def test_kserve_publishes_the_address(runtime: Any, controllers: Controllers, make_set: MakeSet) -> None:
    manifests = make_set(DeploymentTarget.KSERVE)
    await runtime.apply(manifests)
    assert (await runtime.state(manifests)).endpoint is None
    controllers.settle()
    state = await runtime.state(manifests)
    assert state.is_ready
    assert state.endpoint is not None
    assert state.endpoint.url == "http://chatbot-neuralnav.example.com"


FATES = [
    (Fate.unschedulable(), "Unschedulable", "Insufficient nvidia.com/gpu. Not enough GPUs of the kind are free"),
    (
        Fate.unschedulable("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."),
        "Unschedulable",
        "A volume is not there",
    ),
    (Fate.no_image(), "ImagePullBackOff", "cannot be pulled"),
    (Fate.crashing(LOG), "CrashLoopBackOff", "exit code 1, 4 restarts"),
    (Fate.out_of_memory(), "OOMKilled", "more memory than its limit"),
    (Fate.no_secret("huggingface-token"), "CreateContainerConfigError", 'secret "huggingface-token" not found'),
    (Fate.starting("still loading"), "NotReadyInTime", "was not ready within"),
]


@pytest.mark.parametrize(("fate", "reason", "told"), FATES)
async def test_a_stuck_replica_is_explained_with_what_to_do(
    make_runtime: MakeRuntime, controllers: Controllers, make_set: MakeSet, fate: Fate, reason: str, told: str
) -> None:
    manifests = make_set()
    controllers.fate = lambda pod: fate
    runtime = make_runtime(now=later(60))
    await runtime.apply(manifests)
    controllers.settle()
    state = await runtime.state(manifests)
    assert not state.is_ready
    assert {replica.phase for replica in state.replicas} == {ReplicaPhase.FAILED}
    assert state.replicas[0].reason == reason
    assert state.stuck is not None
    assert told in state.stuck


async def test_the_last_lines_of_a_crashing_replica_are_kept_without_tokens(
    runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set(replicas=1)
    controllers.fate = lambda pod: Fate.crashing(LOG)
    await runtime.apply(manifests)
    controllers.settle()
    tail = (await runtime.state(manifests)).replicas[0].log_tail
    assert len(tail) == MOST_LOG_LINES
    assert tail[-1] == "torch.OutOfMemoryError: CUDA out of memory"
    assert tail[-2] == "token [hidden]"


async def test_what_may_still_pass_is_not_called_stuck(
    make_runtime: MakeRuntime, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set()
    await make_runtime().apply(manifests)
    for fate in (Fate.unschedulable(), Fate.starting(), Fate.starting(restarts=1)):
        controllers.fate = lambda pod, fate=fate: fate
        controllers.settle()
        state = await make_runtime().state(manifests)
        assert state.stuck is None
        assert {replica.phase for replica in state.replicas} == {ReplicaPhase.STARTING}
    controllers.fate = lambda pod: Fate.unschedulable()
    controllers.settle()
    growing = make_runtime(now=later(5), nodes_may_grow=True)
    assert (await growing.state(manifests)).stuck is None


async def test_a_quota_that_keeps_replicas_from_being_made_is_told(
    runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set()
    controllers.refused = 'pods "chatbot-1" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=1'
    await runtime.apply(manifests)
    controllers.settle()
    state = await runtime.state(manifests)
    assert state.stuck is not None
    assert "A quota keeps replicas from being made" in state.stuck


async def test_a_controller_that_does_nothing_is_told(
    make_runtime: MakeRuntime, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set(DeploymentTarget.KSERVE)
    controllers.kserve = False
    runtime = make_runtime(now=later(3))
    await runtime.apply(manifests)
    controllers.settle()
    state = await runtime.state(manifests)
    assert (state.wanted, state.replicas, state.current) == (2, (), False)
    assert state.stuck is not None
    assert "KServe has made no Deployment" in state.stuck


@pytest.mark.parametrize("target", [DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES])
async def test_an_older_revision_that_still_runs_is_not_the_one_asked_for(
    runtime: Any, controllers: Controllers, make_set: MakeSet, target: DeploymentTarget
) -> None:
    old, new = make_set(target), make_set(target, engine={"max_num_seqs": 64})
    await runtime.apply(old)
    controllers.settle()
    assert (await runtime.state(old)).is_ready
    assert not (await runtime.state(new)).current
    await runtime.apply(new, replaces=old)
    assert not (await runtime.state(new)).is_ready
    controllers.fate = lambda pod: Fate.starting()
    controllers.step()
    state = await runtime.state(new)
    assert not state.current
    controllers.fate = lambda pod: Fate.ready()
    controllers.settle()
    assert (await runtime.state(new)).is_ready
    assert not (await runtime.state(old)).current


async def test_a_deployment_that_somebody_scaled_is_not_as_asked(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set()
    await runtime.apply(manifests)
    live = api.get("Deployment", "chatbot")
    api.put("Deployment", "chatbot", {"spec": live["spec"] | {"replicas": 1}}, by="kubectl-scale")
    controllers.settle()
    state = await runtime.state(manifests)
    assert (state.wanted, state.ready, state.current) == (1, 1, False)


async def test_what_the_account_may_not_see_is_left_out(
    api: KubernetesApi, make_runtime: MakeRuntime, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set()
    rules = (
        Rule(("*",), ("*",), ("pods", "deployments", "services", "configmaps", "networkpolicies")),
        Rule(("*",), ("",), ("pods/proxy", "persistentvolumeclaims")),
        Rule(("get",), ("",), ("namespaces",)),
    )
    api.accounts["blind"] = Account("blind", rules)
    controllers.fate = lambda pod: Fate.crashing("secret reasons")
    runtime = make_runtime("blind")
    found = await runtime.preflight(manifests)
    assert found.possible
    notes = " ".join(found.notes)
    assert "may not get pods/log" in notes
    assert "may not list nodes, quotas" in notes
    await runtime.apply(manifests)
    controllers.settle()
    state = await runtime.state(manifests)
    assert state.replicas[0].reason == "CrashLoopBackOff"
    assert state.replicas[0].log_tail == ()
    assert state.events == ()
    api.accounts["blind"] = Account("blind", rules[1:])
    with pytest.raises(NotAllowedError):
        await runtime.state(manifests)
