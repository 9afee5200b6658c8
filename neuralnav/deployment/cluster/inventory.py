"""What a cluster has: GPUs by product and how many are free, quotas, storage classes, kinds that are installed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from neuralnav.deployment.cluster.answers import NotAllowedError
from neuralnav.deployment.cluster.connection import Connection, Document
from neuralnav.deployment.cluster.demand import GPU_RESOURCES
from neuralnav.deployment.cluster.discovery import discover
from neuralnav.deployment.cluster.quantities import whole
from neuralnav.models.base import Frozen
from neuralnav.models.catalog import GpuProfile
from neuralnav.models.deployment import DeploymentTarget
from neuralnav.models.vocabulary import GpuType

PRODUCT_LABELS = {"nvidia.com/gpu": ("nvidia.com/gpu.product",), "amd.com/gpu": ("amd.com/gpu.product-name",)}
"""By which the vendors' operators name the products of a node's GPUs."""

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
Count = Annotated[int, Field(ge=0)]


class NodeGpus(Frozen):
    """The GPUs of one node."""

    node: str
    product: str | None
    """The label's value; ``None``: the node has none."""
    resource: str
    capacity: Count
    allocatable: Count
    free: Count
    """Not asked for by any pod; 0 on a node that takes no pods."""
    labels: dict[str, str] = Field(default_factory=dict, repr=False)
    taints: tuple[dict[str, str], ...] = Field(default=(), repr=False)


class GpuStock(Frozen):
    """All GPUs of one product."""

    product: str | None
    gpu_type: GpuType | None
    """The canonical id; ``None``: none is known for the product."""
    resource: str
    nodes: Count
    capacity: Count
    allocatable: Count
    free: Count
    largest_node: Count
    """Allocatable GPUs of the largest node: what one replica can have at most."""


class Quota(Frozen):
    """A limit on one resource in the namespace."""

    name: str
    resource: str
    hard: str
    used: str


class StorageClass(Frozen):
    """A way to get volumes."""

    name: str
    default: bool
    provisioner: str


class Inventory(Frozen):
    """A cluster as a deployment sees it."""

    cluster: str
    version: str
    namespace: str
    openshift: bool
    gpus: tuple[GpuStock, ...]
    nodes: tuple[NodeGpus, ...] = Field(default=(), repr=False)
    quotas: tuple[Quota, ...]
    storage_classes: tuple[StorageClass, ...]
    installed: tuple[str, ...]
    """Of KServe, KEDA and the Prometheus operator, the resources that are served: ``scaledobjects.keda.sh`` ..."""
    unseen: tuple[str, ...] = ()
    """What this account may not look at."""

    @property
    def free_gpus(self) -> dict[GpuType, int]:
        """Free GPUs by canonical id; products without one are left out."""
        free: Counter[GpuType] = Counter()
        for stock in self.gpus:
            if stock.gpu_type is not None:
                free[stock.gpu_type] += stock.free
        return dict(free)

    @property
    def targets(self) -> tuple[DeploymentTarget, ...]:
        """What can be deployed here, the best first."""
        kserve, llm_d = (
            f"{plural}.serving.kserve.io" in self.installed for plural in ("inferenceservices", "llminferenceservices")
        )
        found = [DeploymentTarget.KSERVE] * kserve + [DeploymentTarget.KUBERNETES] + [DeploymentTarget.LLM_D] * llm_d
        return tuple(found)


async def take_inventory(connection: Connection, namespace: str, profiles: Iterable[GpuProfile]) -> Inventory:
    """Look at the cluster; what this account may not see is left out and named.

    ``profiles``: the known GPUs, by whose node labels products are recognised.

    Raises:
        UnavailableError: the cluster does not answer.
    """
    discovery, nodes, pods, quotas, classes = await asyncio.gather(
        discover(connection),
        _seen(connection, "/api/v1/nodes", "nodes"),
        _seen(connection, "/api/v1/pods", "pods of all namespaces", {"fieldSelector": _RUNNING}),
        _seen(connection, f"/api/v1/namespaces/{namespace}/resourcequotas", "quotas"),
        _seen(connection, "/apis/storage.k8s.io/v1/storageclasses", "storage classes"),
    )
    unseen = tuple(
        name for name, found in zip(_LOOKED_AT, (nodes, pods, quotas, classes), strict=True) if found is None
    )
    gpus = node_gpus(nodes or (), pods or ())
    return Inventory(
        cluster=connection.credentials.name,
        version=discovery.version,
        namespace=namespace,
        openshift=discovery.openshift,
        gpus=_stock(gpus, tuple(profiles)),
        nodes=gpus,
        quotas=tuple(_quotas(quotas or ())),
        storage_classes=tuple(sorted((_storage_class(entry) for entry in classes or ()), key=lambda c: c.name)),
        installed=discovery.installed,
        unseen=unseen,
    )


_RUNNING = "status.phase!=Succeeded,status.phase!=Failed"
_LOOKED_AT = ("nodes", "pods of all namespaces", "quotas", "storage classes")


async def _seen(
    connection: Connection, path: str, what: str, query: Mapping[str, str] | None = None
) -> list[Document] | None:
    try:
        return await connection.all_of(path, f"list {what}", query=query)
    except NotAllowedError:
        return None


def node_gpus(nodes: Iterable[Document], pods: Iterable[Document]) -> tuple[NodeGpus, ...]:
    """The GPUs of each node that has any, less what pods on it ask for."""
    taken: defaultdict[tuple[str, str], int] = defaultdict(int)
    for pod in pods:
        spec = pod.get("spec") or {}
        for resource in GPU_RESOURCES:
            taken[str(spec.get("nodeName")), resource] += pod_gpus(spec, resource)
    found = []
    for node in nodes:
        for resource in GPU_RESOURCES:
            capacity = whole((node.get("status") or {}).get("capacity", {}).get(resource))
            if capacity:
                found.append(_node(node, resource, capacity, taken[node["metadata"]["name"], resource]))
    return tuple(found)


def pod_gpus(spec: Mapping[str, Any], resource: str) -> int:
    """What the scheduler counts for a pod: its containers together or its largest init container."""
    running, starting = (
        [_asked(container.get("resources") or {}, resource) for container in spec.get(part) or ()]
        for part in ("containers", "initContainers")
    )
    return max(sum(running), max(starting, default=0))


def _asked(resources: Mapping[str, Any], resource: str) -> int:
    return whole((resources.get("requests") or resources.get("limits") or {}).get(resource))


def _node(node: Document, resource: str, capacity: int, taken: int) -> NodeGpus:
    labels = node["metadata"].get("labels") or {}
    allocatable = whole(node["status"].get("allocatable", {}).get(resource))
    conditions = {c.get("type"): c.get("status") for c in node["status"].get("conditions") or ()}
    usable = conditions.get("Ready") == "True" and not (node.get("spec") or {}).get("unschedulable")
    product = next((labels[label] for label in PRODUCT_LABELS[resource] if label in labels), None)
    return NodeGpus(
        node=node["metadata"]["name"],
        product=product,
        resource=resource,
        capacity=capacity,
        allocatable=allocatable,
        free=max(allocatable - taken, 0) if usable else 0,
        labels=labels,
        taints=tuple(
            {name: str(taint[name]) for name in ("key", "value", "effect") if taint.get(name)}
            for taint in (node.get("spec") or {}).get("taints") or ()
        ),
    )


def _stock(nodes: tuple[NodeGpus, ...], profiles: tuple[GpuProfile, ...]) -> tuple[GpuStock, ...]:
    groups: defaultdict[tuple[str, str | None], list[NodeGpus]] = defaultdict(list)
    for node in nodes:
        groups[node.resource, node.product].append(node)
    return tuple(
        GpuStock(
            product=product,
            gpu_type=_gpu_type(group, profiles),
            resource=resource,
            nodes=len(group),
            capacity=sum(node.capacity for node in group),
            allocatable=sum(node.allocatable for node in group),
            free=sum(node.free for node in group),
            largest_node=max(node.allocatable for node in group),
        )
        for (resource, product), group in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    )


def _gpu_type(group: list[NodeGpus], profiles: tuple[GpuProfile, ...]) -> GpuType | None:
    """By the very label that manifests select nodes by: another product of the same family is another GPU."""
    labels = group[0].labels
    known = (p for p in profiles if labels.get(p.node_label_key) == p.node_label_product)
    return next((profile.gpu_type for profile in known), None)


def _quotas(documents: Iterable[Document]) -> Iterable[Quota]:
    for document in documents:
        status = document.get("status") or {}
        hard = status.get("hard") or (document.get("spec") or {}).get("hard") or {}
        used = status.get("used") or {}
        for resource, most in sorted(hard.items()):
            yield Quota(
                name=document["metadata"]["name"], resource=resource, hard=str(most), used=str(used.get(resource, "0"))
            )


def _storage_class(document: Document) -> StorageClass:
    metadata = document["metadata"]
    return StorageClass(
        name=metadata["name"],
        default=(metadata.get("annotations") or {}).get(DEFAULT_CLASS) == "true",
        provisioner=str(document.get("provisioner", "")),
    )
