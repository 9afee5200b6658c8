"""Which pods Prometheus scrapes, and the label by which all our queries find their series."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.deployment.manifests.pod import PORT_NAME
from neuralnav.observability.queries import DEPLOYMENT_LABEL

SCRAPE_INTERVAL = "15s"


def pod_monitor(blueprint: Blueprint) -> dict[str, Any]:
    """A ``PodMonitor``: it needs no Service, and so works alike on every target."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": blueprint.metadata(labels=blueprint.options.monitoring_labels),
        "spec": {
            "selector": {"matchLabels": blueprint.workload.pod_labels},
            "podMetricsEndpoints": [
                {
                    "port": PORT_NAME,
                    "path": "/metrics",
                    "scheme": "http",
                    "interval": SCRAPE_INTERVAL,
                    "scrapeTimeout": "10s",
                    "relabelings": [
                        {"action": "replace", "targetLabel": DEPLOYMENT_LABEL, "replacement": blueprint.name}
                    ],
                }
            ],
        },
    }
