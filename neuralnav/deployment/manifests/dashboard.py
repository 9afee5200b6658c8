"""A Grafana dashboard of one deployment, as the ConfigMap that Grafana's sidecar picks up by its label."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from neuralnav.deployment.arguments import plain
from neuralnav.deployment.manifests.alerts import LATENCIES
from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.observability import queries
from neuralnav.observability.queries import GRAFANA_WINDOW, Histogram, Pods

FILE_KEY = "dashboard.json"
SCHEMA_VERSION = 39
"""Grafana's own, of release 10.4; newer releases read it."""

_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 3
_SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Chart:
    """One panel: queries by legend, their unit and, if there is one, the line that they are held against."""

    title: str
    unit: str
    queries: dict[str, str]
    limit: float | None = None
    largest: float | None = None
    note: str = ""
    stacked: bool = False


def dashboard(blueprint: Blueprint) -> dict[str, Any]:
    """The ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": blueprint.metadata(
            suffix="-dashboard", labels={"grafana_dashboard": "1"}, annotations={"grafana_folder": "NeuralNav"}
        ),
        "data": {FILE_KEY: json.dumps(_document(blueprint), indent=1) + "\n"},
    }


def _document(blueprint: Blueprint) -> dict[str, Any]:
    whose = f"{blueprint.namespace}/{blueprint.name}"
    charts = (*_latency(blueprint), *_traffic(blueprint), *_engine(blueprint), *_capacity(blueprint))
    return {
        "uid": f"neuralnav-{hashlib.sha256(whose.encode()).hexdigest()[:16]}",
        "title": f"NeuralNav: {whose}",
        "tags": ["neuralnav", "vllm"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "panels": [_panel(at, chart) for at, chart in enumerate(charts)],
    }


def _latency(blueprint: Blueprint) -> tuple[Chart, ...]:
    targets = blueprint.specification.slo_targets
    return tuple(
        Chart(
            spoken,
            "s",
            {
                f"p{100 * share:g}": queries.quantile(histogram, share, blueprint.selector, GRAFANA_WINDOW)
                for share in _SHARES
            },
            limit=getattr(targets, f"{name}_p95_ms") / 1000,
            note=f"The line is the p95 target, {plain(getattr(targets, f'{name}_p95_ms'))} ms.",
        )
        for histogram, spoken, name in LATENCIES
    )


def _traffic(blueprint: Blueprint) -> tuple[Chart, ...]:
    selector, peak = blueprint.selector, blueprint.specification.traffic.peak_qps
    return (
        Chart(
            "Requests",
            "reqps",
            {"ended": queries.request_rate(selector, GRAFANA_WINDOW)},
            limit=peak,
            note=f"The line is the planned peak, {plain(peak)} requests/s.",
        ),
        Chart("Failed requests", "percentunit", {"failed": queries.error_share(selector, GRAFANA_WINDOW)}, largest=1),
        Chart(
            "Tokens",
            "short",
            {
                "prompt tokens/s": queries.prompt_token_rate(selector, GRAFANA_WINDOW),
                "output tokens/s": queries.output_token_rate(selector, GRAFANA_WINDOW),
            },
        ),
        Chart("Prompt length", "short", _lengths(Histogram.PROMPT_TOKENS, blueprint)),
        Chart("Output length", "short", _lengths(Histogram.OUTPUT_TOKENS, blueprint)),
        Chart(
            "Found in the prefix cache",
            "percentunit",
            {"of prompt tokens": queries.prefix_cache_hit_share(selector, GRAFANA_WINDOW)},
            largest=1,
        ),
    )


def _lengths(histogram: Histogram, blueprint: Blueprint) -> dict[str, str]:
    return {
        "mean": queries.mean(histogram, blueprint.selector, GRAFANA_WINDOW),
        "p50": queries.quantile(histogram, 0.5, blueprint.selector, GRAFANA_WINDOW),
        "p95": queries.quantile(histogram, 0.95, blueprint.selector, GRAFANA_WINDOW),
    }


def _engine(blueprint: Blueprint) -> tuple[Chart, ...]:
    selector = blueprint.selector
    return (
        Chart(
            "Requests in the engine",
            "short",
            {"running": queries.running(selector), "waiting": queries.waiting(selector)},
            stacked=True,
        ),
        Chart("Waiting, by replica", "short", {"{{pod}}": queries.waiting(selector, by="pod")}),
        Chart(
            "KV cache in use, by replica",
            "percentunit",
            {"{{pod}}": queries.kv_usage(selector, by="pod")},
            limit=0.95,
            largest=1,
        ),
        Chart(
            "Preemptions",
            "cps",
            {"{{pod}}": queries.preemption_rate(selector, GRAFANA_WINDOW, by="pod")},
            note="Requests put back for want of KV cache.",
        ),
        Chart(
            "Where the time of a request goes, mean",
            "s",
            {
                "queue": queries.mean(Histogram.QUEUE_TIME, selector, GRAFANA_WINDOW),
                "prefill": queries.mean(Histogram.PREFILL_TIME, selector, GRAFANA_WINDOW),
                "decode": queries.mean(Histogram.DECODE_TIME, selector, GRAFANA_WINDOW),
            },
            stacked=True,
        ),
    )


def _capacity(blueprint: Blueprint) -> tuple[Chart, ...]:
    pods = Pods(blueprint.namespace, blueprint.workload.deployment)
    return (
        Chart(
            "Replicas that answer",
            "short",
            {"replicas": queries.replicas(blueprint.selector)},
            limit=blueprint.scale.most,
            note=f"The line is the plan's number for the peak, {blueprint.scale.most}.",
        ),
        Chart(
            "GPU use",
            "percentunit",
            {"busy": queries.gpu_busy_share(pods), "memory": queries.gpu_memory_share(pods)},
            largest=1,
            note="Needs NVIDIA's DCGM exporter.",
        ),
    )


def _panel(at: int, chart: Chart) -> dict[str, Any]:
    row, column = divmod(at, _COLUMNS)
    custom: dict[str, Any] = {"fillOpacity": 10, "stacking": {"mode": "normal" if chart.stacked else "none"}}
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if chart.limit is not None:
        custom["thresholdsStyle"] = {"mode": "line"}
        steps.append({"color": "red", "value": chart.limit})
    bounds = {"min": 0} if chart.largest is None else {"min": 0, "max": chart.largest}
    return {
        "id": at + 1,
        "type": "timeseries",
        "title": chart.title,
        "description": chart.note,
        "datasource": _DATASOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {
            "defaults": {
                "unit": chart.unit,
                **bounds,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": _DATASOURCE, "expr": expression, "legendFormat": legend}
            for place, (legend, expression) in enumerate(chart.queries.items())
        ],
    }


_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
