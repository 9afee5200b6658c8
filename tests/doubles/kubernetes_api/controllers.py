"""The cluster's own machinery, driven by the test: it acts when it is told to, and never by itself.

Copies what Deployments, KServe in Standard mode and the garbage collector do where NeuralNav looks:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/,
https://kubernetes.io/docs/concepts/architecture/garbage-collection/,
https://kserve.github.io/website/docs/reference/crd-api (``status``).
ReplicaSets are left out: a Deployment owns its pods.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.kubernetes_api.api import KubernetesApi
from tests.doubles.kubernetes_api.fates import Fate
from tests.doubles.kubernetes_api.kubelet import pod_annotations, pod_event, pod_status
from tests.doubles.kubernetes_api.store import FOREGROUND, Document, Key

HASH = "pod-template-hash"
_SAFE = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
"""Names of ReplicaSets and pods have no vowels, so that they form no words."""

MOST_STEPS = 20
KSERVE_FINALIZER = "inferenceservice.finalizers"
WORKLOADS = (("InferenceService", "-predictor"), ("LLMInferenceService", "-kserve"))
"""What KServe's Deployments are called."""

_OF_KSERVE = frozenset(
    [
        "minReplicas",
        "maxReplicas",
        "timeout",
        "model",
        "scaleTarget",
        "scaleMetric",
        "labels",
        "annotations",
        "deploymentStrategy",
        "autoScaling",
    ]
)
"""Fields of a predictor that are not the pod's."""


@dataclass
class Controllers:
    """What becomes of pods is decided by ``fate``, from the pod's labels and its container's arguments."""

    api: KubernetesApi
    fate: Callable[[Document], Fate] = field(default=lambda pod: Fate.ready())
    refused: str = ""
    """Why no pod may be made: the text of an exceeded quota."""
    kserve: bool = True
    """Whether KServe's controller runs."""
    _made: int = 0

    def settle(self) -> None:
        """Go on until nothing changes any more."""
        for _ in range(MOST_STEPS):
            before = self.api.store.version
            self.step()
            if self.api.store.version == before:
                return
        raise AssertionError("the controllers do not come to rest")

    def step(self) -> None:
        """Each controller once."""
        with self.api.store.lock:
            self.collect_garbage()
            for kind, suffix in WORKLOADS if self.kserve and "serving.kserve.io" not in self.api.missing else ():
                for service in self._all(kind):
                    self._reconcile_service(kind, service, suffix)
            for deployment in self._all("Deployment"):
                self._reconcile_deployment(deployment)
            for pod in self._all("Pod"):
                self._run_pod(pod)
            for deployment in self._all("Deployment"):
                self._report_deployment(deployment)

    def collect_garbage(self) -> None:
        """Delete what lost its owner, and finish deletions in the foreground."""
        store = self.api.store
        uids = {document["metadata"]["uid"]: document for document in store.objects.values()}
        for key, document in list(store.objects.items()):
            owners = document["metadata"].get("ownerReferences", ())
            if (
                owners
                and all(o["uid"] not in uids or _is_foreground(uids[o["uid"]]) for o in owners)
                and not document["metadata"].get("deletionTimestamp")
            ):
                store.delete(key)
        for key, document in list(store.objects.items()):
            uid = document["metadata"]["uid"]
            if _is_foreground(document) and not any(_is_owned(other, uid) for other in store.objects.values()):
                store.without_finalizer(key, FOREGROUND)

    def _all(self, kind: str) -> list[Document]:
        return self.api.store.all_of(self.api.resource(kind))

    def _write(self, kind: str, name: str, namespace: str, document: Document) -> None:
        key = self.api.key(kind, name, namespace)
        if key in self.api.store.objects:
            document = self.api.store.get(key) | document
            document["metadata"] = self.api.store.get(key)["metadata"]
            self.api.store.replace(key, document, manager="controller")
        else:
            self.api.store.create(key, document, manager="controller")

    def _status(self, kind: str, document: Document, status: Document) -> None:
        metadata = document["metadata"]
        key: Key = (self._version_of(document), metadata["namespace"], metadata["name"])
        if key in self.api.store.objects:
            fresh = self.api.store.get(key) | {"status": status}
            self.api.store.replace(key, fresh, manager="controller", subresource="status")

    def _version_of(self, document: Document) -> Any:
        return next(
            resource
            for resource in self.api.resources
            if (resource.kind, resource.api_version) == (document["kind"], document["apiVersion"])
        )

    def _reconcile_service(self, kind: str, service: Document, suffix: str) -> None:
        metadata = service["metadata"]
        if metadata.get("deletionTimestamp"):
            if KSERVE_FINALIZER in metadata.get("finalizers", ()):
                self.api.store.without_finalizer(
                    (self._version_of(service), metadata["namespace"], metadata["name"]), KSERVE_FINALIZER
                )
            return
        name, namespace = metadata["name"], metadata["namespace"]
        predictor = service["spec"].get("predictor") or service["spec"].get("template") or {}
        replicas = predictor.get("minReplicas", service["spec"].get("replicas", 1))
        labels = _pod_labels(kind, name)
        pod = {name: part for name, part in predictor.items() if name not in _OF_KSERVE}
        pod.setdefault("containers", [{"name": "main", "image": "docker.io/vllm/vllm-openai:v0"}])
        template = {"labels": metadata.get("labels", {}) | labels, "annotations": metadata.get("annotations", {})}
        document = {
            "metadata": {"labels": template["labels"], "ownerReferences": [_owner(service)]},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": template, "spec": pod},
            },
        }
        self._write("Deployment", f"{name}{suffix}", namespace, document)
        deployment = self.api.get("Deployment", f"{name}{suffix}", namespace)
        ready = deployment.get("status", {}).get("readyReplicas", 0) >= max(replicas, 1)
        conditions = [
            {"type": name, "status": "True" if ready else "False", "lastTransitionTime": metadata["creationTimestamp"]}
            for name in ("PredictorReady", "IngressReady", "Ready")
        ]
        status: Document = {"conditions": conditions, "observedGeneration": metadata["generation"]}
        if ready:
            status["url"] = f"http://{name}-{namespace}.example.com"
            status["address"] = {"url": f"http://{name}{suffix}.{namespace}.svc.cluster.local"}
        self._status(kind, service, status)

    def _reconcile_deployment(self, deployment: Document) -> None:
        metadata, spec = deployment["metadata"], deployment["spec"]
        if metadata.get("deletionTimestamp"):
            return
        wanted, pods = spec["replicas"], self._pods_of(deployment)
        digest = _digest(spec["template"])
        new = [pod for pod in pods if pod["metadata"]["labels"][HASH] == digest]
        old = [pod for pod in pods if pod["metadata"]["labels"][HASH] != digest]
        if not self.refused:
            for _ in range(wanted - len(new)):
                self._make_pod(deployment, digest)
        for pod in new[wanted:] + (old if sum(map(_is_ready, new)) >= wanted else []):
            self.api.store.delete(self.api.key("Pod", pod["metadata"]["name"], metadata["namespace"]))

    def _make_pod(self, deployment: Document, digest: str) -> None:
        self._made += 1
        metadata, template = deployment["metadata"], deployment["spec"]["template"]
        labels = template["metadata"].get("labels", {}) | {HASH: digest}
        name = f"{metadata['name']}-{digest}-{f'{self._made:05x}'.translate(_SAFE)}"
        document = {
            "metadata": {"name": name, "labels": labels, "ownerReferences": [_owner(deployment)]},
            "spec": template["spec"],
        }
        document["metadata"]["annotations"] = template["metadata"].get("annotations", {}) | pod_annotations(
            self.fate(document)
        )
        self.api.store.create(self.api.key("Pod", name, metadata["namespace"]), document, manager="controller")

    def _run_pod(self, pod: Document) -> None:
        owner = next(iter(pod["metadata"].get("ownerReferences", ())), None)
        if owner is None or owner["kind"] != "Deployment":
            return
        fate = self.fate(pod)
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        annotations = pod["metadata"].get("annotations", {}) | pod_annotations(fate)
        if annotations != pod["metadata"].get("annotations", {}):
            pod["metadata"]["annotations"] = annotations
            self.api.store.replace(self.api.key("Pod", name, namespace), pod, manager="controller")
        status = pod_status(pod, fate)
        if status != pod.get("status"):
            self._status("Pod", pod, status)
            event = pod_event(pod, fate)
            if event is not None:
                key = f"{name}.{hashlib.sha256(event['message'].encode()).hexdigest()[:16]}"
                self.api.put("Event", key, event, namespace)

    def _report_deployment(self, deployment: Document) -> None:
        digest, pods = _digest(deployment["spec"]["template"]), self._pods_of(deployment)
        new = [pod for pod in pods if pod["metadata"]["labels"][HASH] == digest]
        ready = sum(map(_is_ready, pods))
        status: Document = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": len(pods),
            "updatedReplicas": len(new),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": [],
        }
        if self.refused:
            at = deployment["metadata"]["creationTimestamp"]
            failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": self.refused}
            status["conditions"] = [failure | {"lastTransitionTime": at, "lastUpdateTime": at}]
        if status != deployment.get("status"):
            self._status("Deployment", deployment, status)

    def _pods_of(self, deployment: Document) -> list[Document]:
        uid = deployment["metadata"]["uid"]
        return [pod for pod in self._all("Pod") if _is_owned(pod, uid)]


def _pod_labels(kind: str, name: str) -> Document:
    """As KServe's controllers label pods, and select them."""
    if kind == "InferenceService":
        return {"app": f"isvc.{name}-predictor", "serving.kserve.io/inferenceservice": name}
    part = {"app.kubernetes.io/part-of": "llminferenceservice", "kserve.io/component": "workload"}
    return {"app.kubernetes.io/name": name} | part


def _owner(document: Document) -> Document:
    return {
        "apiVersion": document["apiVersion"],
        "kind": document["kind"],
        "name": document["metadata"]["name"],
        "uid": document["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _is_owned(document: Document, uid: str) -> bool:
    return any(owner["uid"] == uid for owner in document["metadata"].get("ownerReferences", ()))


def _is_foreground(document: Document) -> bool:
    metadata = document["metadata"]
    return bool(metadata.get("deletionTimestamp")) and FOREGROUND in metadata.get("finalizers", ())


def _is_ready(pod: Document) -> bool:
    conditions = pod.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _digest(template: Document) -> str:
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10].translate(_SAFE)
