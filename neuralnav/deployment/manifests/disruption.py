"""How many replicas may be taken away at once when nodes are drained."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.manifests.blueprint import Blueprint


def disruption_budget(blueprint: Blueprint) -> dict[str, Any]:
    """One at a time. With a single replica that still lets its node be drained, which ``minAvailable: 1`` would not."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": blueprint.metadata(),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": blueprint.workload.pod_labels}},
    }
