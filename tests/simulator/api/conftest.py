"""Simulators as people start them: the real program on a free port, ended when the tests are done."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.simulator_process import PROGRAM, simulator_process

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
CONTEXT = 4096
Start = Callable[..., AbstractContextManager["Simulator"]]


@dataclass(frozen=True)
class Simulator:
    """A running simulator."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    # verify=False: reading the certificates of authorities that nobody asks takes longer than most answers
    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return httpx.post(self.url + path, json=body, timeout=30, verify=False, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30, verify=False, **options)

    def metric(self, name: str) -> float:
        """The sum of all series that begin with ``name`` (and labels, if given)."""
        found = re.findall(rf"^{re.escape(name)}[^ ]* (\S+)$", self.get("/metrics").text, re.MULTILINE)
        return sum(map(float, found))

    def peak_bytes(self) -> int:
        """The most memory that the process has had in its life."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))

    def settles(self, condition: Callable[[], bool], within_s: float = 30.0) -> bool:
        """Whether ``condition`` comes true in time."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return False

    def idle(self) -> bool:
        """Whether nothing runs or waits, and no block is held."""
        names = ("vllm:num_requests_running", "vllm:num_requests_waiting{", "vllm:kv_cache_usage_perc")
        return not any(self.metric(name) for name in names)


def environment(**extra: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEURALNAV_", "VLLM_", "OPENAI_"))}
    return kept | extra


@contextmanager
def _simulator(
    *arguments: str, model: str = MODEL, program: Sequence[str] = PROGRAM, **extra: str
) -> Iterator[Simulator]:
    usual = ("serve", model, "--gpu=L4", f"--max-model-len={CONTEXT}")
    with simulator_process([*usual, *arguments], program=program, environment=environment(**extra)) as one:
        yield Simulator(one.url, one.process, one.log)


@pytest.fixture(scope="session")
def start() -> Start:
    """Starts further simulators, with options of their own."""
    return _simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """One simulator for all tests that need no options, two hundred times faster than the real thing."""
    with _simulator("--time-scale=200", "--enable-prompt-tokens-details", "--served-model-name", MODEL, "llama") as one:
        yield one
