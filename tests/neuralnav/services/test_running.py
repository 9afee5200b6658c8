"""Trying what runs: once more where only latencies were over, and never longer than a turn has time for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any, cast

import httpx
import pytest

from neuralnav.deployment.probing_cases import probe_cases
from neuralnav.deployment.runtime import Runtime
from neuralnav.models.deployment import Deployment, ManifestSet
from neuralnav.models.running import Endpoint, ReplicaPhase, ReplicaState, RunningState
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.patience import Patience
from neuralnav.services.running import RunDeliverer
from neuralnav.services.runtimes import Runtimes
from tests.doubles.streaming_server import MODEL, Handler
from tests.neuralnav.services.deploying import Chosen

SLOW_S = 0.25
"""What each first token takes beyond the double's 50 ms while the machine is busy."""


@dataclass(frozen=True)
class Place:
    """A runtime with one ready replica at ``url``; without one its state never comes."""

    url: str | None = None

    async def changes(self, manifests: ManifestSet, seconds: float) -> AsyncGenerator[RunningState, None]:
        """The state now."""
        if self.url is None:
            await asyncio.Event().wait()
        replica = ReplicaState(name="one", phase=ReplicaPhase.READY)
        yield RunningState(wanted=1, replicas=(replica,), endpoint=Endpoint(url=str(self.url), model=MODEL))

    @asynccontextmanager
    async def client(self, manifests: ManifestSet) -> AsyncIterator[httpx.AsyncClient]:
        """Of the replica."""
        async with httpx.AsyncClient(base_url=str(self.url), trust_env=False) as client:
            yield client


@contextmanager
def server_that_is_slow_for(requests: int) -> Iterator[str]:
    """A model server on a machine that is busy during its first so many requests."""
    came: list[None] = []

    class Busy(Handler):
        def _stream(self, events: Iterator[str]) -> None:
            came.append(None)
            if len(came) <= requests:
                threading.Event().wait(SLOW_S)
            super()._stream(events)

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture
async def made(chosen: Chosen, deployer: DeploymentService) -> Deployment:
    """Any deployment; where it runs is the test's."""
    return await chosen.made_by(deployer)


def delivering(place: Place, made: Deployment, knowledge: Knowledge, **patience: Any) -> RunDeliverer:
    async def make() -> Runtime:
        return cast(Runtime, place)

    return RunDeliverer(Runtimes({made.manifests.target: make}), knowledge, Patience(**patience))


async def test_one_that_missed_only_its_targets_is_tried_again_when_the_machine_is_less_busy(
    chosen: Chosen, made: Deployment, shipped_knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuralnav.services.running.predict_light", lambda *_: {})
    targets = chosen.specification.slo_targets.model_copy(
        update={"ttft_p95_ms": 200, "itl_p95_ms": 200, "e2e_p95_ms": 600_000}
    )
    specification = chosen.specification.model_copy(update={"slo_targets": targets})
    first_trial = 1 + sum(case.requests for case in probe_cases(specification.traffic, made.choice.engine))
    said: list[str] = []
    with server_that_is_slow_for(first_trial) as url:
        deliverer = delivering(Place(url), made, shipped_knowledge)
        validation = await deliverer.validate(made, specification, said.append)
    assert "slower than it should be; trying once more" in said, [check.detail for check in validation.checks]
    assert validation.passed, validation
    assert "TTFT within its target" in {check.name for check in validation.checks}


async def test_a_place_that_keeps_its_checks_waiting_is_looked_at_again_later(
    chosen: Chosen, made: Deployment, shipped_knowledge: Knowledge
) -> None:
    deliverer = delivering(Place(), made, shipped_knowledge, validate_s=0.2)
    validation = await deliverer.validate(made, chosen.specification, lambda _: None)
    assert validation.waits_for == "The checks were not through after 0 s."
