"""One deployment of two replicas, from its start through everything that can happen to it to its end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from neuralnav.deployment.local.runtime import LocalRuntime
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import ManifestSet
from neuralnav.models.running import ChangeVerb, ReplicaPhase
from tests.neuralnav.deployment.local.conftest import FASTER, MODEL, SETTLE_S, Bench, Make

TOO_LARGE = "meta-llama/Llama-3.3-70B-Instruct"


@pytest.fixture(scope="module")
async def chat(bench: Bench, make_manifests: Make) -> ManifestSet:
    manifests: ManifestSet = make_manifests(replicas=2)
    state = await bench.deployed(manifests)
    assert state.is_ready, state
    return manifests


def _asked(tokens: int, **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "prompt": "Tell me about the sea.", "max_tokens": tokens, "ignore_eos": True} | more


async def _metric(bench: Bench, manifests: ManifestSet, name: str) -> list[float]:
    """Of each ready replica."""
    texts = (await bench.runtime.expositions(manifests)).values()
    return [sum(map(float, re.findall(rf"^{name}{{[^ ]* (\S+)$", text, re.MULTILINE))) for text in texts]


async def test_both_replicas_answer_behind_one_port(bench: Bench, chat: ManifestSet) -> None:
    async with bench.runtime.client(chat) as client:
        answers = await asyncio.gather(*(client.post("/v1/completions", json=_asked(5)) for _ in range(6)))
        health = await client.get("/health")
    assert [answer.status_code for answer in answers] == [200] * 6
    assert health.status_code == 200
    assert min(await _metric(bench, chat, "vllm:request_success_total")) >= 2


async def test_the_endpoint_is_on_loopback_and_names_the_served_model(bench: Bench, chat: ManifestSet) -> None:
    state = await bench.runtime.state(chat)
    assert state.endpoint is not None
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", state.endpoint.url)
    assert state.endpoint.model == MODEL
    listening = {c.laddr.ip for p in bench.processes(chat) for c in p.net_connections() if c.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


async def test_a_stream_is_passed_on_token_by_token(bench: Bench, chat: ManifestSet) -> None:
    came_at = []
    async with (
        bench.runtime.client(chat) as client,
        client.stream("POST", "/v1/completions", json=_asked(20, stream=True)) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                came_at.append(time.monotonic())
        assert line == "" or line == "data: [DONE]"
    assert len(came_at) >= 20
    gaps = [later - earlier for earlier, later in pairwise(came_at)]
    assert sum(gap > 0.005 for gap in gaps) > len(gaps) / 2


async def test_a_client_that_leaves_gives_its_place_back(bench: Bench, chat: ManifestSet) -> None:
    async with (
        bench.runtime.client(chat) as client,
        client.stream("POST", "/v1/completions", json=_asked(4000, stream=True)) as answer,
    ):
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("data: ")
        assert sum(await _metric(bench, chat, "vllm:num_requests_running")) == 1
    await _comes_true(bench, chat, "vllm:num_requests_running", 0)


async def test_a_client_that_leaves_before_the_answer_begins_gives_its_place_back(
    bench: Bench, chat: ManifestSet
) -> None:
    async with bench.runtime.client(chat) as client:
        asking = asyncio.create_task(client.post("/v1/completions", json=_asked(4000)))
        await _comes_true(bench, chat, "vllm:num_requests_running", 1)
        asking.cancel()
        await asyncio.wait({asking})
        await _comes_true(bench, chat, "vllm:num_requests_running", 0)


async def _comes_true(bench: Bench, manifests: ManifestSet, metric: str, value: float) -> None:
    end = time.monotonic() + SETTLE_S
    while sum(await _metric(bench, manifests, metric)) != value:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_errors_of_replicas_and_of_the_port_have_one_shape(bench: Bench, chat: ManifestSet) -> None:
    async with bench.runtime.client(chat) as client:
        unknown = await client.post("/v1/completions", json=_asked(5) | {"model": "nobody/knows"})
        large = await client.post("/v1/completions", content=b" " * (16 * 2**20 + 1))
        metrics = await client.get("/metrics")
    assert [unknown.status_code, large.status_code, metrics.status_code] == [404, 413, 404]
    for answer in (unknown, large, metrics):
        assert answer.json()["error"].keys() >= {"message", "type", "param", "code"}


async def test_the_same_again_starts_nothing(bench: Bench, chat: ManifestSet) -> None:
    before = bench.pids(chat)
    preflight = await bench.runtime.preflight(chat)
    await bench.runtime.apply(chat)
    assert [change.verb for change in preflight.changes] == [ChangeVerb.UNCHANGED]
    assert (await bench.runtime.state(chat)).is_ready
    assert bench.pids(chat) == before


async def test_another_app_sees_the_deployment_and_other_labels_start_nothing(
    bench: Bench, chat: ManifestSet, make_manifests: Make
) -> None:
    before = bench.pids(chat)
    other_app = LocalRuntime(bench.home, first_port=0, simulator_variables=FASTER)
    relabelled = make_manifests(replicas=2, plan="two")
    diff = (await other_app.preflight(relabelled)).changes[0].diff
    assert [line for line in diff if line[:2] in ("+ ", "- ")] == [
        "-    neuralnav.io/plan-id: one",
        "+    neuralnav.io/plan-id: two",
    ]
    await other_app.apply(relabelled)
    await bench.until(relabelled, lambda state: state.is_ready)
    assert not (await bench.runtime.state(chat)).current
    await bench.deployed(chat)
    assert bench.pids(chat) == before


async def test_a_replica_that_is_killed_comes_back_while_the_other_serves(bench: Bench, chat: ManifestSet) -> None:
    killed, other = bench.pids(chat)
    async with bench.runtime.client(chat) as client:
        streams = [asyncio.create_task(_streamed(client, 100)) for _ in range(2)]
        await _comes_true(bench, chat, "vllm:num_requests_running", 2)
        os.kill(killed, signal.SIGKILL)
        ends = await asyncio.gather(*streams, return_exceptions=True)
        assert sorted(str(type(end).__name__) for end in ends) == ["RemoteProtocolError", "int"]
        await bench.until(chat, lambda state: any(replica.restarts for replica in state.replicas))
        answers = [await client.post("/v1/completions", json=_asked(2)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    state = await bench.until(chat, lambda state: state.is_ready)
    assert sorted(replica.restarts for replica in state.replicas) == [0, 1]
    assert any(event.warning and "SIGKILL" in event.message for event in state.events)
    assert other in bench.pids(chat)
    assert killed not in bench.pids(chat)


async def _streamed(client: httpx.AsyncClient, tokens: int) -> int:
    """How many events came before the end."""
    async with client.stream("POST", "/v1/completions", json=_asked(tokens, stream=True)) as answer:
        return len([line async for line in answer.aiter_lines() if line.startswith("data: ")])


async def test_another_revision_takes_over_without_a_failed_request(
    bench: Bench, chat: ManifestSet, make_manifests: Make
) -> None:
    shorter = make_manifests(replicas=1, args=[f"--served-model-name={MODEL}", "--max-model-len=2048"])
    before = set(bench.pids(chat))
    statuses: list[int] = []
    done = asyncio.Event()

    async def ask(client: httpx.AsyncClient) -> None:
        while not done.is_set():
            statuses.append((await client.post("/v1/completions", json=_asked(8))).status_code)

    async with bench.runtime.client(chat) as client:
        asking = [asyncio.create_task(ask(client)) for _ in range(8)]
        await bench.runtime.apply(shorter, replaces=chat)
        assert not (await bench.runtime.state(shorter)).current
        await bench.until(shorter, lambda state: state.is_ready)
        statuses.append((await client.post("/v1/completions", json=_asked(8))).status_code)
        done.set()
        await asyncio.gather(*asking)
    assert set(statuses) == {200}
    assert not any(map(psutil.pid_exists, before))
    assert len(bench.pids(shorter)) == 1


async def test_a_revision_that_cannot_start_leaves_the_old_one_serving(
    bench: Bench, chat: ManifestSet, make_manifests: Make
) -> None:
    await bench.deployed(chat)
    too_large = make_manifests(model=TOO_LARGE, args=["--max-model-len=4096"])
    state = await bench.deployed(too_large)
    assert not state.current
    assert state.stuck is not None
    assert "does not fit" in state.stuck
    failed = [replica for replica in state.replicas if replica.phase is ReplicaPhase.FAILED]
    assert [(replica.reason, replica.restarts) for replica in failed] == [("exit code 1", 1)]
    assert any("does not fit" in line for line in failed[0].log_tail)
    async with bench.runtime.client(chat) as client:
        assert (await client.post("/v1/completions", json=_asked(2))).status_code == 200
    before = bench.pids(chat)
    state = await bench.deployed(chat)
    assert state.is_ready
    assert bench.pids(chat) == before


async def test_after_a_kill_of_the_supervisor_nothing_is_left_and_two_applies_start_one(
    bench: Bench, chat: ManifestSet
) -> None:
    url = (await bench.deployed(chat)).endpoint
    os.kill(bench.supervisors(chat)[0].pid, signal.SIGKILL)
    end = time.monotonic() + SETTLE_S
    while bench.processes(chat):
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    state = await bench.runtime.state(chat)
    assert (state.wanted, state.replicas, state.endpoint, state.current) == (2, (), None, False)
    assert state.stuck is not None
    assert "Deploy it again" in state.stuck
    with pytest.raises(UnavailableError, match="does not run"):
        await bench.runtime.expositions(chat)
    other_app = LocalRuntime(bench.home, first_port=0, simulator_variables=FASTER)
    await asyncio.gather(bench.runtime.apply(chat), other_app.apply(chat))
    state = await bench.until(chat, lambda state: state.is_ready)
    assert state.endpoint == url
    assert len(bench.supervisors(chat)) == 1


async def test_what_is_removed_leaves_no_process_no_file_and_no_port(bench: Bench, chat: ManifestSet) -> None:
    state = await bench.deployed(chat)
    assert state.endpoint is not None
    directory: Path = bench.place(chat).directory
    stray = directory / "notes.txt"
    stray.write_text("mine")
    with pytest.raises(InvalidInputError, match=r"notes\.txt"):
        await bench.runtime.remove(chat)
    assert (await bench.runtime.state(chat)).is_ready
    stray.unlink()
    await bench.runtime.remove(chat)
    assert not bench.processes(chat)
    assert list((bench.home / "local").iterdir()) == []
    with socket.create_server(("127.0.0.1", httpx.URL(state.endpoint.url).port or 0)):
        pass
    assert not (await bench.runtime.state(chat)).exists
    await bench.runtime.remove(chat)
