"""What the cluster has, as constraints of a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.cluster import FROM_CLUSTER, ClusterGpus
from neuralnav.models.vocabulary import GpuType
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.placing import connected
from neuralnav.settings import Settings

if TYPE_CHECKING:
    from neuralnav.deployment.cluster.inventory import Inventory

NODE_SIGHT = "nodes"
"""Among what is unseen: without it no GPU is known."""
POD_SIGHT = "pods of all namespaces"
"""Among what is unseen: without it every GPU counts as free."""

LOOKING_TIMEOUT_S = 30.0
"""The longest that a look at the cluster may take while a person waits."""


async def take_inventory(settings: Settings, reference: ReferenceData) -> Inventory:
    """What the cluster of ``settings`` has, as far as its account may see.

    Raises:
        InvalidInputError: the kubeconfig cannot be used.
        UnavailableError: no cluster is configured, or it does not answer.
    """
    runtime = await connected(settings)
    try:
        return await runtime.inventory(settings.namespace, reference.gpus)
    finally:
        runtime.close()


def constraints_of(inventory: Inventory, excluded: Collection[GpuType] = ()) -> dict[str, Any]:
    """Changes of a specification that keep a plan within what is free: which GPUs, how many, and how many a node has.

    Raises:
        InvalidInputError: no GPU that is known and not ``excluded`` is free, or the account may not see any.
    """
    free = {stock.gpu_type for stock in inventory.gpus if stock.gpu_type is not None and stock.free > 0}
    usable = free - {*excluded}
    if not usable:
        if NODE_SIGHT in inventory.unseen:
            problem = FieldProblem("cluster", inventory.cluster, "an account that may list nodes")
            raise InvalidInputError(f"What GPUs are free is not to be seen with this account: {problem}.", (problem,))
        seen = ", ".join(f"{stock.product or stock.resource} ({stock.free} free)" for stock in inventory.gpus) or "none"
        allowed = "GPUs that are free and known" + (" and not excluded" if excluded else "")
        problem = FieldProblem("available_gpus", seen, allowed)
        raise InvalidInputError(f"The cluster {inventory.cluster} has no free GPU to plan with: {problem}.", (problem,))
    return {
        "available_gpus": sorted(gpu.value for gpu in usable),
        "max_gpus": max(count for gpu, count in inventory.free_gpus.items() if gpu in usable),
        "max_tensor_parallel": max(stock.largest_node for stock in inventory.gpus if stock.gpu_type in usable),
    }


@dataclass(frozen=True)
class ClusterService:
    """Looks at the cluster of the settings; nothing is opened or reached before it is asked."""

    settings: Settings
    knowledge: Knowledge

    async def free_gpus(self, excluded: Collection[GpuType] = ()) -> ClusterGpus:
        """What is free there now, but for ``excluded``, as changes of a specification.

        Raises:
            InvalidInputError: the kubeconfig cannot be used, no GPU that is known and not ``excluded`` is free, or the
                account may not see any.
            UnavailableError: no cluster is configured, or it does not answer in time.
        """
        reference = await self.knowledge.reference()
        try:
            async with asyncio.timeout(LOOKING_TIMEOUT_S):
                inventory = await take_inventory(self.settings, reference)
        except TimeoutError:
            raise UnavailableError(f"The cluster did not answer within {LOOKING_TIMEOUT_S:g} s.") from None
        changes = constraints_of(inventory, excluded)
        source = f"{FROM_CLUSTER} {inventory.cluster}"
        if POD_SIGHT in inventory.unseen:
            source += f", all GPUs counted as free, as this account may not list {POD_SIGHT}"
        return ClusterGpus(changes=changes, source=source)
