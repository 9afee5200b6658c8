"""What a cluster has is counted, and a deployment that finds no room is refused with the figures."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.models.deployment import DeploymentTarget
from neuralnav.models.vocabulary import GpuType
from tests.doubles.kubernetes_api import Account, Controllers, KubernetesApi, Rule
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet, Place


def pod(node: str, gpus: int, phase: str = "Running") -> dict[str, Any]:
    container = {"name": "x", "image": "x", "resources": {"limits": {"nvidia.com/gpu": str(gpus)}}}
    return {"spec": {"nodeName": node, "containers": [container]}, "status": {"phase": phase}}


async def test_gpus_are_counted_by_product_without_those_in_use(
    api: KubernetesApi, make_runtime: MakeRuntime, make_gpu: Any
) -> None:
    api.node("amd", gpus=8, product="AMD_Instinct_MI300X_OAM", resource="amd.com/gpu")
    api.node("off", gpus=4)
    api.put("Node", "off", {"spec": {"unschedulable": True}})
    api.put("Pod", "busy", pod("node-0", 3), "default")
    api.put("Pod", "done", pod("node-0", 5, "Succeeded"))
    api.put("ResourceQuota", "gpus", {"spec": {"hard": {"requests.nvidia.com/gpu": "6"}}})
    default = {"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}
    api.put("StorageClass", "fast", default | {"provisioner": "csi.example.com"})
    found = await make_runtime().inventory("neuralnav", [make_gpu()])
    amd, nvidia = found.gpus
    assert (nvidia.product, nvidia.gpu_type, nvidia.nodes) == ("NVIDIA-L4", GpuType.L4, 4)
    assert (nvidia.capacity, nvidia.free, nvidia.largest_node) == (28, 21, 8)
    assert (amd.resource, amd.gpu_type, amd.free) == ("amd.com/gpu", None, 8)
    assert found.free_gpus == {GpuType.L4: 21}
    assert found.quotas[0].hard == "6"
    assert found.storage_classes[0].default
    assert found.version == "v1.37.0"
    assert found.unseen == ()
    assert found.targets == (DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES, DeploymentTarget.LLM_D)
    assert "scaledobjects.keda.sh" in found.installed


async def test_any_cluster_can_be_looked_at(place: Place, make_gpu: Any) -> None:
    found = await place.runtime.inventory(place.namespace, [make_gpu()])
    assert DeploymentTarget.KUBERNETES in found.targets
    assert found.version.startswith("v1.")


async def test_what_may_not_be_seen_is_named(api: KubernetesApi, make_runtime: MakeRuntime, make_gpu: Any) -> None:
    api.accounts["local"] = Account("local", (Rule(("*",), ("*",), ("*",), "neuralnav"),))
    found = await make_runtime("local").inventory("neuralnav", [make_gpu()])
    assert found.unseen == ("nodes", "pods of all namespaces", "storage classes")
    assert found.gpus == ()


async def test_a_deployment_without_room_is_refused_unless_nodes_may_come(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet, controllers: Controllers
) -> None:
    api.put("Pod", "busy", pod("node-0", 8), "default")
    api.put("Pod", "busier", pod("node-1", 8), "default")
    api.put("Pod", "busiest", pod("node-2", 7), "default")
    problems = (await make_runtime().preflight(make_set())).problems
    assert problems == (
        "2 replicas of 1 GPUs (nvidia.com/gpu.product=NVIDIA-L4) do not fit: 1 GPUs are free on 3 nodes, which is "
        "room for 1. Plan for fewer, free some, or add nodes.",
    )
    assert (await make_runtime(nodes_may_grow=True).preflight(make_set())).possible
    one = make_set(replicas=1)
    await make_runtime().apply(one)
    controllers.settle()
    assert (await make_runtime().preflight(make_set(replicas=1, engine={"max_num_seqs": 64}))).possible


async def test_a_gpu_that_no_node_has_and_a_quota_are_told(api: KubernetesApi, runtime: Any, make_set: MakeSet) -> None:
    api.put("ResourceQuota", "gpus", {"spec": {"hard": {"requests.nvidia.com/gpu": "1"}}})
    assert "The quota 'gpus' leaves 1 of 1" in (await runtime.preflight(make_set())).problems[0]
    for number in range(3):
        api.node(f"node-{number}", gpus=8, product="Tesla-T4")
    assert "it has: Tesla-T4 (24 free)" in (await runtime.preflight(make_set())).problems[0]


async def test_a_secret_that_is_missing_is_told_and_one_that_is_there_is_not_read(
    api: KubernetesApi, runtime: Any, make_set: MakeSet
) -> None:
    gated = make_set(model={"gated": True})
    assert 'secret "huggingface-token" not found' in (await runtime.preflight(gated)).problems[0]
    api.put("Secret", "huggingface-token", {"data": {"token": "c2VjcmV0"}})
    found = await runtime.preflight(gated)
    assert found.possible
    assert "c2VjcmV0" not in found.model_dump_json()


async def test_a_namespace_that_is_missing_is_told(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    from neuralnav.deployment.cluster.policy import Policy

    runtime = make_runtime(policy=Policy(namespaces=("nowhere",)))
    problems = (await runtime.preflight(make_set(namespace="nowhere"))).problems
    assert problems == ("The namespace 'nowhere' is not there. Make it once: kubectl create namespace nowhere",)


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", "0.5"), ("16Gi", str(16 * 2**30)), ("2", "2"), ("1e3", "1000"), ("1k", "1000"), (None, "0")],
)
def test_quantities_are_read_as_kubernetes_writes_them(text: str | None, value: str) -> None:
    from decimal import Decimal

    from neuralnav.deployment.cluster.quantities import amount

    assert amount(text) == Decimal(value)
