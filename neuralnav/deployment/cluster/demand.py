"""What a deployment asks of a cluster: pods, how many, with which GPUs, on which nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from neuralnav.deployment.cluster.kinds import Stage
from neuralnav.deployment.cluster.objects import ClusterObject
from neuralnav.deployment.cluster.quantities import whole

GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu")


@dataclass(frozen=True)
class Demand:
    """The replicas of one workload."""

    replicas: int
    """That run from the start."""
    most: int
    """That an autoscaler may start."""
    gpus: int
    """Of one replica."""
    resource: str
    """What Kubernetes calls the GPUs; empty where there are none."""
    node_selector: dict[str, str] = field(default_factory=dict)
    tolerations: tuple[dict[str, Any], ...] = ()


def demands(objects: Iterable[ClusterObject]) -> tuple[Demand, ...]:
    """What the workloads among ``objects`` ask for."""
    everything = tuple(objects)
    scaled = max((_scaler_most(entry) for entry in everything if entry.kind.stage is Stage.SCALING), default=0)
    return tuple(
        _demand(entry.document["spec"], spec, scaled) for entry in everything for spec in pod_specs(entry.document)
    )


def gpus_at_most(objects: Iterable[ClusterObject]) -> int:
    """GPUs with every replica that may be started."""
    return sum(demand.most * demand.gpus for demand in demands(objects))


def pod_specs(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pods' specifications in a workload; also those of an LLMInferenceService's workers and prefill."""
    spec = document.get("spec")
    if isinstance(spec, dict):
        yield from _pod_specs(spec)


def _pod_specs(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(part.get("containers"), list):
        yield part
        return
    for value in part.values():
        if isinstance(value, dict):
            yield from _pod_specs(value)


def secret_names(document: dict[str, Any]) -> Iterator[str]:
    """The Secrets that a workload's pods cannot start without."""
    for spec in pod_specs(document):
        for container in spec["containers"]:
            for variable in container.get("env") or ():
                reference = (variable.get("valueFrom") or {}).get("secretKeyRef") or {}
                if reference.get("name") and not reference.get("optional"):
                    yield str(reference["name"])


def _demand(spec: dict[str, Any], pod: dict[str, Any], scaled: int) -> Demand:
    scaling = spec.get("scaling") or {}
    predictor = spec.get("predictor") or {}
    replicas = _first(spec.get("replicas"), scaling.get("minReplicas"), predictor.get("minReplicas"), 1)
    most = _first(scaling.get("maxReplicas"), predictor.get("maxReplicas"), replicas)
    requests = [(name, _gpus(pod, name)) for name in GPU_RESOURCES]
    resource, gpus = max(requests, key=lambda request: request[1])
    return Demand(
        replicas=replicas,
        most=max(replicas, most, scaled),
        gpus=gpus,
        resource=resource if gpus else "",
        node_selector=dict(pod.get("nodeSelector") or {}),
        tolerations=tuple(pod.get("tolerations") or ()),
    )


def _first(*values: Any) -> int:
    return next(value for value in values if isinstance(value, int))


def _gpus(pod: dict[str, Any], resource: str) -> int:
    return sum(whole(((c.get("resources") or {}).get("limits") or {}).get(resource)) for c in pod["containers"])


def _scaler_most(entry: ClusterObject) -> int:
    spec = entry.document.get("spec") or {}
    return _first(spec.get("maxReplicaCount"), spec.get("maxReplicas"), 0)
