"""What watches a deployment: scraping, alerts that fire when they should, a dashboard with vLLM's own names."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuralnav.deployment.manifests import Extra
from neuralnav.models.deployment import DeploymentTarget
from tests.neuralnav.deployment.conftest import CLUSTERS, built, case
from tests.neuralnav.deployment.documents import document, documents

KSERVE, KUBERNETES, LLM_D, _ = DeploymentTarget
CASE = "one-nvidia-gpu"
METRIC = re.compile(r"\b(vllm:\w+|DCGM_FI_\w+|up)\{")
SERIES = 'namespace="neuralnav", neuralnav_deployment="chatbot-qwen2-5-7b"'


def rules(target: DeploymentTarget = KSERVE) -> list[dict[str, Any]]:
    groups = document(built(CASE, target), "prometheusrule.yaml")["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("target", CLUSTERS)
def test_every_query_is_of_this_deployment_and_of_vllms_own_metrics(target: DeploymentTarget) -> None:
    panels = json.loads(document(built(CASE, target), "dashboard.yaml")["data"]["dashboard.json"])["panels"]
    asked = [query["expr"] for panel in panels for query in panel["targets"]] + [rule["expr"] for rule in rules(target)]
    assert len(asked) > 40
    for expression in asked:
        assert METRIC.search(expression), expression
        assert "vllm_" not in expression
        for selector in re.findall(r"\{([^{}]*)\}", expression):
            assert SERIES in selector or 'namespace="neuralnav", ' in selector, selector


def test_the_dashboard_shows_targets_as_lines_and_is_found_by_its_label() -> None:
    config = document(built(CASE, KSERVE), "dashboard.yaml")
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    panels = {p["title"]: p for p in json.loads(config["data"]["dashboard.json"])["panels"]}
    for title, target_s in (("TTFT", 0.15), ("ITL", 0.025), ("E2E", 7.0)):
        steps = panels[title]["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert steps[1] == {"color": "red", "value": target_s}
        assert [query["legendFormat"] for query in panels[title]["targets"]] == ["p50", "p95", "p99"]
    assert {"Tokens", "Preemptions", "Prompt length", "GPU use", "Replicas that answer"} <= set(panels)


def test_an_alert_says_above_which_bucket_it_counts() -> None:
    (hour,) = [r for r in rules() if r["alert"] == "NeuralNavTTFTBudgetBurn" and r["labels"]["window"] == "1h"]
    assert hour["annotations"]["target"] == "150 ms"
    assert hour["annotations"]["bucket_bound"] == "0.25 s"
    assert 'le=~"0\\\\.25"' in hour["expr"]


def test_a_target_beyond_every_bucket_has_no_alert_and_the_readme_says_so(tmp_path: Path) -> None:
    one = case(CASE)
    targets = one.specification.slo_targets.model_copy(update={"itl_p95_ms": 90_000.0})
    slow = one.specification.model_copy(update={"slo_targets": targets})
    made = type(one)(one.choice, one.model, one.gpu, slow).build()
    groups = document(made, "prometheusrule.yaml")["spec"]["groups"]
    assert not any(rule["alert"] == "NeuralNavITLBudgetBurn" for group in groups for rule in group["rules"])
    assert "no bucket reaches so far" in next(file.text for file in made.files if file.path == "README.md")


@pytest.mark.parametrize("target", CLUSTERS)
def test_the_pods_that_are_scraped_are_labelled_with_the_deployment(target: DeploymentTarget) -> None:
    spec = document(built(CASE, target), "podmonitor.yaml")["spec"]
    (endpoint,) = spec["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http1", "/metrics")
    assert endpoint["relabelings"] == [
        {"action": "replace", "targetLabel": "neuralnav_deployment", "replacement": "chatbot-qwen2-5-7b"}
    ]
    budget = document(built(CASE, target), "poddisruptionbudget.yaml")["spec"]
    assert budget["selector"] == spec["selector"]


def test_monitors_and_rules_carry_the_labels_by_which_prometheus_finds_them() -> None:
    made = case(CASE).build(KSERVE, monitoring_labels={"release": "prometheus"})
    for path in ("podmonitor.yaml", "prometheusrule.yaml"):
        assert document(made, path)["metadata"]["labels"]["release"] == "prometheus"


def test_parts_that_are_not_wanted_are_left_out() -> None:
    made = case(CASE).build(KUBERNETES, without=frozenset(Extra))
    assert set(documents(made)) == {"deployment.yaml", "service.yaml", "kustomization.yaml"}


QUICK, SLOW, EVERY = (f"vllm:time_to_first_token_seconds_{end}{{{SERIES}" for end in ("bucket", "bucket", "count"))
SLOW_LOAD = [
    {"series": f'{QUICK}, le="0.25"}}', "values": "0+1x120"},
    {"series": f"{EVERY}}}", "values": "0+10x120"},
]
"""Ten requests a minute of which one is answered in time."""
QUICK_LOAD = [
    {"series": f'{QUICK}, le="0.25"}}', "values": "0+99x120"},
    {"series": f"{EVERY}}}", "values": "0+100x120"},
]
UP, DOWN = (f'up{{{SERIES}, pod="a"}}', {"values": "1x30 0x90"})
ENDED = f'vllm:request_success_total{{{SERIES}, finished_reason="stop"}}'
FAILED = f'vllm:request_success_total{{{SERIES}, finished_reason="error"}}'
WAITING = f"vllm:num_requests_waiting{{{SERIES}}}"
HAPPY = [
    *QUICK_LOAD,
    {"series": UP, "values": "1x120"},
    {"series": ENDED, "values": "0+60x120"},
    {"series": FAILED, "values": "0x120"},
    {"series": WAITING, "values": "0x120"},
    {"series": f"vllm:kv_cache_usage_perc{{{SERIES}}}", "values": "0.4x120"},
    {"series": f"vllm:num_preemptions_total{{{SERIES}}}", "values": "0x120"},
]
SITUATIONS: dict[str, tuple[list[dict[str, str]], set[str]]] = {
    "all is well": (HAPPY, set()),
    "answers begin late": ([*SLOW_LOAD, *HAPPY[2:]], {"NeuralNavTTFTBudgetBurn"}),
    "no replica answers": (
        [*HAPPY[:2], {"series": UP, **DOWN}, *HAPPY[3:]],
        {"NeuralNavUnavailable", "NeuralNavTooFewReplicas"},
    ),
    "nothing is scraped": (QUICK_LOAD, {"NeuralNavNotScraped", "NeuralNavTooFewReplicas"}),
    "requests fail": ([*HAPPY[:4], {"series": FAILED, "values": "0+30x120"}, *HAPPY[5:]], {"NeuralNavErrorBudgetBurn"}),
    "the queue grows": ([*HAPPY[:5], {"series": WAITING, "values": "0+2x120"}, *HAPPY[6:]], {"NeuralNavQueueGrowing"}),
    "the cache is full": (
        [
            *HAPPY[:6],
            {"series": f"vllm:kv_cache_usage_perc{{{SERIES}}}", "values": "0.99x120"},
            {"series": f"vllm:num_preemptions_total{{{SERIES}}}", "values": "0+5x120"},
        ],
        {"NeuralNavKvCacheNearlyFull", "NeuralNavPreemptions"},
    ),
    "more comes than was planned for": (
        [*HAPPY[:3], {"series": ENDED, "values": "0+900x120"}, *HAPPY[4:]],
        {"NeuralNavLoadAbovePlan"},
    ),
}


def test_alerts_fire_when_they_should_and_only_then(tmp_path: Path) -> None:
    """Judged by Prometheus itself, two hours into each situation."""
    spec = document(built(CASE, KSERVE), "prometheusrule.yaml")["spec"]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(spec))
    query = 'count by (alertname) (ALERTS{alertstate="firing"})'
    tests = [
        {
            "name": name,
            "interval": "1m",
            "input_series": series,
            "promql_expr_test": [
                {
                    "expr": query,
                    "eval_time": "115m",
                    "exp_samples": [
                        {"labels": f'{{alertname="{alert}"}}', "value": 3 if "Burn" in alert else 1}
                        for alert in sorted(firing)
                    ],
                }
            ],
        }
        for name, (series, firing) in SITUATIONS.items()
    ]
    file = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(file))
    done = subprocess.run(
        ["promtool", "test", "rules", tmp_path / "tests.yaml"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
