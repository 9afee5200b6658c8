"""Requests reach a replica through the cluster's API, with the account that deployed it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from neuralnav.errors import UnavailableError
from neuralnav.models.deployment import DeploymentTarget
from tests.doubles.kubernetes_api import Controllers, Fate, KubernetesApi
from tests.doubles.streaming_server import MODEL, Handler
from tests.neuralnav.deployment.cluster.places import MakeSet


@pytest.fixture
def model_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


@pytest.mark.parametrize("target", [DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES, DeploymentTarget.LLM_D])
async def test_answers_are_streamed_through(
    runtime: Any, controllers: Controllers, make_set: MakeSet, model_server: str, target: DeploymentTarget
) -> None:
    manifests = make_set(target)
    controllers.fate = lambda pod: Fate.ready(model_server)
    await runtime.apply(manifests)
    controllers.settle()
    async with runtime.client(manifests) as client:
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/v1/models")).json()["data"][0]["id"] == MODEL
        body = {"model": MODEL, "prompt": "Hello", "max_tokens": 3, "stream": True}
        async with client.stream("POST", "/v1/completions", json=body) as response:
            events = [line async for line in response.aiter_lines() if line]
    assert len(events) == 4
    assert events[-1] == "data: [DONE]"


async def test_without_a_ready_replica_there_is_nothing_to_talk_to(
    runtime: Any, controllers: Controllers, make_set: MakeSet
) -> None:
    manifests = make_set()
    controllers.fate = lambda pod: Fate.starting()
    await runtime.apply(manifests)
    controllers.settle()
    with pytest.raises(UnavailableError, match="No replica of neuralnav/chatbot is ready"):
        async with runtime.client(manifests):
            pass
    assert await runtime.expositions(manifests) == {}


async def test_metrics_come_from_every_ready_replica_that_answers(
    api: KubernetesApi, runtime: Any, controllers: Controllers, make_set: MakeSet, metrics_server: str
) -> None:
    manifests = make_set(replicas=3)
    served: dict[str, Fate] = {}

    def fate(pod: dict[str, Any]) -> Fate:
        fates = [Fate.ready(metrics_server), Fate.ready("http://127.0.0.1:9"), Fate.starting()]
        return served.setdefault(pod["metadata"]["name"], fates[min(len(served), 2)])

    controllers.fate = fate
    await runtime.apply(manifests)
    controllers.settle()
    found = await runtime.expositions(manifests)
    assert list(found.values()) == ["vllm:num_requests_running 0\n"]
    assert all(
        path.startswith("/api/v1/namespaces/neuralnav/pods/chatbot-")
        for method, path in api.requests
        if "/metrics" in path
    )


@pytest.fixture
def metrics_server() -> Iterator[str]:
    class Metrics(Handler):
        def do_GET(self) -> None:  # noqa: N802
            content = b"vllm:num_requests_running 0\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)
