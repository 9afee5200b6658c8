"""Nothing is deleted or changed that is not this deployment's own."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.deployment.cluster.objects import ownership_labels
from neuralnav.deployment.manifests import ManifestOptions
from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from tests.doubles.kubernetes_api import Controllers, KubernetesApi
from tests.neuralnav.deployment.cluster.places import MakeSet

Metadata = dict[str, Any]


def owned(api: KubernetesApi) -> Metadata:
    """What says that an object was made by another one, which is there."""
    owner = api.put("ConfigMap", "theirs", {})["metadata"]
    return {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "theirs", "uid": owner["uid"]}]}


def strangers(api: KubernetesApi, manifests: ManifestSet) -> dict[str, Metadata]:
    """Objects that look like the deployment's own, each but for one thing: by name, the metadata."""
    ours = ownership_labels(manifests)
    managed, deployment = ("app.kubernetes.io/managed-by", "neuralnav.io/deployment")
    return {
        "by-another-tool": {"labels": ours | {managed: "helm"}},
        "without-a-manager": {"labels": {deployment: "chatbot"}},
        "of-another-deployment": {"labels": ours | {deployment: "chatbot-2"}},
        "without-a-deployment": {"labels": {managed: "neuralnav"}},
        "made-by-another-object": {"labels": ours} | owned(api),
        "of-another-installation": {"labels": ours | {"neuralnav.io/installation": "0" * 12}},
        "without-labels": {},
    }


@pytest.fixture
def beside(api: KubernetesApi, make_set: MakeSet) -> dict[tuple[str, str, str], dict[str, Any]]:
    """What stands beside the deployment, and has to stay as it is."""
    manifests = make_set()
    for name, metadata in strangers(api, manifests).items():
        for kind in ("ConfigMap", "Service"):
            spec = {"spec": {"ports": [{"port": 1, "protocol": "TCP"}]}} if kind == "Service" else {"data": {"a": "b"}}
            api.put(kind, name, {"metadata": metadata} | spec)
    api.put("ConfigMap", "chatbot", {"metadata": {"labels": ownership_labels(manifests)}}, "default")
    api.put("Secret", "huggingface-token", {"metadata": {"labels": ownership_labels(manifests)}})
    return {
        (key[0].kind, key[1], key[2]): document
        for key, document in api.store.objects.items()
        if key[0].kind in ("ConfigMap", "Service", "Secret", "Namespace", "Node")
    }


async def test_what_stands_beside_a_deployment_outlives_all_that_is_done_with_it(
    api: KubernetesApi,
    controllers: Controllers,
    runtime: Any,
    make_set: MakeSet,
    beside: dict[tuple[str, str, str], dict[str, Any]],
) -> None:
    api.after_change = controllers.settle
    large, small = make_set(options=ManifestOptions()), make_set(replicas=1)
    await runtime.apply(large)
    await runtime.apply(small, replaces=large)
    await runtime.remove(small)
    left = {(key[0].kind, key[1], key[2]): document for key, document in api.store.objects.items()}
    assert {key: left.get(key) for key in beside} == beside
    deleted = [path for method, path in api.requests if method == "DELETE"]
    assert deleted
    assert all(path.rpartition("/")[2].startswith("chatbot") for path in deleted)
    assert all("/namespaces/neuralnav/" in path for path in deleted)
    assert {key for key in left if key[2].startswith("chatbot") and key[0] != "Event"} == {
        ("ConfigMap", "default", "chatbot")
    }


@pytest.mark.parametrize("lost", ["labels", "owner"])
async def test_an_object_that_is_no_longer_ours_is_left_alone(
    api: KubernetesApi, controllers: Controllers, runtime: Any, make_set: MakeSet, lost: str
) -> None:
    manifests = make_set(DeploymentTarget.KUBERNETES)
    await runtime.apply(manifests)
    controllers.settle()
    metadata = api.get("Deployment", "chatbot")["metadata"]
    changed = {"labels": {}} if lost == "labels" else owned(api)
    api.put("Deployment", "chatbot", {"metadata": metadata | changed}, by="somebody")
    version = api.get("Deployment", "chatbot")["metadata"]["resourceVersion"]
    await runtime.remove(manifests)
    assert not any(method == "DELETE" and "/deployments/" in path for method, path in api.requests)
    assert "Deployment chatbot is there already" in " ".join((await runtime.preflight(manifests)).problems)
    assert api.get("Deployment", "chatbot")["metadata"]["resourceVersion"] == version
    assert not (await runtime.state(manifests)).exists


async def test_an_object_that_took_the_name_meanwhile_is_not_deleted(
    api: KubernetesApi, runtime: Any, make_set: MakeSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the deletion somebody replaces the object: the uid tells the two apart."""
    from neuralnav.deployment.cluster.connection import Connection
    from neuralnav.errors import InvalidInputError

    manifests = make_set()
    await runtime.apply(manifests)
    delete = Connection.delete

    async def replaced_before(self: Connection, path: str, uid: str, **how: Any) -> None:
        if "/services/" in path:
            api.store.delete(api.key("Service", "chatbot"))
            api.put("Service", "chatbot", {"spec": {"ports": [{"port": 1, "protocol": "TCP"}]}})
        await delete(self, path, uid, **how)

    monkeypatch.setattr(Connection, "delete", replaced_before)
    with pytest.raises(InvalidInputError, match="UID in the precondition"):
        await runtime.remove(manifests)
    assert api.get("Service", "chatbot")["spec"]["ports"][0]["port"] == 1
