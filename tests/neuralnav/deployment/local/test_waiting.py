"""Waiting for replicas of this machine: told of changes, and of a start that takes longer than it may."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path

from neuralnav.deployment.local.runtime import LocalRuntime
from neuralnav.models.running import RunningState
from tests.neuralnav.deployment.local.conftest import Make

NEVER_OPEN = {"NEURALNAV_SIMULATOR_FAULT_START_DELAY": "600"}


async def test_a_server_that_never_answers_is_given_up_with_its_time(tmp_path: Path, make_manifests: Make) -> None:
    runtime = LocalRuntime(tmp_path, first_port=0, simulator_variables=NEVER_OPEN)
    manifests = make_manifests(name="late", startSeconds=1)
    await runtime.apply(manifests)
    seen: list[RunningState] = []
    try:
        async with asyncio.timeout(60), aclosing(runtime.changes(manifests, 60)) as states:
            async for state in states:
                seen.append(state)
                if state.stuck:
                    break
    finally:
        await runtime.remove(manifests)
    assert seen[-1].stuck is not None
    assert "was given up. It did not answer /health within 1 s" in seen[-1].stuck
    assert all(before != after for before, after in pairwise(seen))


async def test_a_wait_ends_where_nothing_changes(tmp_path: Path, make_manifests: Make) -> None:
    runtime = LocalRuntime(tmp_path, first_port=0)
    states = [state async for state in runtime.changes(make_manifests(name="nowhere"), 0.1)]
    assert [state.exists for state in states] == [False]
