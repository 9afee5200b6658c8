"""Plain Kubernetes: a ``Deployment`` and its ``Service``."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.deployment.manifests.model_cache import Cache, cache_of
from neuralnav.deployment.manifests.pod import PORT_NAME, pod_spec

ROLLOUT_MARGIN_SECONDS = 300
"""Beyond the longest start, for the scheduler and the image, until a rollout counts as stuck."""

KEPT_REVISIONS = 3


def deployment(blueprint: Blueprint) -> dict[str, Any]:
    """The Deployment. An autoscaled one names no number of replicas: whoever applies it again would reset it."""
    fixed = {} if blueprint.autoscaled else {"replicas": blueprint.scale.most}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": blueprint.metadata(),
        "spec": {
            **fixed,
            "revisionHistoryLimit": KEPT_REVISIONS,
            "progressDeadlineSeconds": blueprint.size.start_seconds + ROLLOUT_MARGIN_SECONDS,
            "strategy": _strategy(blueprint),
            "selector": {"matchLabels": blueprint.workload.pod_labels},
            "template": {"metadata": {"labels": blueprint.labels}, "spec": pod_spec(blueprint)},
        },
    }


def service(blueprint: Blueprint) -> dict[str, Any]:
    """The Service in front of the replicas, inside the cluster only."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": blueprint.metadata(),
        "spec": {
            "type": "ClusterIP",
            "selector": blueprint.workload.pod_labels,
            "ports": [
                {
                    "name": "http",
                    "port": blueprint.workload.service_port,
                    "targetPort": PORT_NAME,
                    "protocol": "TCP",
                }
            ],
        },
    }


def _strategy(blueprint: Blueprint) -> dict[str, Any]:
    """A cache that one pod holds alone must be let go before its successor can start."""
    if cache_of(blueprint) is Cache.OWN_CLAIM:
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
