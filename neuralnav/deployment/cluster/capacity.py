"""Whether a deployment's replicas find room: on nodes with the GPU that they select, and within the quotas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from neuralnav.deployment.cluster.demand import Demand
from neuralnav.deployment.cluster.inventory import Inventory, NodeGpus
from neuralnav.deployment.cluster.quantities import amount


def capacity_problems(
    wanted: Iterable[Demand], there: Iterable[Demand], inventory: Inventory, *, nodes_may_grow: bool
) -> tuple[str, ...]:
    """Why not every replica finds room, each reason in a sentence; none where nodes cannot be seen.

    ``there``: the replicas of this deployment that run now. Their GPUs are given back while it changes, so they count
    as free. ``nodes_may_grow``: nodes are added when pods wait, so only quotas speak against it.
    """
    present = tuple(there)
    return tuple(
        problem
        for demand in wanted
        if demand.gpus
        for problem in (
            *(() if nodes_may_grow or "nodes" in inventory.unseen else _node_problems(demand, present, inventory)),
            *_quota_problems(demand, present, inventory),
        )
    )


def _node_problems(demand: Demand, there: tuple[Demand, ...], inventory: Inventory) -> Iterator[str]:
    nodes = [node for node in inventory.nodes if node.resource == demand.resource and _takes(node, demand)]
    what = ", ".join(f"{key}={value}" for key, value in sorted(demand.node_selector.items())) or demand.resource
    if not nodes:
        found = (
            ", ".join(f"{stock.product or 'unlabelled'} ({stock.free} free)" for stock in inventory.gpus) or "no GPU"
        )
        yield f"No node of the cluster has {what}; it has: {found}. Plan for a GPU that is there, or add such nodes."
        return
    given_back = sum(other.replicas for other in there if _alike(other, demand))
    room = sum(node.free // demand.gpus for node in nodes) + given_back
    if room < demand.replicas:
        free = sum(node.free for node in nodes)
        yield (
            f"{demand.replicas} replicas of {demand.gpus} GPUs ({what}) do not fit: {free} GPUs are free on "
            f"{len(nodes)} nodes, which is room for {room}. Plan for fewer, free some, or add nodes."
        )


def _alike(there: Demand, wanted: Demand) -> bool:
    return (there.resource, there.node_selector) == (
        wanted.resource,
        wanted.node_selector,
    ) and there.gpus >= wanted.gpus


def _takes(node: NodeGpus, demand: Demand) -> bool:
    selected = all(node.labels.get(key) == value for key, value in demand.node_selector.items())
    repelled = (taint for taint in node.taints if taint.get("effect") in ("NoSchedule", "NoExecute"))
    return selected and all(any(_tolerates(t, taint) for t in demand.tolerations) for taint in repelled)


def _tolerates(toleration: dict[str, Any], taint: dict[str, str]) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    return (toleration.get("key"), toleration.get("value", "")) == (taint["key"], taint.get("value", ""))


def _quota_problems(demand: Demand, there: tuple[Demand, ...], inventory: Inventory) -> Iterator[str]:
    needed = demand.replicas * demand.gpus
    given_back = sum(other.replicas * other.gpus for other in there if other.resource == demand.resource)
    for quota in inventory.quotas:
        if quota.resource == f"requests.{demand.resource}":
            left = int(amount(quota.hard) - amount(quota.used)) + given_back
            if needed > left:
                yield (
                    f"The quota {quota.name!r} leaves {max(left, 0)} of {quota.hard} {demand.resource} in the "
                    f"namespace {inventory.namespace!r}; {needed} are needed. Plan for fewer, or have the quota raised."
                )
