"""Autoscaling on vLLM's own metrics, by KEDA: as many replicas as the plan would give the load of this minute.

KEDA makes a HorizontalPodAutoscaler of the triggers and takes the larger answer. It asks for (value / threshold)
replicas, rounded up: the planner's formula with the observed rate in place of the planned one, and the same for the
requests in flight, which also grow when answers take longer than predicted.
"""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.arguments import plain
from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.observability import queries

POLLING_SECONDS = 30
RATE_WINDOW = "2m"
IN_FLIGHT_WINDOW = "1m"

FAILURES_BEFORE_FALLBACK = 4
"""Answers that Prometheus fails to give in a row, one every ``POLLING_SECONDS``, before the peak's replicas run."""

SHORTEST_COOLDOWN_SECONDS = 300
LONGEST_COOLDOWN_SECONDS = 3600
"""The most that a HorizontalPodAutoscaler takes."""

REMOVAL_SECONDS = 120
"""One replica at most is taken away in this time."""


def scaled_object(blueprint: Blueprint) -> dict[str, Any]:
    """KEDA's ``ScaledObject`` for the Deployment that has the replicas."""
    scale = blueprint.scale
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": blueprint.metadata(),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": blueprint.workload.deployment},
            "minReplicaCount": scale.least,
            "maxReplicaCount": scale.most,
            **keda_scaling(blueprint),
        },
    }


def keda_scaling(blueprint: Blueprint) -> dict[str, Any]:
    """What KEDA is told in a ``ScaledObject`` and in the ``scaling`` of an ``LLMInferenceService`` alike.

    Without an answer from Prometheus the replicas of the peak run. A replica that was started is kept at least as long
    as its start may take.
    """
    cooldown = cooldown_seconds(blueprint)
    return {
        "pollingInterval": POLLING_SECONDS,
        "cooldownPeriod": cooldown,
        "fallback": {"failureThreshold": FAILURES_BEFORE_FALLBACK, "replicas": blueprint.scale.most},
        "advanced": {
            "horizontalPodAutoscalerConfig": {
                "behavior": {
                    "scaleUp": {
                        "stabilizationWindowSeconds": 0,
                        "selectPolicy": "Max",
                        "policies": [
                            {"type": "Percent", "value": 100, "periodSeconds": 60},
                            {"type": "Pods", "value": 2, "periodSeconds": 60},
                        ],
                    },
                    "scaleDown": {
                        "stabilizationWindowSeconds": cooldown,
                        "policies": [{"type": "Pods", "value": 1, "periodSeconds": REMOVAL_SECONDS}],
                    },
                }
            }
        },
        "triggers": [_trigger(blueprint, *part) for part in _measures(blueprint)],
    }


def cooldown_seconds(blueprint: Blueprint) -> int:
    """How long the load must have fallen before a replica is taken away."""
    return min(max(blueprint.size.start_seconds, SHORTEST_COOLDOWN_SECONDS), LONGEST_COOLDOWN_SECONDS)


def _measures(blueprint: Blueprint) -> list[tuple[str, str, float]]:
    scale, selector = blueprint.scale, blueprint.selector
    return [
        ("request-rate", queries.request_rate(selector, RATE_WINDOW), scale.requests_per_second),
        ("in-flight", queries.in_flight_over(selector, IN_FLIGHT_WINDOW), scale.in_flight),
    ]


def _trigger(blueprint: Blueprint, name: str, query: str, per_replica: float) -> dict[str, Any]:
    """``query`` with the spare replicas' share on top, so that they stay spare whatever the load is."""
    threshold = plain(per_replica)
    known = queries.zero_where_scraped(query, blueprint.selector)
    spare = blueprint.scale.spare
    wanted = f"({known}) + {plain(spare * per_replica)}" if spare else known
    return {
        "type": "prometheus",
        "name": name,
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": blueprint.options.prometheus_url,
            "query": wanted,
            "threshold": threshold,
            "ignoreNullValues": "false",
        },
    }
