"""Who may reach the replicas and whom they may reach.

Kubernetes always lets a node reach its own pods, so probes and port-forwarding need no rule.
"""

from __future__ import annotations

import re
from typing import Any

from neuralnav.deployment.arguments import PORT
from neuralnav.deployment.manifests.blueprint import Blueprint

DNS_PORTS = (53, 5353)
"""Policies see the port of the pod that answers, which on OpenShift is 5353."""

HTTPS_PORT = 443

METADATA_SERVICES = "169.254.0.0/16"
"""Link-local addresses, at which clouds hand out their machines' credentials."""

_SERVICE_HOST = re.compile(r"https?://[a-z0-9-]+\.([a-z0-9-]+)\.svc\b")


def network_policy(blueprint: Blueprint) -> dict[str, Any]:
    """Requests and scraping in; name look-ups and downloads over HTTPS out; nothing else."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": blueprint.metadata(),
        "spec": {
            "podSelector": {"matchLabels": blueprint.workload.pod_labels},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [{"podSelector": {}}, {"namespaceSelector": _any_of(allowed_namespaces(blueprint))}],
                    "ports": [{"protocol": "TCP", "port": PORT}],
                }
            ],
            "egress": [
                {
                    "ports": [
                        {"protocol": protocol, "port": port} for port in DNS_PORTS for protocol in ("UDP", "TCP")
                    ],
                },
                {
                    "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [METADATA_SERVICES]}}, _ANY_IPV6],
                    "ports": [{"protocol": "TCP", "port": HTTPS_PORT}],
                },
            ],
        },
    }


_ANY_IPV6: dict[str, Any] = {"ipBlock": {"cidr": "::/0"}}


def allowed_namespaces(blueprint: Blueprint) -> tuple[str, ...]:
    """Namespaces beside the deployment's own that may reach it: gateways', and that of Prometheus."""
    options = blueprint.options
    found = _SERVICE_HOST.match(options.prometheus_url)
    of_prometheus = {found[1]} if found else set()
    return tuple(sorted({*options.ingress_namespaces, *options.monitoring_namespaces} | of_prometheus))


def _any_of(namespaces: tuple[str, ...]) -> dict[str, Any]:
    """By the label that Kubernetes itself puts on every namespace."""
    return {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(namespaces)}]}
