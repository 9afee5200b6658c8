"""Deployments that cannot start, and vLLM on a machine with one GPU."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from neuralnav.deployment.local.runtime import LocalRuntime
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.running import ReplicaPhase
from tests.neuralnav.deployment.local.conftest import MODEL, Bench, Make

SERVES_AS_VLLM = f"""#!{sys.executable}
# vLLM as its command line and its ports have it: `vllm serve MODEL FLAG...` serves until SIGTERM.
import os, sys
assert sys.argv[1] == "serve"
print("CUDA_VISIBLE_DEVICES is", os.environ["CUDA_VISIBLE_DEVICES"])
if "--max-model-len=1" in sys.argv:
    sys.exit("ValueError: No available memory for the cache blocks.")
sys.argv = ["neuralnav", "simulator", *sys.argv[2:], "--gpu=L4"]
from neuralnav.cli import run
run()
"""
ONE_GPU = "#!/bin/sh\n# nvidia-smi --query-gpu=index --format=csv,noheader on a machine with one GPU.\necho 0\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the whole search path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _install(directory: Path, name: str, text: str) -> None:
    (directory / name).write_text(text)
    (directory / name).chmod(0o755)


async def test_without_vllm_the_preflight_and_the_state_say_so(bench: Bench, make_manifests: Make, path: Path) -> None:
    manifests = make_manifests(name="bare", mode="vllm")
    preflight = await bench.runtime.preflight(manifests)
    assert not preflight.possible
    assert "no program `vllm`" in preflight.problems[0]
    assert "nvidia-smi shows 0" in preflight.problems[1]
    state = await bench.deployed(manifests)
    assert state.stuck is not None
    assert "vllm is not installed" in state.stuck
    assert [(r.phase, r.reason) for r in state.replicas] == [(ReplicaPhase.FAILED, "ProgramMissing")]
    async with bench.runtime.client(manifests) as client:
        answer = await client.get("/v1/models")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, 503)


async def test_on_one_gpu_the_old_revision_makes_room_and_comes_back_if_the_new_one_fails(
    bench: Bench, make_manifests: Make, path: Path
) -> None:
    _install(path, "vllm", SERVES_AS_VLLM)
    _install(path, "nvidia-smi", ONE_GPU)
    manifests = make_manifests(name="real", mode="vllm")
    assert (await bench.runtime.preflight(manifests)).possible
    assert (await bench.deployed(manifests)).is_ready
    record = bench.place(manifests).record()
    assert record is not None
    assert bench.place(manifests).log_tail(record.replicas[0].name, 20)[0] == "CUDA_VISIBLE_DEVICES is 0"
    too_long = make_manifests(name="real", mode="vllm", args=[f"--served-model-name={MODEL}", "--max-model-len=1"])
    await bench.runtime.apply(too_long)
    state = await bench.until(too_long, lambda state: state.stuck and not state.current)
    assert "does not fit into the memory of the GPU" in str(state.stuck)
    state = await bench.deployed(manifests)
    assert state.is_ready
    assert "Stopping" in [event.reason for event in state.events]


async def test_preflight_says_what_a_machine_without_memory_lacks(
    bench: Bench, make_manifests: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuralnav.deployment.local.preflight.SIMULATOR_MB", 10**9)
    preflight = await bench.runtime.preflight(make_manifests(name="large"))
    assert "MB of memory are needed" in preflight.problems[0]
    assert not bench.place(make_manifests(name="large")).exists()


async def test_a_directory_that_is_not_ours_is_left_alone(bench: Bench, make_manifests: Make, tmp_path: Path) -> None:
    manifests = make_manifests(name="linked")
    directory = bench.place(manifests).directory
    directory.parent.mkdir(exist_ok=True)
    directory.symlink_to(tmp_path)
    assert not (await bench.runtime.preflight(manifests)).possible
    for act in (bench.runtime.apply, bench.runtime.remove):
        with pytest.raises(InvalidInputError, match="is a link"):
            await act(manifests)
    directory.unlink()
    assert not any(os.scandir(tmp_path))


async def test_nothing_is_there_before_it_is_deployed(make_manifests: Make, tmp_path: Path) -> None:
    runtime, manifests = LocalRuntime(tmp_path / "none"), make_manifests()
    state = await runtime.state(manifests)
    assert (state.exists, state.is_ready) == (False, False)
    await runtime.remove(manifests)
    with pytest.raises(UnavailableError):
        async with runtime.client(manifests):
            pass
    assert not (tmp_path / "none").exists()


async def test_a_port_that_is_taken_is_passed_over_and_removal_while_it_starts_ends_it(
    bench: Bench, make_manifests: Make
) -> None:
    manifests = make_manifests(name="brief")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first: int = taken.getsockname()[1]
        runtime = LocalRuntime(bench.home, first_port=first)
        await runtime.apply(manifests)
        state = await runtime.state(manifests)
    assert state.endpoint is not None
    assert first < int(state.endpoint.url.rpartition(":")[2]) < first + 200
    await asyncio.wait_for(runtime.remove(manifests), 30)
    assert not bench.processes(manifests)
    assert not bench.place(manifests).exists()


async def test_a_supervisor_of_another_version_is_replaced(bench: Bench, make_manifests: Make, path: Path) -> None:
    manifests = make_manifests(name="older", mode="vllm")
    await bench.deployed(manifests)
    before = bench.supervisors(manifests)[0].pid
    (bench.place(manifests).directory / "state.json").write_text('{"format": 0}')
    state = await bench.runtime.state(manifests)
    assert state.stuck is not None
    assert "another version" in state.stuck
    await bench.deployed(manifests)
    assert [process.pid for process in bench.supervisors(manifests)] != [before]
