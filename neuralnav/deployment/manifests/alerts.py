"""Alerts: targets that are burnt through too fast, and what tells of trouble before they are.

A p95 target allows 5 % of requests to be slower. How fast that budget goes is judged over a long and a short window
together, with the factors of the Site Reliability Workbook (Google, 2018, chapter 5): 14.4 over an hour spends 2 % of
a month's budget, 6 over six hours 5 %, 1 over three days 10 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuralnav.deployment.arguments import plain
from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.observability import queries
from neuralnav.observability.queries import Histogram

P95_BUDGET = 0.05
"""The share of requests that may be slower than a p95 target."""

FEWEST_OBSERVATIONS = 20
"""Fewer in the long window say nothing of a 95th percentile."""

KV_NEARLY_FULL = 0.95
PREEMPTED_SHARE = 0.01


@dataclass(frozen=True)
class Burn:
    """One pair of windows, and the factor on the budget's even use from which it counts."""

    factor: float
    long: str
    short: str
    severity: str


BURNS = (
    Burn(14.4, "1h", "5m", "critical"),
    Burn(6, "6h", "30m", "critical"),
    Burn(1, "3d", "6h", "warning"),
)

LATENCIES = ((Histogram.TTFT, "TTFT", "ttft"), (Histogram.ITL, "ITL", "itl"), (Histogram.E2E, "E2E", "e2e"))
"""Histogram, name as people say it, and name in the fields of targets."""


def prometheus_rule(blueprint: Blueprint) -> dict[str, Any]:
    """The ``PrometheusRule``."""
    groups = {
        "latency": tuple(_latency_alerts(blueprint)),
        "availability": tuple(_availability_alerts(blueprint)),
        "saturation": tuple(_saturation_alerts(blueprint)),
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": blueprint.metadata(labels=blueprint.options.monitoring_labels),
        "spec": {
            "groups": [
                {"name": f"neuralnav.{blueprint.namespace}.{blueprint.name}.{topic}", "rules": list(rules)}
                for topic, rules in groups.items()
                if rules
            ]
        },
    }


def counted_bound_s(blueprint: Blueprint, histogram: Histogram, field: str) -> float | None:
    """The bucket bound, in seconds, above which requests count as slow; ``None``: no bucket reaches the target."""
    target_ms: float = getattr(blueprint.specification.slo_targets, f"{field}_p95_ms")
    return queries.bound_at_or_above(histogram, target_ms / 1000)


def _latency_alerts(blueprint: Blueprint) -> Iterator[dict[str, Any]]:
    selector = blueprint.selector
    for histogram, spoken, field in LATENCIES:
        bound_s = counted_bound_s(blueprint, histogram, field)
        if bound_s is None:
            continue
        target = f"{plain(getattr(blueprint.specification.slo_targets, f'{field}_p95_ms'))} ms"
        for burn in BURNS:
            slow = {
                window: queries.slow_share(histogram, bound_s, selector, window) for window in (burn.long, burn.short)
            }
            enough = queries.observations(histogram, selector, burn.long)
            yield _alert(
                blueprint,
                f"NeuralNav{spoken}BudgetBurn",
                f"({slow[burn.long]}) > {plain(burn.factor * P95_BUDGET)}"
                f" and ({slow[burn.short]}) > {plain(burn.factor * P95_BUDGET)}"
                f" and {enough} >= {FEWEST_OBSERVATIONS}",
                wait="2m",
                severity=burn.severity,
                labels={"slo": field, "window": burn.long},
                summary=f"{_whose(blueprint)}: {spoken} is missing its p95 target of {target}",
                description=(
                    f"{{{{ $value | humanizePercentage }}}} of requests of the last {burn.long} took "
                    f"longer than {plain(bound_s)} s, {plain(burn.factor)} times what 30 days allow or more. That is "
                    f"the nearest bucket bound at or above the target; what lies between the two is not counted."
                ),
                annotations={"target": target, "bucket_bound": f"{plain(bound_s)} s"},
            )


def _availability_alerts(blueprint: Blueprint) -> Iterator[dict[str, Any]]:
    selector, scale = blueprint.selector, blueprint.scale
    least = scale.least if blueprint.autoscaled else scale.most
    yield _alert(
        blueprint,
        "NeuralNavUnavailable",
        f"({queries.replicas(selector)}) == 0 and {queries.requests(selector, '1d')} > 0",
        wait="2m",
        severity="critical",
        summary=f"{_whose(blueprint)}: no replica answers",
        description="It has served requests within the last day, and Prometheus reaches no replica of it any more.",
    )
    yield _alert(
        blueprint,
        "NeuralNavTooFewReplicas",
        f"({queries.replicas(selector)}) < {least}",
        wait=f"{-(-blueprint.size.start_seconds // 60)}m",
        severity="warning",
        summary=f"{_whose(blueprint)}: fewer replicas than the {least} that the load takes",
        description=f"{{{{ $value }}}} of at least {least} replicas answer, for longer than a start may take.",
    )
    yield _alert(
        blueprint,
        "NeuralNavNotScraped",
        queries.unscraped(selector),
        wait="15m",
        severity="warning",
        summary=f"{_whose(blueprint)}: Prometheus knows no replica",
        description="Neither alerts nor autoscaling can work: look whether the PodMonitor is taken up and pods exist.",
    )
    reliability = blueprint.specification.slo_targets.reliability_pct
    for burn in BURNS:
        threshold = burn.factor * (100 - reliability) / 100
        if threshold < 1:
            yield _error_alert(blueprint, burn, threshold, reliability)


def _error_alert(blueprint: Blueprint, burn: Burn, threshold: float, reliability: float) -> dict[str, Any]:
    failed = {window: queries.error_share(blueprint.selector, window) for window in (burn.long, burn.short)}
    return _alert(
        blueprint,
        "NeuralNavErrorBudgetBurn",
        f"({failed[burn.long]}) > {threshold:.4g} and ({failed[burn.short]}) > {threshold:.4g}",
        wait="2m",
        severity=burn.severity,
        labels={"slo": "reliability", "window": burn.long},
        summary=f"{_whose(blueprint)}: more requests fail than a reliability of {plain(reliability)} % allows",
        description=f"The engine failed {{{{ $value | humanizePercentage }}}} of the requests of the last {burn.long}.",
        annotations={"target": f"{plain(reliability)} %"},
    )


def _saturation_alerts(blueprint: Blueprint) -> Iterator[dict[str, Any]]:
    selector, scale = blueprint.selector, blueprint.scale
    queue = plain(scale.queue)
    yield _alert(
        blueprint,
        "NeuralNavQueueGrowing",
        f"{queries.waiting(selector)} > {queue} * clamp_min({queries.replicas(selector)}, 1)"
        f" and {queries.waiting_growth(selector, '15m')} > 0",
        wait="10m",
        severity="warning",
        summary=f"{_whose(blueprint)}: the queue is long and grows",
        description=(
            f"{{{{ $value | humanize }}}} requests wait. More than {queue} a replica use up half of the TTFT target."
        ),
    )
    yield _alert(
        blueprint,
        "NeuralNavKvCacheNearlyFull",
        f"{queries.kv_usage(selector)} > {KV_NEARLY_FULL}",
        wait="10m",
        severity="warning",
        summary=f"{_whose(blueprint)}: the KV cache is nearly full",
        description="{{ $value | humanizePercentage }} of a replica's KV cache is in use; requests will be put back.",
    )
    yield _alert(
        blueprint,
        "NeuralNavPreemptions",
        f"{queries.preemptions(selector, '15m')} > {PREEMPTED_SHARE} * {queries.requests(selector, '15m')}",
        wait="15m",
        severity="warning",
        summary=f"{_whose(blueprint)}: requests are put back for want of KV cache",
        description="{{ $value | humanize }} in 15 minutes, more than one in a hundred; they are computed again.",
    )
    peak = blueprint.specification.traffic.peak_qps
    yield _alert(
        blueprint,
        "NeuralNavLoadAbovePlan",
        f"{queries.request_rate(selector, '15m')} > {plain(peak)}",
        wait="15m",
        severity="info",
        summary=f"{_whose(blueprint)}: more load than was planned for",
        description=f"{{{{ $value | humanize }}}} requests/s, and {plain(peak)} were planned for at peak: plan again.",
    )


def _whose(blueprint: Blueprint) -> str:
    return f"{blueprint.namespace}/{blueprint.name}"


def _alert(
    blueprint: Blueprint,
    name: str,
    expression: str,
    *,
    wait: str,
    severity: str,
    summary: str,
    description: str,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
) -> dict[str, Any]:
    whose = {"namespace": blueprint.namespace, queries.DEPLOYMENT_LABEL: blueprint.name}
    return {
        "alert": name,
        "expr": expression,
        "for": wait,
        "labels": {"severity": severity, **whose, **(labels or {})},
        "annotations": {"summary": summary, "description": description, **(annotations or {})},
    }
