"""A cluster for each test: the double or, with ``NEURALNAV_TEST_KUBECONFIG``, a real one.

Tests that use ``place`` run on either. Tests that use ``api`` script what happens in the cluster, so they run on the
double alone; so do those that only the double has the kinds for.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kubernetes import client as kubernetes

from neuralnav.deployment.cluster.connection import Connection
from neuralnav.deployment.cluster.credentials import load_credentials
from neuralnav.deployment.cluster.policy import Policy
from neuralnav.deployment.cluster.runtime import ClusterRuntime
from neuralnav.deployment.manifests import Extra, ManifestOptions, build_manifests
from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from tests.doubles.kubernetes_api import ADMIN, Controllers, KubernetesApi
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet, Place

REAL = os.environ.get("NEURALNAV_TEST_KUBECONFIG")
MINIMAL = ManifestOptions(
    shared_storage_class="standard",
    without=frozenset({Extra.AUTOSCALING, Extra.POD_MONITOR, Extra.ALERTS, Extra.DISRUPTION_BUDGET}),
)
"""What every Kubernetes serves, also an old one."""


@pytest.fixture(scope="session")
def served_api() -> Iterator[KubernetesApi]:
    with KubernetesApi() as api:
        yield api


@pytest.fixture
def api(served_api: KubernetesApi) -> KubernetesApi:
    """The double, empty but for three nodes with eight L4 each."""
    served_api.reset()
    for number in range(3):
        served_api.node(f"node-{number}", gpus=8)
    return served_api


@pytest.fixture
def controllers(api: KubernetesApi) -> Controllers:
    """The double's controllers; they act when told to."""
    return Controllers(api)


@pytest.fixture
def make_runtime(api: KubernetesApi, tmp_path: Path) -> Iterator[MakeRuntime]:
    """A runtime on the double for the account with a token; pauses between tries take no time."""
    made: list[ClusterRuntime] = []

    def make(token: str = ADMIN, pauses: list[float] | None = None, **fields: Any) -> ClusterRuntime:
        async def sleep(seconds: float) -> None:
            if pauses is not None:
                pauses.append(seconds)

        connection = Connection(load_credentials(str(api.kubeconfig(tmp_path, token))), sleep)
        made.append(ClusterRuntime(connection, **({"removal_seconds": 0.3} | fields)))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> ClusterRuntime:
    """A runtime on the double for its administrator."""
    return make_runtime()


@pytest.fixture
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """The double, or a namespace of the real cluster that is gone after the test."""
    if REAL is None:
        runtime = request.getfixturevalue("runtime")
        yield Place(runtime, "neuralnav", request.getfixturevalue("api"))
        return
    credentials = await asyncio.to_thread(load_credentials, REAL)
    namespace = f"nn-test-{uuid4().hex[:8]}"
    core = kubernetes.CoreV1Api(kubernetes.ApiClient(credentials.configuration))
    body = kubernetes.V1Namespace(metadata=kubernetes.V1ObjectMeta(name=namespace))
    await asyncio.to_thread(core.create_namespace, body)
    policy = Policy(namespaces=(namespace,))
    runtime = ClusterRuntime(Connection(credentials), policy, nodes_may_grow=True, removal_seconds=1)
    try:
        yield Place(runtime, namespace, None)
    finally:
        runtime.close()
        await asyncio.to_thread(core.delete_namespace, namespace)


@pytest.fixture(scope="session")
def make_set(
    make_model: Any, make_gpu: Any, make_choice: Any, make_specification: Any, make_architecture: Any
) -> MakeSet:
    """Manifests of two replicas on an L4 each; keyword arguments replace what they are built with."""

    def make(
        target: DeploymentTarget = DeploymentTarget.KUBERNETES,
        *,
        replicas: int = 2,
        engine: dict[str, Any] | None = None,
        **fields: Any,
    ) -> ManifestSet:
        model, gpu = make_model(**fields.pop("model", {})), make_gpu()
        return build_manifests(
            make_choice(model, gpu, replicas=replicas, engine=engine or {}),
            model,
            gpu,
            specification=make_specification(),
            target=target,
            architecture=make_architecture(),
            **({"name": "chatbot", "namespace": "neuralnav", "options": MINIMAL} | fields),
        )

    return make
