"""The kinds that the API serves, and the schemas that they are held to.

Core kinds are held to the schemas of Kubernetes 1.37 that ``kubernetes-validate`` carries, custom kinds to their
published definitions in ``tests/data/crds``. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import kubernetes_validate

CRDS = Path(__file__).parents[2] / "data" / "crds"
CORE = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / "v1.37.0-local"

READ = ("get", "list", "watch")
ALL = ("create", "delete", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True)
class Resource:
    """One kind in one version."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    verbs: tuple[str, ...] = ALL
    has_status: bool = True
    custom: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """As messages name it: ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def schema(self) -> dict[str, Any]:
        return _custom_schema(self.kind, self.version) if self.custom else _core_schema(self)


BUILT_IN = (
    Resource("", "v1", "Namespace", "namespaces", namespaced=False),
    Resource("", "v1", "Node", "nodes", namespaced=False),
    Resource("", "v1", "Pod", "pods"),
    Resource("", "v1", "Service", "services"),
    Resource("", "v1", "ServiceAccount", "serviceaccounts", has_status=False),
    Resource("", "v1", "ConfigMap", "configmaps", has_status=False),
    Resource("", "v1", "Secret", "secrets", has_status=False),
    Resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Resource("", "v1", "ResourceQuota", "resourcequotas"),
    Resource("", "v1", "Event", "events", has_status=False),
    Resource("apps", "v1", "Deployment", "deployments"),
    Resource("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Resource("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", has_status=False),
    Resource("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Resource("storage.k8s.io", "v1", "StorageClass", "storageclasses", namespaced=False, has_status=False),
    Resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False),
    Resource("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", False, ("create",)),
)


@lru_cache
def custom_resources() -> tuple[Resource, ...]:
    """Every kind with a published definition, in each version that it serves."""
    found = []
    for path in sorted(CRDS.glob("*.json")):
        found_in = definition(path.stem)
        for version, served in found_in["versions"].items():
            if served["served"]:
                namespaced = found_in["scope"] == "Namespaced"
                kind, plural, group = found_in["kind"], found_in["plural"], found_in["group"]
                found.append(Resource(group, version, kind, plural, namespaced, custom=True))
    return tuple(found)


@lru_cache
def definitions() -> dict[str, Any]:
    """The schemas that core kinds are made of, by their full names."""
    found: dict[str, Any] = json.loads((CORE / "_definitions.json").read_text())["$defs"]
    return found


@lru_cache
def definition(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CRDS / f"{kind}.json").read_text())
    return found


@lru_cache
def _custom_schema(kind: str, version: str) -> dict[str, Any]:
    schema: dict[str, Any] = definition(kind)["versions"][version]["schema"]
    metadata = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
    return schema | {"properties": schema["properties"] | {"metadata": metadata}}


@lru_cache
def _core_schema(resource: Resource) -> dict[str, Any]:
    group = f"-{resource.group.partition('.')[0]}" if resource.group else ""
    path = CORE / f"{resource.kind.lower()}{group}-{resource.version}.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found
