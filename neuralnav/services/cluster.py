"""What the cluster has, as constraints of a plan."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.cluster.inventory import Inventory
from neuralnav.deployment.cluster.runtime import ClusterRuntime
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import ReferenceData
from neuralnav.services.placing import connected
from neuralnav.settings import Settings

NODE_SIGHT = "nodes"
"""Among what is unseen: without it no GPU is known."""
POD_SIGHT = "pods of all namespaces"
"""Among what is unseen: without it every GPU counts as free."""


async def take_inventory(settings: Settings, reference: ReferenceData) -> Inventory:
    """What the cluster of ``settings`` has, as far as its account may see.

    Raises:
        InvalidInputError: the kubeconfig cannot be used.
        UnavailableError: no cluster is configured, or it does not answer.
    """
    runtime: ClusterRuntime = await connected(settings)
    try:
        return await runtime.inventory(settings.namespace, reference.gpus)
    finally:
        runtime.close()


def constraints_of(inventory: Inventory) -> dict[str, Any]:
    """Changes of a specification that keep a plan within what is free: which GPUs, how many, and how many a node has.

    Raises:
        InvalidInputError: no GPU that is known is free, or the account may not see any.
    """
    free = [(stock.gpu_type, stock) for stock in inventory.gpus if stock.gpu_type is not None and stock.free > 0]
    if not free:
        if NODE_SIGHT in inventory.unseen:
            problem = FieldProblem("cluster", inventory.cluster, "an account that may list nodes")
            raise InvalidInputError(f"What GPUs are free is not to be seen with this account: {problem}.", (problem,))
        seen = ", ".join(f"{stock.product or stock.resource} ({stock.free} free)" for stock in inventory.gpus) or "none"
        problem = FieldProblem("available_gpus", seen, "GPUs that are free and known")
        raise InvalidInputError(f"The cluster {inventory.cluster} has no free GPU to plan with: {problem}.", (problem,))
    return {
        "available_gpus": sorted({gpu.value for gpu, _ in free}),
        "max_gpus": max(inventory.free_gpus.values()),
        "max_tensor_parallel": max(stock.largest_node for _, stock in free),
    }
