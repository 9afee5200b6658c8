"""`neuralnav cluster inventory` and `plan --from-cluster`: what is there, what is free, and what may not be seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.kubernetes_api import ADMIN, Account, KubernetesApi, Rule
from tests.neuralnav.cli.conftest import Neuralnav

NEED = json.dumps({"intent": {"use_case": "chatbot_conversational", "user_count": 200}})
FROM_THE_CLUSTER = ("plan", "--json", "--spec", "-", "--from-cluster")


@pytest.fixture(scope="module")
def api() -> Iterator[KubernetesApi]:
    """Two nodes of eight L4 each, three of them in use, and an account that may see its namespace alone."""
    with KubernetesApi() as api:
        for name in ("one", "two"):
            api.node(name, gpus=8)
        container = {"name": "x", "image": "x", "resources": {"limits": {"nvidia.com/gpu": "3"}}}
        busy: dict[str, Any] = {"spec": {"nodeName": "one", "containers": [container]}, "status": {"phase": "Running"}}
        api.put("Pod", "busy", busy, "default")
        api.put("ResourceQuota", "gpus", {"spec": {"hard": {"requests.nvidia.com/gpu": "6"}}})
        namespaced = Rule(("*",), ("*",), ("*",), "neuralnav")
        api.accounts["inside"] = Account("inside", (namespaced,))
        api.accounts["nodes"] = Account("nodes", (namespaced, Rule(("list",), ("",), ("nodes",))))
        yield api


def kubeconfig(api: KubernetesApi, directory: Path, token: str = ADMIN) -> dict[str, str]:
    return {"KUBECONFIG": str(api.kubeconfig(directory, token))}


def test_what_a_cluster_has_is_listed(neuralnav: Neuralnav, api: KubernetesApi, tmp_path: Path) -> None:
    access = kubeconfig(api, tmp_path)
    found = neuralnav("cluster", "inventory", "--json", **access)
    assert found.code == 0, found.out
    (stock,) = found.json["gpus"]
    assert (stock["gpu_type"], stock["capacity"], stock["free"]) == ("L4", 16, 13)
    shown = neuralnav("cluster", "inventory", **access).out
    assert "requests.nvidia.com/gpu 0 of 6" in shown
    assert "Not to be seen" not in shown


def test_a_plan_keeps_within_what_is_free(neuralnav: Neuralnav, api: KubernetesApi, tmp_path: Path) -> None:
    ran = neuralnav(*FROM_THE_CLUSTER, given=NEED, **kubeconfig(api, tmp_path))
    assert ran.code == 0, ran.out
    constraints = ran.json["specification"]["constraints"]
    assert constraints["max_gpus"] == 13
    options = [one for view in ran.json["views"].values() for one in view]
    assert {one["gpu_type"] for one in options} == {"L4"}
    assert max(one["gpus"] for one in options) <= 13
    assert not ran.err


def test_what_an_account_may_not_see_is_said(neuralnav: Neuralnav, api: KubernetesApi, tmp_path: Path) -> None:
    inside = kubeconfig(api, tmp_path, "inside")
    found = neuralnav("cluster", "inventory", "--json", **inside)
    assert found.code == 0
    assert found.json["unseen"] == ["nodes", "pods of all namespaces", "storage classes"]
    planned = neuralnav(*FROM_THE_CLUSTER, given=NEED, **inside)
    assert planned.code == 2
    assert planned.json["errors"][0]["allowed"] == "an account that may list nodes"
    free = neuralnav(*FROM_THE_CLUSTER, given=NEED, **kubeconfig(api, tmp_path, "nodes"))
    assert free.code == 0, free.out
    assert free.json["specification"]["constraints"]["max_gpus"] == 16
    assert "may not see pods of all namespaces" in free.err


def test_a_cluster_that_cannot_be_had_is_told(neuralnav: Neuralnav, api: KubernetesApi, tmp_path: Path) -> None:
    none = neuralnav("cluster", "inventory", "--json", HOME=str(tmp_path))
    assert (none.code, none.json["status"]) == (3, 503)
    access = kubeconfig(api, tmp_path)
    other = neuralnav("cluster", "inventory", "--json", "--context", "other", **access)
    assert other.code == 2
    assert "context" in {error["field"] for error in other.json["errors"]}
    bad = neuralnav("cluster", "inventory", "--json", "--namespace", "../x", **access)
    assert (bad.code, bad.json["errors"][0]["field"]) == (2, "--namespace")
