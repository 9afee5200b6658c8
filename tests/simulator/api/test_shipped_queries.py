"""Every query of the dashboards, alerts and autoscalers that are shipped finds its data in what a simulator shows.

Two replicas of one deployment answer as planned; one of another takes twenty times as long for every step.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import yaml

from neuralnav.models.deployment import DeploymentTarget, EngineMode
from neuralnav.observability.queries import DEPLOYMENT_LABEL
from tests.neuralnav.deployment.conftest import case
from tests.prometheus_server import Prometheus, running_prometheus
from tests.simulator.api.conftest import Simulator, Start

NAMESPACE, HEALTHY, SLOW = "models", "chat", "slow-chat"
CLUSTERS = (DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES, DeploymentTarget.LLM_D)
TARGETS_MS = {"ttft_p95_ms": 500, "itl_p95_ms": 100, "e2e_p95_ms": 5000}
LATENCY_ALERTS = {"NeuralNavTTFTBudgetBurn", "NeuralNavITLBudgetBurn", "NeuralNavE2EBudgetBurn"}
TIME_SCALE = 50
REQUEST = {"max_tokens": 20, "ignore_eos": True}
GRAFANA = {"$__rate_interval": "5s", "$__range": "10s", "$__interval": "1s"}

Documents = Sequence[Mapping[str, Any]]


def manifests(name: str, target: DeploymentTarget) -> Documents:
    plan = case("one-nvidia-gpu")
    targets = plan.specification.slo_targets.model_copy(update=TARGETS_MS)
    specification = plan.specification.model_copy(update={"slo_targets": targets})
    named = replace(plan, specification=specification, name=name, namespace=NAMESPACE)
    built = named.build(target, EngineMode.SIMULATOR)
    return [yaml.safe_load(file.text) for file in built.files if file.path.endswith(".yaml")]


def rules(documents: Documents) -> dict[str, Any]:
    """The rules as a file for Prometheus."""
    (spec,) = (document["spec"] for document in documents if document["kind"] == "PrometheusRule")
    return spec


def charts(documents: Documents) -> dict[str, str]:
    """Queries of the dashboard by panel and legend, as Grafana sends them."""
    found: dict[str, str] = {}
    for text in (
        text for document in documents if document["kind"] == "ConfigMap" for text in document["data"].values()
    ):
        for panel in json.loads(text)["panels"]:
            for target in panel["targets"]:
                query = target["expr"]
                for variable, value in GRAFANA.items():
                    query = query.replace(variable, value)
                assert "$" not in query
                found[f"{panel['title']}: {target['legendFormat']}"] = query
    assert found
    return found


def alerts(documents: Documents) -> list[tuple[str, str]]:
    """Names and expressions; an alert may have several."""
    return [(rule["alert"], rule["expr"]) for group in rules(documents)["groups"] for rule in group["rules"]]


def triggers(document: Any) -> list[str]:
    """The queries of every trigger of an autoscaler, wherever it is."""
    if isinstance(document, list):
        return [query for part in document for query in triggers(part)]
    if not isinstance(document, Mapping):
        return []
    own = [document["metadata"]["query"]] if document.get("type") == "prometheus" else []
    return own + [query for part in document.values() for query in triggers(part)]


def sides(expression: str) -> list[str]:
    """What an alert compares: each side of each comparison that is no number."""
    if absent := re.fullmatch(r"absent\((.*)\)", expression):
        return [absent[1]]
    compared = [
        side for part in re.split(r" (?:and|unless) ", expression) for side in re.split(r" [<>=!]=? | == ", part)
    ]
    return [side for side in compared if not re.fullmatch(r"[\d.e+-]+", side)]


@contextmanager
def load(simulator: Simulator, clients: int) -> Iterator[None]:
    """Each client asks three times a second at most, until the end."""
    ended = Event()

    def ask(number: int) -> None:
        while not ended.wait(1 / 3):
            body = {"prompt": f"Client {number} asks the same again and again. " * 5, **REQUEST}
            assert simulator.post("/v1/completions", body).status_code == 200

    with ThreadPoolExecutor(clients) as threads:
        asking = [threads.submit(ask, number) for number in range(clients)]
        try:
            yield
        finally:
            ended.set()
    for one in asking:
        one.result()


@contextmanager
def gpu_exporter(pods: Sequence[str]) -> Iterator[str]:
    """NVIDIA's DCGM exporter, as far as it is asked: three gauges with the labels of the pod that has the GPU."""
    names = ("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE")
    lines = [f'{name}{{gpu="0",namespace="{NAMESPACE}",pod="{pod}"}} 40' for name in names for pod in pods]

    class Exporter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write("\n".join([*lines, ""]).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Exporter) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture(scope="module")
def prometheus(start: Start) -> Iterator[Prometheus]:
    """One that has all rules (which wait for nothing) and has scraped both deployments under load for a while."""
    shipped = [rules(manifests(name, CLUSTERS[0])) for name in (HEALTHY, SLOW)]
    for spec in shipped:
        for group in spec["groups"]:
            for rule in group["rules"]:
                rule["for"] = "0s"
    with ExitStack() as stack:
        enter = stack.enter_context
        replicas = [enter(start(f"--time-scale={TIME_SCALE}")) for _ in range(2)]
        slow = enter(start(f"--time-scale={TIME_SCALE}", "--fault-slow-tokens=20"))
        targets = {
            one.url: {"namespace": NAMESPACE, DEPLOYMENT_LABEL: name, "pod": f"{name}-{number}"}
            for number, (one, name) in enumerate(((replicas[0], HEALTHY), (replicas[1], HEALTHY), (slow, SLOW)))
        }
        pods = [f"{workload}-7d9f-x2x4z" for workload in (HEALTHY, f"{HEALTHY}-predictor", f"{HEALTHY}-kserve")]
        targets[enter(gpu_exporter(pods))] = {}
        for simulator, clients in ((replicas[0], 1), (replicas[1], 1), (slow, 6)):
            enter(load(simulator, clients))
        one = enter(running_prometheus(targets, rules=shipped))
        assert one.settles(
            lambda: len(one.query(f"count_over_time(up[{GRAFANA['$__rate_interval']}]) > 3")) == len(targets)
        )
        yield one


@pytest.mark.parametrize("target", CLUSTERS)
def test_every_query_of_dashboard_and_autoscaler_has_an_answer(
    prometheus: Prometheus, target: DeploymentTarget
) -> None:
    documents = manifests(HEALTHY, target)
    scaling = triggers(list(documents))
    assert scaling
    for what, query in {**charts(documents), **{f"trigger: {query}": query for query in scaling}}.items():
        answers = prometheus.query(query)
        assert answers, f"{what}: {query}"
        assert all(answer["value"][1] != "NaN" for answer in answers), f"{what}: {query}"


@pytest.mark.parametrize("target", CLUSTERS)
def test_everything_that_an_alert_compares_is_there(prometheus: Prometheus, target: DeploymentTarget) -> None:
    for name, expression in alerts(manifests(HEALTHY, target)):
        for side in sides(expression):
            assert prometheus.query(side), f"{name}: {side}"


def test_rules_do_not_depend_on_the_target() -> None:
    first, *others = (rules(manifests(HEALTHY, target)) for target in CLUSTERS)
    assert all(other == first for other in others)


@pytest.mark.parametrize("target", CLUSTERS)
def test_promtool_accepts_the_rules(target: DeploymentTarget, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(rules(manifests(HEALTHY, target))))
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, timeout=30, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_where_tokens_are_slow_and_nowhere_else(prometheus: Prometheus) -> None:
    def firing(name: str) -> set[str]:
        found = prometheus.get("alerts")["alerts"]
        return {
            alert["labels"]["alertname"]
            for alert in found
            if alert["state"] == "firing" and alert["labels"][DEPLOYMENT_LABEL] == name
        }

    assert prometheus.settles(lambda: firing(SLOW) >= LATENCY_ALERTS), firing(SLOW)
    assert firing(HEALTHY) == set()
