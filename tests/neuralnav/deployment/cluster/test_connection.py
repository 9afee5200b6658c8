"""Trouble on the way to the cluster costs a little time, and ends in a clear message."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from graph.policies import passes
from neuralnav.deployment.cluster import connection
from neuralnav.deployment.cluster.connection import TRIES, Connection
from neuralnav.deployment.cluster.credentials import load_credentials
from neuralnav.deployment.cluster.runtime import ClusterRuntime
from neuralnav.errors import InvalidInputError, UnavailableError
from tests.doubles.kubernetes_api import Fault, KubernetesApi
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet


async def test_a_runtime_is_made_from_a_kubeconfig(api: KubernetesApi, tmp_path: Path, make_set: MakeSet) -> None:
    runtime = await ClusterRuntime.connect(str(api.kubeconfig(tmp_path)), "double")
    found = await runtime.preflight(make_set())
    assert found.where == f"namespace neuralnav of the cluster double ({api.url})"
    runtime.close()


async def test_a_busy_cluster_is_left_alone_for_as_long_as_it_asks(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    pauses: list[float] = []
    runtime = make_runtime(pauses=pauses)
    api.faults = [Fault(429, times=2, method="PATCH", retry_after=3)]
    await runtime.apply(make_set())
    assert pauses == [3, 3]


@pytest.mark.parametrize("fault", [Fault(503, times=2), Fault(0, times=2), Fault(0, times=2, afterwards=True)])
async def test_a_broken_answer_is_asked_for_again_and_nothing_is_done_twice(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet, fault: Fault
) -> None:
    runtime, manifests = make_runtime(), make_set()
    for method in ("GET", "PATCH"):
        api.faults.append(Fault(**(vars(fault) | {"method": method})))
    await runtime.apply(manifests)
    assert api.get("Deployment", "chatbot")["metadata"]["generation"] == 1
    api.faults = [Fault(**(vars(fault) | {"method": "DELETE"}))]
    await runtime.remove(manifests)
    assert "deletionTimestamp" in api.get("Deployment", "chatbot")["metadata"]


async def test_a_cluster_that_stays_broken_is_given_up_after_some_tries(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    pauses: list[float] = []
    api.faults = [Fault(503, times=10_000)]
    with pytest.raises(UnavailableError, match="currently unable") as raised:
        await make_runtime(pauses=pauses).state(make_set())
    assert all(0 <= pause <= 4 for pause in pauses)
    assert max(Counter(api.requests).values()) == TRIES
    assert not passes(raised.value)


async def test_a_call_that_takes_long_to_fail_is_tried_less_often(
    api: KubernetesApi, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TRYING_SECONDS", 0.0)
    api.faults = [Fault(503, times=10_000)]
    path = "/api/v1/namespaces/neuralnav/services/chatbot"
    with pytest.raises(UnavailableError, match="could not look"):
        await make_runtime().connection.find(path, "look")
    assert api.requests.count(("GET", path)) == 1


async def test_a_server_that_accepts_and_says_nothing_is_given_up(
    tmp_path: Path, api: KubernetesApi, make_set: MakeSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOOK_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        path = api.kubeconfig(tmp_path)
        path.write_text(path.read_text().replace(api.url, f"http://127.0.0.1:{silent.getsockname()[1]}"))
        runtime = ClusterRuntime(Connection(load_credentials(str(path))))
        with pytest.raises(UnavailableError, match="ReadTimeoutError") as raised:
            await runtime.preflight(make_set())
        runtime.close()
    assert not passes(raised.value)


async def test_nobody_at_the_address_is_said_with_the_address(
    tmp_path: Path, api: KubernetesApi, make_set: MakeSet
) -> None:
    path = api.kubeconfig(tmp_path)
    path.write_text(path.read_text().replace(api.url, "http://127.0.0.1:9"))

    async def at_once(_: float) -> None:
        return

    runtime = ClusterRuntime(Connection(load_credentials(str(path)), at_once))
    with pytest.raises(UnavailableError, match=r"does not answer at http://127\.0\.0\.1:9"):
        await runtime.preflight(make_set())
    runtime.close()


async def test_an_unknown_account_is_told_to_sign_in_and_its_token_is_not_repeated(
    make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    runtime = make_runtime("a-very-secret-token")
    with pytest.raises(UnavailableError, match="Sign in again") as raised:
        await runtime.preflight(make_set())
    assert "a-very-secret-token" not in str(raised.value)
    assert "a-very-secret-token" not in repr(runtime)


def test_a_kubeconfig_that_cannot_be_used_names_what_is_wrong(
    tmp_path: Path, api: KubernetesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = str(api.kubeconfig(tmp_path))
    with pytest.raises(InvalidInputError) as raised:
        load_credentials(good, "elsewhere")
    assert {problem.field for problem in raised.value.problems} == {"kubeconfig", "context"}
    with pytest.raises(InvalidInputError):
        load_credentials(str(tmp_path / "missing"))
    monkeypatch.setenv("KUBECONFIG", good)
    assert load_credentials().name == "double"
    monkeypatch.delenv("KUBECONFIG")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UnavailableError, match="No cluster is configured"):
        load_credentials()


def test_several_files_make_one_configuration(tmp_path: Path, api: KubernetesApi) -> None:
    other = tmp_path / "other"
    document: dict[str, Any] = yaml.safe_load(api.kubeconfig(tmp_path).read_text())
    document["contexts"][0]["name"] = "second"
    other.write_text(yaml.safe_dump(document | {"current-context": "second"}))
    both = f"{api.kubeconfig(tmp_path)}:{other}"
    assert load_credentials(both, "second").name == "second"
    assert load_credentials(both).name == "double"
