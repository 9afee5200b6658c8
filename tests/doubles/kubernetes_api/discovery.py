"""Which groups, versions and kinds there are. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doubles.kubernetes_api.kinds import Resource

if TYPE_CHECKING:
    from tests.doubles.kubernetes_api.api import KubernetesApi

VERSION = {"major": "1", "minor": "37", "gitVersion": "v1.37.0", "platform": "linux/amd64"}


def discovered(api: KubernetesApi, path: str) -> dict[str, Any] | None:
    """The document at a discovery path, or ``None``."""
    match path.strip("/").split("/"):
        case ["version"]:
            return VERSION
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            groups = sorted({resource.group for resource in api.resources if resource.group})
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(api, group) for group in groups]}
        case ["api", version]:
            return _resources(api, "", version)
        case ["apis", group, version]:
            return _resources(api, group, version)
    return None


def _group(api: KubernetesApi, group: str) -> dict[str, Any]:
    found = sorted({resource.version for resource in api.resources if resource.group == group}, reverse=True)
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in found]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resources(api: KubernetesApi, group: str, version: str) -> dict[str, Any] | None:
    found = [resource for resource in api.resources if (resource.group, resource.version) == (group, version)]
    if not found:
        return None
    served = [entry for resource in found for entry in _entries(resource)]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": served,
    }


def _entries(resource: Resource) -> list[dict[str, Any]]:
    entry = {"name": resource.plural, "singularName": resource.kind.lower(), "namespaced": resource.namespaced}
    whole = [entry | {"kind": resource.kind, "verbs": list(resource.verbs)}]
    if resource.has_status and "get" in resource.verbs:
        whole.append(
            entry | {"name": f"{resource.plural}/status", "kind": resource.kind, "verbs": ["get", "patch", "update"]}
        )
    return whole
