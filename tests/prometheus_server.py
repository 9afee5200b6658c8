"""A real Prometheus (Debian's package ``prometheus``) that scrapes what a test gives it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

Labels = dict[str, str]
START_S, SCRAPED_S, END_S = 30.0, 40.0, 10.0
TRIES = 3
"""Another program may take the port between its being found and its being used."""


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, **parameters: str) -> Any:
        """The ``data`` of an answer of its HTTP interface; what it refuses fails the test with its words."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=10, verify=False).json()
        assert answer["status"] == "success", f"{parameters}: {answer.get('error')}"
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What PromQL gives now: labels and value of each series; a scalar has no labels."""
        data = self.get("query", query=expression)
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        return data["result"]

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        return {alert["labels"]["alertname"] for alert in self.get("alerts")["alerts"] if alert["state"] == "firing"}

    def is_ready_or_gone(self) -> bool:
        """Whether it answers, or has ended instead."""
        if self.process.poll() is not None:
            return True
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=1, verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def end(self) -> None:
        """End the process, if it has not ended."""
        self.process.terminate()
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(END_S)

    def settles(self, condition: Callable[[], bool], within_s: float = SCRAPED_S) -> bool:
        """Whether ``condition`` comes true in time."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.05)
        return False


@contextmanager
def running_prometheus(targets: Mapping[str, Labels], *, rules: Sequence[Any] = ()) -> Iterator[Prometheus]:
    """A Prometheus that has scraped every target well, does so each second, and is ended at the end.

    Args:
        targets: URLs, of which ``/metrics`` is read, and the labels that their series get, as by a ``PodMonitor``.
        rules: Groups of rules, such as the ``spec`` of ``PrometheusRule`` objects, evaluated each second.
    """
    assert shutil.which("prometheus"), "no Prometheus here: apt-get install --no-install-recommends prometheus"
    with tempfile.TemporaryDirectory(prefix="prometheus-") as home:
        directory = Path(home)
        prometheus = _start(_configure(directory, targets, rules), directory)
        try:
            assert prometheus.settles(lambda: _scraped(prometheus, len(targets))), prometheus.get("targets")
            yield prometheus
        finally:
            prometheus.end()


def _configure(directory: Path, targets: Mapping[str, Labels], rules: Sequence[Any]) -> Path:
    """The configuration; JSON is YAML."""
    for number, spec in enumerate(rules):
        (directory / f"rules-{number}.yml").write_text(json.dumps(spec))
    static = [{"targets": [urlsplit(url).netloc], "labels": labels} for url, labels in targets.items()]
    document = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(directory / "rules-*.yml")],
        "scrape_configs": [{"job_name": "targets", "static_configs": static}],
    }
    path = directory / "prometheus.yml"
    path.write_text(json.dumps(document))
    return path


def _start(configuration: Path, directory: Path) -> Prometheus:
    for _ in range(TRIES):
        prometheus = _launched(configuration, directory)
        if prometheus.settles(prometheus.is_ready_or_gone, START_S) and prometheus.process.poll() is None:
            return prometheus
        prometheus.end()
        if "address already in use" not in prometheus.log.read_text():
            break
    raise AssertionError(prometheus.log.read_text())


def _launched(configuration: Path, directory: Path) -> Prometheus:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        "prometheus",
        f"--config.file={configuration}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
    ]
    log = directory / "log"
    with log.open("wb") as written:
        return Prometheus(f"http://{address}", subprocess.Popen(command, stdout=written, stderr=written), log)


def _scraped(prometheus: Prometheus, count: int) -> bool:
    active = prometheus.get("targets")["activeTargets"]
    return len(active) == count and all(target["health"] == "up" for target in active)
