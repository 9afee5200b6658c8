"""``neuralnav cluster``: what a cluster has."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console
from rich.table import Table

from neuralnav.cli.output import print_json
from neuralnav.cli.placement import settings_with
from neuralnav.deployment.cluster.inventory import Inventory
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.figures import listed
from neuralnav.services.cluster import take_inventory


def inventory(*, context: str | None, namespace: str | None, as_json: bool) -> int:
    """Print the GPUs, quotas, storage classes and resource types of the cluster."""
    found = asyncio.run(take_inventory(settings_with(context=context, namespace=namespace), read_seeds()))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)
    return 0


def _print(found: Inventory) -> None:
    console = Console(file=sys.stdout, highlight=False)
    table = Table("GPU", "Product", "Nodes", "GPUs", "Allocatable", "Free", "Largest node")
    for stock in found.gpus:
        known = stock.gpu_type.value if stock.gpu_type else "not known"
        numbers = (stock.nodes, stock.capacity, stock.allocatable, stock.free, stock.largest_node)
        table.add_row(known, stock.product or stock.resource, *map(str, numbers))
    console.print(table if found.gpus else "No node offers GPUs.")
    classes = [f"{one.name} (default)" if one.default else one.name for one in found.storage_classes]
    quotas = [f"{quota.resource} {quota.used} of {quota.hard}" for quota in found.quotas]
    lines = {
        "Cluster": f"{found.cluster}, Kubernetes {found.version}{', OpenShift' if found.openshift else ''}",
        "Targets": listed([target.value for target in found.targets]),
        "Installed": listed(found.installed) or "neither KServe nor KEDA nor the Prometheus operator",
        f"Quotas of {found.namespace}": listed(quotas) or "none",
        "Storage classes": listed(classes) or "none",
        "Not to be seen": listed(found.unseen),
    }
    for name, value in lines.items():
        if value:
            console.print(f"{name}: {value}", markup=False)
