"""Deployments on this machine: real supervisors and simulators, ended when the tests are done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from neuralnav.deployment.local.place import Place, place_of
from neuralnav.deployment.local.program import OWNER_VARIABLE
from neuralnav.deployment.local.runtime import LocalRuntime
from neuralnav.deployment.local.starting import end_supervisor
from neuralnav.deployment.yaml_text import to_yaml
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestFile, ManifestSet
from neuralnav.models.running import RunningState

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
SETTLE_S = 60.0
FASTER = {"NEURALNAV_SIMULATOR_TIME_SCALE": "4"}

Make = Callable[..., Any]


def _document(*, name: str = "chat", plan: str = "one", **spec: Any) -> dict[str, Any]:
    replicas = spec.get("replicas", 1)
    return {
        "apiVersion": "neuralnav.io/v1",
        "kind": "LocalDeployment",
        "metadata": {"name": name, "namespace": "neuralnav", "annotations": {"neuralnav.io/plan-id": plan}},
        "spec": {
            "mode": "simulator",
            "model": MODEL,
            "gpu": "L4",
            "replicas": replicas,
            "plannedReplicas": replicas,
            "args": [f"--served-model-name={MODEL}", "--max-model-len=4096", "--shutdown-timeout=10"],
            "startSeconds": 60,
            "terminationSeconds": 10,
        }
        | spec,
    }


def _manifests(**changes: Any) -> ManifestSet:
    document = _document(**changes)
    return ManifestSet(
        name=document["metadata"]["name"],
        namespace="neuralnav",
        target=DeploymentTarget.LOCAL,
        mode=EngineMode.VLLM if document["spec"]["mode"] == "vllm" else EngineMode.SIMULATOR,
        files=(ManifestFile(path="local.yaml", text=to_yaml(document)),),
    )


def _processes(directory: Path) -> list[psutil.Process]:
    """Every process that was started for a deployment, the supervisor among them."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(directory) in process.cmdline() or process.environ().get(OWNER_VARIABLE) == str(directory):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


@dataclass(frozen=True)
class Bench:
    """A home with its runtime, and what tests look at."""

    home: Path
    runtime: LocalRuntime

    def place(self, manifests: ManifestSet) -> Place:
        return place_of(self.home, manifests)

    def processes(self, manifests: ManifestSet) -> list[psutil.Process]:
        return _processes(self.place(manifests).directory)

    def supervisors(self, manifests: ManifestSet) -> list[psutil.Process]:
        module = "neuralnav.deployment.local.supervisor"
        return [process for process in self.processes(manifests) if module in process.cmdline()]

    def pids(self, manifests: ManifestSet) -> list[int]:
        record = self.place(manifests).record()
        assert record is not None
        return [replica.pid for replica in record.replicas if replica.pid is not None]

    async def until(self, manifests: ManifestSet, holds: Callable[[RunningState], object]) -> RunningState:
        """The first state in which ``holds``."""
        end = time.monotonic() + SETTLE_S
        while True:
            state = await self.runtime.state(manifests)
            if holds(state):
                return state
            assert time.monotonic() < end, state
            await asyncio.sleep(0.02)

    async def deployed(self, manifests: ManifestSet) -> RunningState:
        """Apply, and wait until it is ready."""
        await self.runtime.apply(manifests)
        return await self.until(manifests, lambda state: state.is_ready or state.stuck)


@pytest.fixture(scope="session")
def make_document() -> Make:
    """``local.yaml`` as data."""
    return _document


@pytest.fixture(scope="session")
def make_manifests() -> Make:
    """The manifests of a local deployment."""
    return _manifests


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A home for deployments that are all ended with the module."""
    home = tmp_path_factory.mktemp("home")
    yield Bench(home, LocalRuntime(home, first_port=0, simulator_variables=FASTER))
    for directory in (home / "local").glob("neuralnav.*"):
        with Place(directory).held():
            end_supervisor(Place(directory))
        assert not _processes(directory)
