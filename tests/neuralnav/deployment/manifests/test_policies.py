"""Disruption, the network, updates and the cache of weights: nothing that keeps a replica from starting or serving."""

from __future__ import annotations

import pytest

from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from tests.neuralnav.deployment.conftest import CLUSTERS, built, case
from tests.neuralnav.deployment.documents import container, document, documents, main_document, pod

KSERVE, KUBERNETES, LLM_D, _ = DeploymentTarget


def cache(made: ManifestSet) -> dict[str, object]:
    """The volume under the place where weights are kept."""
    name = next(mount["name"] for mount in container(made)["volumeMounts"] if mount["mountPath"] == "/models")
    (volume,) = [volume for volume in pod(made)["volumes"] if volume["name"] == name]
    return {kind: source for kind, source in volume.items() if kind != "name"}


@pytest.mark.parametrize("target", CLUSTERS)
def test_one_replica_at_a_time_may_be_drained_even_where_there_is_one(target: DeploymentTarget) -> None:
    for name in ("one-nvidia-gpu", "two-amd-gpus"):
        spec = document(built(name, target), "poddisruptionbudget.yaml")["spec"]
        assert spec["maxUnavailable"] == 1
        assert "minAvailable" not in spec


@pytest.mark.parametrize("target", CLUSTERS)
def test_the_network_is_open_to_those_who_need_the_server_and_to_nobody_else(target: DeploymentTarget) -> None:
    made = case("one-nvidia-gpu").build(
        target, ingress_namespaces=("gateways",), prometheus_url="http://thanos.watching.svc.cluster.local:9090"
    )
    spec = document(made, "networkpolicy.yaml")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    (ingress,) = spec["ingress"]
    same, others = ingress["from"]
    assert same == {"podSelector": {}}
    (names,) = others["namespaceSelector"]["matchExpressions"]
    assert {"gateways", "monitoring", "watching"} <= set(names["values"])
    assert ingress["ports"] == [{"protocol": "TCP", "port": container(made)["ports"][0]["containerPort"]}]
    dns, https = spec["egress"]
    assert {(entry["protocol"], entry["port"]) for entry in dns["ports"]} >= {("UDP", 53), ("TCP", 53), ("UDP", 5353)}
    assert https["ports"] == [{"protocol": "TCP", "port": 443}]
    assert https["to"][0]["ipBlock"]["except"] == ["169.254.0.0/16"]


def test_several_replicas_never_wait_for_one_volume() -> None:
    """A ReadWriteOnce claim that they share would leave all but those on one node pending."""
    made = built("one-nvidia-gpu", KUBERNETES)
    template = cache(made)["ephemeral"]["volumeClaimTemplate"]  # type: ignore[index]
    assert template["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert "persistentvolumeclaim.yaml" not in documents(made)
    assert main_document(made)["spec"]["strategy"]["type"] == "RollingUpdate"


def test_a_single_replica_keeps_its_cache_and_lets_go_of_it_before_its_successor_starts() -> None:
    made = built("two-amd-gpus", KUBERNETES)
    claim = document(made, "persistentvolumeclaim.yaml")
    assert cache(made) == {"persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert main_document(made)["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("target", CLUSTERS)
def test_replicas_share_a_cache_on_storage_that_several_nodes_can_write(target: DeploymentTarget) -> None:
    made = case("one-nvidia-gpu").build(target, shared_storage_class="nfs")
    claim = document(made, "persistentvolumeclaim.yaml")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["storageClassName"] == "nfs"
    assert cache(made) == {"persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}
    assert not {"home", "model-cache", "dshm"} & {v["name"] for v in pod(made)["volumes"] if "emptyDir" not in v}
    assert container(made)["resources"]["requests"]["ephemeral-storage"] == "10Gi"


@pytest.mark.parametrize("target", [KSERVE, LLM_D])
def test_kserves_replicas_keep_weights_on_their_nodes_and_ask_for_the_room(target: DeploymentTarget) -> None:
    made = built("one-nvidia-gpu", target)
    assert set(cache(made)) == {"emptyDir"}
    assert container(made)["resources"]["requests"]["ephemeral-storage"] == "27Gi"


def test_a_rollout_counts_as_stuck_only_after_the_longest_start() -> None:
    made = built("gated-model", KUBERNETES)
    probe = container(made)["startupProbe"]
    start = probe["periodSeconds"] * probe["failureThreshold"]
    assert main_document(made)["spec"]["progressDeadlineSeconds"] > start
