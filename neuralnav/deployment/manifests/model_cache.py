"""Where a replica keeps the weights that it downloads.

A volume that one node can write (ReadWriteOnce) would keep a second replica from starting on another node. So replicas
share a claim only on storage that several nodes can write (ReadWriteMany); otherwise each has a cache of its own:

- KServe and llm-d: a temporary volume on the node's disk, gone with the pod;
- plain Kubernetes, one replica at most: a claim that outlives the pod, which is stopped before its successor starts;
- plain Kubernetes, more replicas: a claim made for each pod and removed with it.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.deployment.sizing import DISK_GIB
from neuralnav.models.deployment import DeploymentTarget

TEMPORARY_VOLUME = "model-cache"
"""Name of a temporary volume. KServe's own pods of llm-d call theirs the same, so that ours takes its place."""

CLAIMED_VOLUME = "model-claim"
"""Name of a claimed one: under the other name, KServe would make one volume of two kinds out of its own and ours."""


class Cache(Enum):
    """Whose the cache is and how long it lives."""

    SHARED_CLAIM = auto()
    OWN_CLAIM = auto()
    CLAIM_OF_EACH_POD = auto()
    TEMPORARY = auto()


def cache_of(blueprint: Blueprint) -> Cache:
    """The kind of cache that suits the target and the number of replicas."""
    if blueprint.options.shared_storage_class is not None:
        return Cache.SHARED_CLAIM
    if blueprint.target is not DeploymentTarget.KUBERNETES:
        return Cache.TEMPORARY
    return Cache.OWN_CLAIM if blueprint.scale.most == 1 else Cache.CLAIM_OF_EACH_POD


def volume_name(blueprint: Blueprint) -> str:
    """What the pod calls its cache."""
    return TEMPORARY_VOLUME if cache_of(blueprint) is Cache.TEMPORARY else CLAIMED_VOLUME


def claim_name(blueprint: Blueprint) -> str:
    """The name of the deployment's PersistentVolumeClaim."""
    return f"{blueprint.name}-models"


def cache_volume(blueprint: Blueprint) -> dict[str, Any]:
    """The pod's volume."""
    cache, name = cache_of(blueprint), volume_name(blueprint)
    if cache is Cache.TEMPORARY:
        return {"name": name, "emptyDir": {"sizeLimit": f"{blueprint.size.model_volume_gib}Gi"}}
    if cache is Cache.CLAIM_OF_EACH_POD:
        template = {"metadata": {"labels": blueprint.labels}, "spec": _claim(blueprint, "ReadWriteOnce")}
        return {"name": name, "ephemeral": {"volumeClaimTemplate": template}}
    return {"name": name, "persistentVolumeClaim": {"claimName": claim_name(blueprint)}}


def cache_claim(blueprint: Blueprint) -> dict[str, Any] | None:
    """The PersistentVolumeClaim, where there is one besides those of pods."""
    mode = {Cache.SHARED_CLAIM: "ReadWriteMany", Cache.OWN_CLAIM: "ReadWriteOnce"}.get(cache_of(blueprint))
    if mode is None:
        return None
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": blueprint.metadata(suffix="-models"),
        "spec": _claim(blueprint, mode),
    }


def disk_gib(blueprint: Blueprint) -> int:
    """What a pod takes of its node's disk: the weights too, unless a claim or an image holds them."""
    fetched = blueprint.weights.uri.startswith(("s3://", "gs://"))
    if fetched or (blueprint.weights.downloaded and cache_of(blueprint) is Cache.TEMPORARY):
        return blueprint.size.disk_request_gib
    return min(DISK_GIB, blueprint.size.disk_request_gib)


def _claim(blueprint: Blueprint, mode: str) -> dict[str, Any]:
    options = blueprint.options
    storage_class = options.shared_storage_class if mode == "ReadWriteMany" else options.storage_class
    named = {} if storage_class is None else {"storageClassName": storage_class}
    return {
        "accessModes": [mode],
        **named,
        "resources": {"requests": {"storage": f"{blueprint.size.model_volume_gib}Gi"}},
    }
