"""A removal waits for requests in flight only as long as a change may take; the rest goes by itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from neuralnav.deployment.local.runtime import LocalRuntime
from neuralnav.errors import UnavailableError
from tests.neuralnav.deployment.local.conftest import FASTER, MODEL, SETTLE_S, Bench, Make

LONG = {"model": MODEL, "prompt": "Go on.", "max_tokens": 4000, "ignore_eos": True, "stream": True}


async def test_what_requests_keep_for_long_is_removed_without_anybody_waiting(
    tmp_path: Path, make_manifests: Make
) -> None:
    args = [f"--served-model-name={MODEL}", "--max-model-len=4096", "--shutdown-timeout=60"]
    manifests = make_manifests(name="busy", args=args, terminationSeconds=60)
    hasty = LocalRuntime(tmp_path, first_port=0, simulator_variables=FASTER, change_seconds=1)
    bench = Bench(tmp_path, LocalRuntime(tmp_path, first_port=0, simulator_variables=FASTER))
    assert (await bench.deployed(manifests)).is_ready
    async with (
        bench.runtime.client(manifests) as client,
        client.stream("POST", "/v1/completions", json=LONG) as answer,
    ):
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("data: ")
        async with asyncio.timeout(20):
            await hasty.remove(manifests)
        assert (await anext(lines)) is not None
        state = await hasty.state(manifests)
        assert (state.wanted, state.exists, state.stuck) == (0, True, None)
        with pytest.raises(UnavailableError, match="still being removed"):
            await hasty.apply(manifests)
    await bench.until(manifests, lambda state: not state.exists)
    until = time.monotonic() + SETTLE_S
    while bench.processes(manifests) or any((tmp_path / "local").iterdir()):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


def test_each_home_is_a_place_of_its_own(tmp_path: Path, make_manifests: Make) -> None:
    one, two = (LocalRuntime(tmp_path / name).where(make_manifests()) for name in ("one", "two"))
    assert one != two
    assert one.startswith("this machine (")
    assert one.endswith(f", {tmp_path / 'one'})")
