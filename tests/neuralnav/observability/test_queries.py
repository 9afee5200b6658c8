"""PromQL: values stay values, and what cannot be asked is refused instead of answered wrongly."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from neuralnav.errors import InvalidInputError
from neuralnav.observability import queries
from neuralnav.observability.queries import DEPLOYMENT_LABEL, Histogram, Matcher, Pods, Selector

ONE = Selector.of_deployment("models", "chat")
HOSTILE = ('x"} or vector(1) #', "back\\slash", "new\nline", "}", '"', "{{ $value }}", "a|b.*")


def test_a_selector_names_namespace_and_deployment() -> None:
    assert ONE.series("up") == f'up{{namespace="models", {DEPLOYMENT_LABEL}="chat"}}'
    assert Selector.of(job="vllm").series("up") == 'up{job="vllm"}'


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_stays_one_quoted_text(text: str, tmp_path: Path) -> None:
    """Prometheus itself reads every query as one selector with that very value."""
    selector = Selector.of(namespace=text, job="x")
    series = selector.series("up").replace(", ", ",", 1)
    file = {
        "rule_files": [],
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": series, "values": "1x5"}],
                "promql_expr_test": [
                    {"expr": selector.series("up"), "eval_time": "1m", "exp_samples": [{"labels": series, "value": 1}]}
                ],
            }
        ],
    }
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(file))
    done = subprocess.run(
        ["promtool", "test", "rules", tmp_path / "tests.yaml"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("label", ["", "0a", "a-b", 'a"', "a b", "ü", "a=b", "le\n"])
def test_a_label_that_is_none_is_refused(label: str) -> None:
    with pytest.raises(InvalidInputError, match="no label name"):
        Matcher(label, "x")


@pytest.mark.parametrize("window", ["", "5", "0s", "-5m", "5m] or up[5m", "1.5h", "5 m", "$__interval"])
def test_a_window_that_is_none_is_refused(window: str) -> None:
    for ask in (queries.request_rate, queries.requests, queries.kv_usage_over, queries.waiting_growth):
        with pytest.raises(InvalidInputError, match="window"):
            ask(ONE, window)


def test_windows_are_seconds_or_grafanas_own() -> None:
    assert queries.seconds(90) == "90s"
    assert f"[{queries.GRAFANA_WINDOW}]" in queries.request_rate(ONE, queries.GRAFANA_WINDOW)
    with pytest.raises(InvalidInputError):
        queries.seconds(0)


def test_slow_requests_are_counted_from_a_bucket_bound_only() -> None:
    assert queries.bound_at_or_above(Histogram.TTFT, 0.15) == 0.25
    assert queries.bound_at_or_above(Histogram.TTFT, 0.25) == 0.25
    assert queries.bound_at_or_above(Histogram.ITL, 81.0) is None
    with pytest.raises(InvalidInputError, match=r"no bucket that ends at 0\.15 s"):
        queries.slow_share(Histogram.TTFT, 0.15, ONE, "5m")


def test_a_bound_is_found_in_both_ways_of_writing_it() -> None:
    assert 'le=~"1|1\\\\.0"' in queries.slow_share(Histogram.E2E, 1.0, ONE, "5m")
    assert 'le=~"0\\\\.5"' in queries.slow_share(Histogram.E2E, 0.5, ONE, "5m")


@pytest.mark.parametrize("share", [0, 1, -0.5, 95, float("nan")])
def test_a_quantile_is_between_0_and_1(share: float) -> None:
    with pytest.raises(InvalidInputError, match="quantile"):
        queries.quantile(Histogram.TTFT, share, ONE, "5m")


def test_gpus_are_those_of_one_deployments_pods_and_not_of_one_whose_name_begins_alike() -> None:
    asked = queries.gpu_busy_share(Pods("models", "chat-predictor"))
    assert 'pod=~"chat-predictor-[a-z0-9]+-[a-z0-9]+"' in asked
    assert "exported_pod" in asked
