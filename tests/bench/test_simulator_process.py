"""A simulator is there while it is asked for, and why it is not there is said."""

from __future__ import annotations

import httpx
import pytest

from bench.simulator_process import SimulatorStartError, simulator_process

ARGUMENTS = ("--model=llama-3.1-8b", "--gpu=L4", "--max-model-len=4096")


def test_it_serves_and_is_gone_afterwards() -> None:
    with simulator_process(ARGUMENTS) as simulator:
        assert httpx.get(f"{simulator.url}/health", verify=False).status_code == 200
    assert simulator.process.poll() is not None
    assert not simulator.log.exists()


def test_one_that_cannot_be_started_says_why() -> None:
    with (
        pytest.raises(SimulatorStartError, match=r"does not serve: .*no-such-model"),
        simulator_process(["--model=no-such-model", "--gpu=L4"]),
    ):
        pass
